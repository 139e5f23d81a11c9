"""What several processes count is served as one."""

import os
import subprocess
import sys
from pathlib import Path

from fiscal_server.metrics import METRICS, render_metrics, share_between_processes, shared_folder

_COUNT = """
from fiscal_server.metrics import METRICS
METRICS.receipt_transitions.labels("QUEUED", "REGISTERED").inc({})
METRICS.queued_receipts.labels("main").set({})
"""
_RENDER = "from fiscal_server.metrics import render_metrics; print(render_metrics().decode())"


def _python(code: str, environ: dict[str, str]) -> str:
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **environ}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_one_process_serves_its_own_numbers() -> None:
    METRICS.events_accepted.labels("payment").inc(3)
    assert b'fiscal_events_accepted_total{kind="payment"}' in render_metrics()


def test_numbers_of_several_processes_are_added(tmp_path: Path) -> None:
    environ = share_between_processes(tmp_path / "metrics")
    _python(_COUNT.format(2, 10), environ)
    _python(_COUNT.format(3, 20), environ)
    text = _python(_RENDER, environ)
    assert 'fiscal_receipt_transitions_total{source="QUEUED",target="REGISTERED"} 5.0' in text
    assert 'fiscal_queued_receipts{cassette="main"} 20.0' in text


def test_the_last_runs_numbers_are_forgotten(tmp_path: Path) -> None:
    environ = share_between_processes(tmp_path / "metrics")
    _python(_COUNT.format(2, 10), environ)
    assert "QUEUED" not in _python(_RENDER, share_between_processes(tmp_path / "metrics"))


def test_numbers_are_shared_in_memory_and_apart_for_each_installation(tmp_path: Path) -> None:
    first, second = shared_folder(tmp_path / "first"), shared_folder(tmp_path / "second")
    assert first != second
    assert first == shared_folder(tmp_path / "first")
    file_systems = dict(line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines())
    assert file_systems[str(first.parent)] == "tmpfs"
