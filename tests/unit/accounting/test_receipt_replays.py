"""A replay of any history: whole when nothing was issued, silent when everything was (receipt rules 6.3)."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounting.receipts.cases.input import CaseInput, books_of
from accounting.receipts.cases.run import decode_case
from accounting.receipts.codes import FfdVersion, SettlementSign
from accounting.receipts.compute import Outcome, compute
from accounting.receipts.corrections.events import BasisDocument
from accounting.receipts.events import Restoration
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.outcome import ComputedReceipt
from tests.unit.accounting.histories import histories

RESTORED_ON = date(2026, 3, 31)
sizes = pytest.mark.parametrize(
    "examples", [pytest.param(60, id="slice"), pytest.param(4_000, id="proof", marks=pytest.mark.proof)]
)


def over_histories(check: Any, examples: int, **more: Any) -> None:
    suppressed = [HealthCheck.too_slow, HealthCheck.data_too_large]
    options = settings(max_examples=examples, deadline=None, suppress_health_check=suppressed, database=None)
    given(history=histories(), **more)(options(check))()


def both(history: dict[str, Any], *, issued: bool) -> tuple[Outcome, Outcome]:
    """The history as it happened, and its replay against what was issued then (or against nothing)."""
    merchant = history["merchant"] | {"ffd": "1.2"}
    case = decode_case({"id": "h", "in": history | {"merchant": merchant}})
    rules = case.merchant.rules()
    books = books_of(case, rules)
    assert rules.ffd is FfdVersion.FFD_1_2
    happened = compute(rules, books, case.events, as_of=RESTORED_ON)
    documents = [
        IssuedReceipt(
            id=f"d{number}", document=one, issued_on=RESTORED_ON, fiscal_sign=str(number), settled_on=RESTORED_ON
        )
        for number, one in enumerate(happened.receipts)
    ]
    replay = Restoration(key="replay", restored_on=RESTORED_ON, replay=case.events)
    return happened, compute(rules, books, [replay], issued=documents if issued else ())


@sizes
def test_replay_of_what_was_issued_finds_nothing_to_correct(examples: int) -> None:
    def check(history: dict[str, Any]) -> None:
        happened, replayed = both(history, issued=True)
        assert replayed.receipts == []
        assert replayed.accounts == happened.accounts

    over_histories(check, examples)


@sizes
def test_replay_against_nothing_makes_every_receipt_as_a_correction(examples: int) -> None:
    def check(history: dict[str, Any]) -> None:
        happened, replayed = both(history, issued=False)
        wanted = sorted((f"restore|{one.event_key}", one.receipt.total_kopecks) for one in happened.receipts)
        assert sorted((one.event_key, one.receipt.total_kopecks) for one in replayed.receipts) == wanted
        assert all(one.receipt.correction is not None for one in replayed.receipts)
        assert (replayed.accounts, replayed.suspense, replayed.errors) == (
            happened.accounts,
            happened.suspense,
            happened.errors,
        )

    over_histories(check, examples)


def _spoilt(documents: list[IssuedReceipt], draw: Any) -> list[IssuedReceipt]:
    """What a register might have done instead: receipts forgotten, refused, doubled, with another sum or sign."""
    found: list[IssuedReceipt] = []
    for one in documents:
        way = draw(st.sampled_from(["right", "right", "forgotten", "quarantined", "doubled", "sum", "sign"]))
        if way == "forgotten":
            continue
        receipt = one.document.receipt
        if way == "sum":
            lines = tuple(msgspec.structs.replace(line, sum_kopecks=line.sum_kopecks + 7) for line in receipt.lines)
            receipt = msgspec.structs.replace(receipt, lines=lines, total_kopecks=sum(x.sum_kopecks for x in lines))
        if way == "sign":
            other = {1: SettlementSign.INCOME_RETURN, 2: SettlementSign.INCOME}[int(receipt.sign)]
            receipt = msgspec.structs.replace(receipt, sign=other)
        document = msgspec.structs.replace(one.document, receipt=receipt)
        found.append(msgspec.structs.replace(one, document=document, quarantined=way == "quarantined"))
        if way == "doubled":
            found.append(msgspec.structs.replace(one, id=f"{one.id}x", fiscal_sign=f"{one.fiscal_sign}000"))
    return found


def _case_of(history: dict[str, Any], ffd: str, **policies: Any) -> CaseInput:
    """A history under a format and policies, as a case."""
    merchant = history["merchant"] | {"ffd": ffd, "policies": history["merchant"]["policies"] | policies}
    return decode_case({"id": "h", "in": history | {"merchant": merchant}})


def _as_issued(documents: Iterable[ComputedReceipt]) -> list[IssuedReceipt]:
    """Documents that were made as they should be, each with a fiscal sign of its own."""
    return [
        IssuedReceipt(id=f"d{n}", document=one, issued_on=RESTORED_ON, fiscal_sign=str(n), settled_on=RESTORED_ON)
        for n, one in enumerate(documents)
    ]


def _books(documents: Iterable[ComputedReceipt]) -> "Counter[tuple[Any, ...]]":
    """What documents say, added up: event, account, consolidated or not, line by its tags; returns negative."""
    found: Counter[tuple[Any, ...]] = Counter()
    for one in documents:
        side = 1 if one.receipt.sign is SettlementSign.INCOME else -1
        place = (one.event_key.removeprefix("restore|"), one.account, one.consolidated)
        for line in one.receipt.lines:
            agent = (line.agent.sign, line.agent.supplier_inn) if line.agent else None
            found[*place, line.method, line.subject, line.vat_code, agent] += side * line.sum_kopecks
    return Counter({key: amount for key, amount in found.items() if amount})


@sizes
def test_restoration_of_anything_spoilt_brings_the_documents_to_what_they_should_be(examples: int) -> None:
    """Accepted documents and those of the restoration together say what the replay says, whatever was wrong."""

    def check(history: dict[str, Any], data: st.DataObject) -> None:
        case = _case_of(history, "1.2", restore_only_missing=False)
        rules = case.merchant.rules()
        books = books_of(case, rules)
        happened = compute(rules, books, case.events, as_of=RESTORED_ON)
        issued = _spoilt(_as_issued(happened.receipts), data.draw)
        replay = Restoration(key="replay", restored_on=RESTORED_ON, replay=case.events)
        restored = compute(rules, books, [replay], issued=issued)
        accepted = [one.document for one in issued if not one.quarantined]
        assert _books([*accepted, *restored.receipts]) == _books(happened.receipts)
        reversed_ = [one.receipt.additional for one in restored.receipts if one.receipt.additional is not None]
        assert set(reversed_) <= {one.fiscal_sign for one in issued if not one.quarantined}
        used = books_of(case, rules)
        again = msgspec.structs.replace(used, processed_keys=frozenset(one.event_key for one in restored.receipts))
        second = compute(rules, again, [replay], issued=issued)
        assert not {one.event_key for one in second.receipts} & {one.event_key for one in restored.receipts}

    over_histories(check, examples, data=st.data())


def _totals(documents: Iterable[ComputedReceipt]) -> "Counter[tuple[Any, ...]]":
    """By event, account and VAT code, returns negative: form 31 of FFD 1.05 has no lines, only these."""
    found: Counter[tuple[Any, ...]] = Counter()
    for one in documents:
        side = 1 if one.receipt.sign is SettlementSign.INCOME else -1
        place = (one.event_key.removeprefix("restore|"), one.account, one.consolidated)
        found[place] += side * one.receipt.total_kopecks
    return Counter({key: amount for key, amount in found.items() if amount})


@sizes
def test_restoration_in_ffd_1_05_brings_the_totals_to_what_they_should_be(examples: int) -> None:
    def check(history: dict[str, Any], data: st.DataObject) -> None:
        case = _case_of(history, "1.05", restore_only_missing=False, restoration_granularity="per_payment")
        rules = case.merchant.rules()
        books = books_of(case, rules)
        happened = compute(rules, books, case.events, as_of=RESTORED_ON)
        issued = _spoilt(_as_issued(happened.receipts), data.draw)
        basis = BasisDocument(issued_on=RESTORED_ON, number="7")
        replay = Restoration(key="replay", restored_on=RESTORED_ON, replay=case.events, basis_document=basis)
        restored = compute(rules, books, [replay], issued=issued).receipts
        accepted = [one.document for one in issued if not one.quarantined]
        assert _totals([*accepted, *restored]) == _totals(happened.receipts)
        for one in restored:
            receipt = one.receipt
            if receipt.correction is None:
                continue
            codes = {total.code for total in receipt.vat_totals}
            assert receipt.sign is SettlementSign.INCOME
            assert (receipt.lines, receipt.contact, receipt.additional) == ((), None, None)
            assert not (codes & {1, 3} and codes & {11, 12})

    over_histories(check, examples, data=st.data())
