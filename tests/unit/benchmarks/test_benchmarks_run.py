"""Every benchmark in its smallest size: it runs, and what it measures is what it says."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from accounting.receipts._engine import kernel
from accounting.receipts.compute import compute
from benchmarks import (
    bench_atol,
    bench_close,
    bench_dispatch,
    bench_ffd,
    bench_fn,
    bench_intake,
    bench_office,
    bench_panel,
    panel_world,
)
from benchmarks.harness import SMOKE, fingerprint, measure
from fiscal_server.demo.office import OfficeSize

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
    with bench_intake.steps(SMOKE) as steps:
        copied, paid, control = measure(steps, SMOKE)
    assert copied.count == paid.count
    assert paid.sha256 == fingerprint(paid.count)  # a receipt for each
    assert control.sha256 == fingerprint([])  # and nothing to object to


def test_single_receipts_of_the_dialect_are_measured_with_everything_committed() -> None:
    with bench_atol.steps(SMOKE) as steps:
        read, stored = measure(steps, SMOKE)
    assert read.sha256 == fingerprint(45_000)
    assert stored.sha256 == fingerprint(stored.count)


async def test_a_month_close_is_measured_beside_its_offsets_in_sql() -> None:
    figures = await bench_close.measure(bench_close.SMOKE, chunk=300)
    # The orders of debts differ, so here and there a lot ends in another debt; the money is the same.
    assert abs(figures.settlements - figures.allocations) < figures.allocations / 50
    assert figures.receipts > 0


async def test_the_dispatch_process_registers_and_confirms_what_it_is_given() -> None:
    options = bench_dispatch.Options(fns=2, receipts=20, keep_open_s=30, smoke=True)
    (figure,) = [one async for one in bench_dispatch.confirmed(options)]
    assert figure.value > 0
    assert figure.cpu_us is not None


async def test_a_part_that_fails_leaves_the_figures_of_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(_: bench_dispatch.Options) -> AsyncIterator[bench_dispatch.Figure]:
        yield bench_dispatch.Figure("found before", 1, "")
        raise TimeoutError("nobody answered")

    async def sound(_: bench_dispatch.Options) -> AsyncIterator[bench_dispatch.Figure]:
        yield bench_dispatch.Figure("found after", 2, "")

    monkeypatch.setattr(bench_dispatch, "PARTS", {"broken": broken, "sound": sound})
    figures, failed = await bench_dispatch.measure(["broken", "sound"], bench_dispatch.Options())
    assert [figure.name for figure in figures] == ["found before", "found after"]
    assert failed == ["broken"]
    assert "nobody answered" in capsys.readouterr().out


async def test_every_page_of_the_panel_is_measured_in_a_world_of_many_merchants() -> None:
    figures = await bench_panel.measure(panel_world.SMOKE, repeats=1)
    assert all(figure.p95_ms >= figure.min_ms > 0 for figure in figures)
    lists = {figure.name: figure.size_kb for figure in figures}
    assert lists["receipts, all merchants"] > lists["receipts, corrections"]  # which has no rows


@pytest.mark.proof
async def test_every_page_of_the_office_is_measured_and_all_plans_are_made_anew() -> None:
    figures, replanning = await bench_office.measure(OfficeSize(organisations=6), repeats=1)
    assert all(figure.p95_ms >= figure.min_ms > 0 for figure in figures)
    assert replanning.moved > 0


@pytest.mark.parametrize("path", sorted(FOLDER.glob("bench_*.py")), ids=lambda path: path.stem)
def test_every_benchmark_has_a_row_in_the_table_of_figures(path: Path) -> None:
    assert f"python -m benchmarks.{path.stem}" in (FOLDER / "README.md").read_text(encoding="utf-8")


@pytest.mark.skipif(kernel is None, reason="the kernel is not built")
def test_the_kernel_is_measured_on_the_work_of_the_reference() -> None:
    from accounting.receipts.bulk._work import Answer
    from benchmarks.mix import RULES, Mix

    mix = Mix(1000)
    answer = Answer()
    mix.run.compute(0, 1000, into=answer)
    books, events = mix.objects(1000)
    outcome = compute(RULES, books, events)
    assert not len(answer.declined)
    receipts = sorted(outcome.receipts, key=lambda one: int(str(one.account)[1:]))
    assert bytes(answer.bodies) == b"".join(msgspec.msgpack.encode(one.receipt) for one in receipts)


@pytest.mark.skipif(kernel is None, reason="the kernel is not built")
def test_a_working_event_takes_at_most_200_bytes() -> None:
    """Its row, its place in the order, and its share of what a range leaves behind, which is used again by the next."""
    from accounting.receipts.bulk._work import Answer
    from benchmarks.bench_kernel import RANGE
    from benchmarks.mix import Mix

    events = 100_000
    mix = Mix(events)
    answer = Answer()
    most = 0
    for first in range(0, events, RANGE):
        mix.run.compute(first, first + RANGE, into=answer)
        tables = (getattr(answer, name) for name in ("accounts", "debts", "lots", "settlements", "receipts", "parts"))
        most = max(most, len(answer.bodies) + 8 * sum(len(table) for table in tables))
    assert (8 * (len(mix.events) + len(mix.run.order)) + most) / events <= 200
