"""The load run: what Locust counted becomes a report; the run itself in `make proof`."""

import importlib.util
from datetime import date
from pathlib import Path

import msgspec
import pytest

from benchmarks.load.__main__ import main
from benchmarks.load.report import Outcome, write_report
from benchmarks.load.stages import Counted, Measured, Plan, failures


def measured(name: str, a_second: float, failed: int = 0) -> Measured:
    """A stage with one kind of request beside its own."""
    own = Counted("batch", 40, failed, a_second, 70.0, 110.0)
    beside = Counted("token", 2, 0, 1.0, 5.0, 9.0)
    cores = {"api": 0.6, "load generator": 0.1}
    return Measured(
        Plan(name, {"Billing": 2}, "batch", 20.0), [beside, own], cores, [(0, 10.0, 90.0), (1, 20.0, 110.0)]
    )


def test_the_report_names_rates_waiting_processors_and_the_share_of_copy(tmp_path: Path) -> None:
    outcome = Outcome(40_000.0, 1_000, 1.2, 100 * 2**20, [measured("billing", 20.0), measured("shops at 70 %", 5.0)])
    outcome = msgspec.structs.replace(outcome, flames={"batch": "flame-batch.svg"})
    path = write_report(outcome, date(2026, 11, 28), tmp_path, "python -m benchmarks.load")
    text = path.read_text(encoding="utf-8")
    assert "Payments 20,000 a second, 50% of COPY of the same rows (40,000 a second; target 30 %)." in text
    assert "Start to ready 1.20 s (target 1.5), then 100 MiB (target 120)." in text
    assert "| billing | batch | 40 | 0 | 20.0 | 70 | 110 |" in text
    assert "| shops at 70 % | 0.60 | 0.10 |" in text
    assert "[Where the api process spends its time: batch](flame-batch.svg)" in text
    assert {plot.name for plot in tmp_path.glob("*.svg")} == {
        "billing-rate.svg",
        "billing-p99.svg",
        "shops-at-70-rate.svg",
        "shops-at-70-p99.svg",
    }


def test_a_failed_request_of_any_stage_fails_the_run() -> None:
    assert failures([measured("billing", 20.0), measured("shops", 5.0)]) == 0
    assert failures([measured("billing", 20.0), measured("shops", 5.0, failed=3)]) == 3


@pytest.mark.proof
@pytest.mark.skipif(importlib.util.find_spec("locust") is None, reason="make proof brings Locust")
def test_users_load_a_server_and_every_request_is_answered(tmp_path: Path) -> None:
    assert main(["--seconds", "4", "--shops", "20", "--into", str(tmp_path)]) == 0
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| billing | batch of payments |" in text
    assert "| shops at 70 % | single receipt |" in text
    assert "| shops at 70 % | /v1/" in text  # what the operators look at in four seconds is drawn by lot
