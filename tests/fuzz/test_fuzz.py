"""The fuzzer's targets: golden data, chance and old findings in every run; in ``make proof`` the fuzzer itself.

FUZZ_SECONDS says how long it runs in all, 600 if not given. Its corpus grows in ``.make/fuzz`` from run to run. A new
finding is a line in ``tests/data/fuzz/TARGET.txt`` and a mended program.
"""

import importlib.util
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, seeds

ROOT = Path(__file__).parents[2]
FINDINGS = ROOT / "tests" / "data" / "fuzz"
CORPUS = ROOT / ".make" / "fuzz"

SECONDS = float(os.environ.get("FUZZ_SECONDS", "600"))
HAS_WHEEL = sys.platform == "linux" and platform.machine() == "x86_64" and sys.version_info < (3, 15)
"""Of atheris, see the group ``proof`` in pyproject.toml."""


def findings() -> list[tuple[str, bytes]]:
    lines = ((path.stem, line) for path in sorted(FINDINGS.glob("*.txt")) for line in path.read_text().splitlines())
    return [(target, bytes.fromhex(line)) for target, line in lines if not line.startswith("#")]


@pytest.mark.parametrize(("target", "data"), findings(), ids=lambda value: value if isinstance(value, str) else "")
def test_what_the_fuzzer_found_stays_mended(target: str, data: bytes) -> None:
    TARGETS[target](data)


@pytest.mark.parametrize("target", TARGETS)
def test_golden_data_keep_every_promise(target: str) -> None:
    for seed in seeds(target):
        TARGETS[target](seed)


@pytest.mark.parametrize("target", TARGETS)
@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_golden_data_with_other_bytes_in_them_keep_every_promise(target: str, data: st.DataObject) -> None:
    golden = data.draw(st.sampled_from(seeds(target)))
    start, end = sorted((data.draw(st.integers(0, len(golden))), data.draw(st.integers(0, len(golden)))))
    TARGETS[target](golden[:start] + data.draw(st.binary(max_size=8)) + golden[end:])


@pytest.mark.proof
@pytest.mark.parametrize("target", TARGETS)
def test_the_fuzzer_finds_nothing_new(target: str) -> None:
    if importlib.util.find_spec("atheris") is None:
        if not HAS_WHEEL:
            pytest.skip(f"atheris has no wheel for Python {platform.python_version()} on {platform.platform()}")
        pytest.fail("atheris is not installed: `make proof` installs it, or pip install -r requirements-proof.lock")
    corpus = CORPUS / target
    corpus.mkdir(parents=True, exist_ok=True)
    options = [
        f"-max_total_time={max(1, round(SECONDS / len(TARGETS)))}",
        f"-artifact_prefix={CORPUS}/{target}-",
        "-max_len=4096",
        "-timeout=10",
        "-rss_limit_mb=1024",
        "-verbosity=0",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.run", target, str(corpus), *options],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, f"the input stands at the end, and in {CORPUS}\n{done.stderr[-6000:]}"
