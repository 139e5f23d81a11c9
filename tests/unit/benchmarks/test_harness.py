"""The harness of the benchmarks: what it counts, compares, hashes and keeps."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.harness import SMOKE, Size, Step, fingerprint, keep, main, measure, missed, repeated, table

TINY = Size("tiny", 0.1, 3)


def _step(name: str, calls: list[str], **fields: object) -> Step:
    def work() -> bytes:
        calls.append(name)
        return name.encode()

    return Step(name, repeated(work), count=20, **fields)  # type: ignore[arg-type]


def test_steps_are_repeated_in_turn_after_one_run_to_warm_up() -> None:
    calls: list[str] = []
    results = measure([_step("a", calls), _step("b", calls)], TINY)
    assert "".join(calls) == "aabb" * 4
    assert [(result.count, result.repeats) for result in results] == [(2, 3), (2, 3)]


def test_a_ratio_is_to_the_baseline_of_the_same_run() -> None:
    calls: list[str] = []
    one, other = measure([_step("a", calls), _step("b", calls, baseline="a")], TINY)
    assert one.ratio is None
    assert other.ratio == pytest.approx(other.min_us / one.min_us, rel=0.05)


def test_the_hash_is_that_of_the_last_result() -> None:
    (result,) = measure([_step("a", [])], TINY)
    assert result.sha256 == hashlib.sha256(b"a").hexdigest()
    assert fingerprint((1, b"x")) != fingerprint((2, b"x"))


def test_results_of_one_day_and_machine_stand_in_one_file(tmp_path: Path) -> None:
    results = measure([_step("a", [], cpu=True)], TINY)
    keep("bench_a", results, TINY, "vm", tmp_path)
    path = keep("bench_b", results, TINY, "vm", tmp_path)
    kept = json.loads(path.read_text(encoding="utf-8"))
    assert kept.keys() == {"bench_a", "bench_b"}
    assert kept["bench_a"]["results"][0]["clock"] == "cpu"
    assert {"command", "cpu", "cores", "python", "versions"} <= kept["bench_a"].keys()


def test_a_missed_target_counts_in_full_runs_only() -> None:
    @contextmanager
    def steps() -> Iterator[list[Step]]:
        yield [_step("slow", [], target_us=0.0)]

    assert main("bench_slow", steps, ["--smoke"]) == 0
    assert missed(measure([_step("slow", [], target_us=0.0), _step("free", [])], TINY)) == ["slow"]


def test_the_table_has_a_row_for_each_step() -> None:
    rows = table(measure([_step("a", []), _step("b", [], baseline="a", target_us=1.0)], SMOKE)).splitlines()
    assert [row.split()[0] for row in rows[1:]] == ["a", "b"]
