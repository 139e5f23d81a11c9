"""The compiled kernel and the plain functions agree on whatever they are given, errors included."""

import importlib.util
import json
import os
import subprocess
import sys
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from accounting.receipts import _engine, money, vat
from accounting.receipts.cases.run import run_case_by
from accounting.receipts.compute import Engine
from accounting.receipts.money import MAX_KOPECKS, split_plain
from accounting.receipts.vat import Rate, taxes_of_groups_plain, taxes_plain
from tests.unit.accounting.histories import histories
from tests.unit.accounting.history_invariants import variants

ROOT = Path(__file__).parents[2]
BUILT = importlib.util.find_spec("accounting.receipts._kernel") is not None
needs_kernel = pytest.mark.skipif(not BUILT, reason="the kernel is not built")

AMOUNTS = st.one_of(st.integers(0, 10**7), st.integers(0, MAX_KOPECKS), st.integers(-5, 5), st.just(MAX_KOPECKS + 1))
WEIGHTS = st.lists(st.one_of(st.integers(1, 9), st.integers(0, MAX_KOPECKS)), max_size=40)
RATES = st.sampled_from([(22, 122), (20, 120), (18, 118), (10, 110), (7, 107), (5, 105), (0, 1)])


def _answer(work: Callable[[], list[int]]) -> list[int] | str:
    try:
        return work()
    except OverflowError:
        return "out of bounds"


def _column(values: list[int]) -> "array[int]":
    return array("q", values)


@needs_kernel
@given(AMOUNTS, WEIGHTS)
def test_split_agrees(amount: int, weights: list[int]) -> None:
    from accounting.receipts import _kernel

    def by_kernel() -> list[int]:
        shares = _column([0] * len(weights))
        _kernel.split(amount, _column(weights), shares)
        return shares.tolist()

    # Shares of more than the weights together are legal: an advance is split so.
    assert _answer(by_kernel) == _answer(lambda: split_plain(amount, weights))


@needs_kernel
@given(st.lists(st.tuples(AMOUNTS, RATES), max_size=60))
def test_tax_of_lines_agrees(lines: list[tuple[int, Rate]]) -> None:
    from accounting.receipts import _kernel

    amounts, rates = [amount for amount, _ in lines], [rate for _, rate in lines]

    def by_kernel() -> list[int]:
        taxes = _column([0] * len(lines))
        numerators, denominators = _column([rate[0] for rate in rates]), _column([rate[1] for rate in rates])
        _kernel.vat_of(_column(amounts), numerators, denominators, taxes)
        return taxes.tolist()

    assert _answer(by_kernel) == _answer(lambda: taxes_plain(amounts, rates))


@needs_kernel
@given(st.lists(st.tuples(AMOUNTS, st.integers(0, 6)), max_size=60), st.lists(RATES, min_size=7, max_size=7))
def test_tax_of_totals_agrees(lines: list[tuple[int, int]], rates: list[Rate]) -> None:
    from accounting.receipts import _kernel

    amounts, groups = [amount for amount, _ in lines], [group for _, group in lines]

    def by_kernel() -> list[int]:
        totals = _column([0] * len(rates))
        numerators, denominators = _column([rate[0] for rate in rates]), _column([rate[1] for rate in rates])
        _kernel.vat_totals(_column(amounts), _column(groups), numerators, denominators, totals)
        return totals.tolist()

    assert _answer(by_kernel) == _answer(lambda: taxes_of_groups_plain(amounts, groups, rates))


@needs_kernel
@pytest.mark.skipif(os.environ.get("FISCAL_PURE") == "1", reason="the plain form was asked for")
def test_kernel_is_loaded_when_it_is_built() -> None:
    assert _engine.kernel is not None
    assert _engine.kernel.__name__ == "accounting.receipts._kernel"


@needs_kernel
def test_kernel_refuses_columns_of_different_length() -> None:
    from accounting.receipts import _kernel

    with pytest.raises(ValueError, match="length"):
        _kernel.vat_of(_column([1, 2]), _column([22]), _column([122]), _column([0]))
    with pytest.raises(IndexError):
        _kernel.vat_totals(_column([1]), _column([5]), _column([22]), _column([122]), _column([0]))


_RUN = """
import hashlib, json, sys
from accounting.receipts import _engine, money, vat
from accounting.receipts.cases.run import run_case
from accounting.receipts.cases.run import run_case
outs = [run_case(case) for case in json.load(open(sys.argv[1], encoding="utf-8"))]
text = json.dumps(outs, sort_keys=True).encode()
print(json.dumps({"kernel": _engine.kernel is not None, "sha": hashlib.sha256(text).hexdigest()}))
"""


@needs_kernel
def test_whole_cases_come_out_the_same_in_both_forms() -> None:
    answers = []
    for pure in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", _RUN, str(ROOT / "tests" / "data" / "receipt-cases.json")],
            env={**os.environ, "FISCAL_PURE": pure, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            cwd=ROOT,
        )
        answers.append(json.loads(done.stdout))
    assert [answer["kernel"] for answer in answers] == [True, False]
    assert answers[0]["sha"] == answers[1]["sha"]


CHUNKS, STORIES_IN_CHUNK, VARIANTS = 20, 500, 10
"""100,000 histories in chunks that run in parallel. Drawing a story costs ten times what computing does."""


def _compare_histories(stories: int, number: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """Stories under several sets of policies: plain arithmetic, compiled arithmetic, bulk kernel. Gives their count."""
    from accounting.receipts import _kernel

    done = 0

    def outcome(history: dict[str, Any], kernel: object, engine: Engine = Engine.REFERENCE) -> object:
        for module in (money, vat):
            monkeypatch.setattr(module, "kernel", kernel)
        return run_case_by(engine, {"id": "history", "in": history})[0]

    @seed(number)
    @settings(
        max_examples=stories,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
    )
    @given(story=histories(), shuffle=st.integers(0, 2**32))
    def check(story: dict[str, Any], shuffle: int) -> None:
        nonlocal done
        for history in [story, *variants(story, shuffle, VARIANTS - 1)]:
            plain = outcome(history, None)
            assert plain == outcome(history, _kernel) == outcome(history, _kernel, Engine.KERNEL)
            done += 1

    check()
    return done


@needs_kernel
def test_long_histories_come_out_the_same_in_all_forms(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _compare_histories(20, CHUNKS, monkeypatch) >= 200


@needs_kernel
@pytest.mark.proof
@pytest.mark.parametrize("number", range(CHUNKS))
def test_a_hundred_thousand_long_histories_come_out_the_same(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert CHUNKS * _compare_histories(STORIES_IN_CHUNK, number, monkeypatch) >= 100_000
