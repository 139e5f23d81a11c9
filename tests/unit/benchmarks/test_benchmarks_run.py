"""Every benchmark in its smallest size: it runs, and what it measures is what it says."""

from pathlib import Path

import pytest

from benchmarks import bench_ffd, bench_fn, bench_intake
from benchmarks.harness import SMOKE, fingerprint, measure

FOLDER = Path(bench_ffd.__file__).parent


def test_compiled_and_plain_codec_are_measured_on_equal_work() -> None:
    with bench_ffd.steps() as steps:
        hashes = {result.name: result.sha256 for result in measure(steps, SMOKE)}
    assert hashes["encode, TLV"] == hashes["encode, TLV, plain Python"]
    assert hashes["decode, TLV"] == hashes["decode, TLV, plain Python"]


def test_receipts_are_measured_with_and_without_a_wire() -> None:
    with bench_fn.steps() as steps:
        results = {result.name: result for result in measure(steps, SMOKE)}
    assert all(result.min_us >= 0 for result in results.values())
    assert results["receipt, no wire"].sha256 == results["receipt, pipe, answers ready made"].sha256


def test_payments_are_measured_with_everything_committed() -> None:
    with bench_intake.steps() as steps:
        paid, control = measure(steps, SMOKE)
    assert paid.sha256 == fingerprint(paid.count)  # a receipt for each
    assert control.sha256 == fingerprint([])  # and nothing to object to


@pytest.mark.parametrize("path", sorted(FOLDER.glob("bench_*.py")), ids=lambda path: path.stem)
def test_every_benchmark_has_a_row_in_the_table_of_figures(path: Path) -> None:
    assert f"python -m benchmarks.{path.stem}" in (FOLDER / "README.md").read_text(encoding="utf-8")
