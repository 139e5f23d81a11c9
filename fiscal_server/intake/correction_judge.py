"""An order to correct registered receipts, judged: which documents it means, and all that stands against it."""

from collections import Counter
from datetime import date
from typing import Final

import msgspec

from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.checks.control import Control
from accounting.receipts.compute import compute
from accounting.receipts.corrections.corrector import KEY_PREFIX
from accounting.receipts.errors import EventError
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.wording import translated
from fiscal_server.intake.batch import Problem
from fiscal_server.intake.correction_orders import CorrectionOrder, mistakes_of_order
from fiscal_server.intake.correction_plans import Planned, unsound_documents
from fiscal_server.intake.correction_routes import unfit_cassette
from fiscal_server.intake.issued_receipts import load_issued, not_correctable
from fiscal_server.storage import books, corrections, ledger, receipts
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.payments import find_payments
from fiscal_server.storage.pool import WriteConnection
from fiscal_server.storage.receipts import ReceiptView

KEY: Final = "correct|"
"""Before the id of a receipt: the key of the event that corrects it; ``|2`` behind it after one that was cancelled."""


class JudgedCorrection(msgspec.Struct, frozen=True):
    """An order computed. ``wrong``: the receipts by the keys of the events that correct them."""

    planned: Planned
    wrong: dict[str, ReceiptView]

    def problems(self) -> list[Problem]:
        """All that stands against the order; empty when it may be carried out."""
        unsound = unsound_documents(self.planned, lambda key: f"receipt {self.wrong[key].id}")
        return [*self.planned.refused, *unsound]


async def judge_correction(
    db: WriteConnection, merchant_id: int, order: CorrectionOrder, today: date
) -> JudgedCorrection:
    """The order computed on what is registered now; what cannot be corrected is listed and left out.

    Corrections of the merchant and the accounts of the receipts stay locked: a payment that is taken back meanwhile
    sees this correction, or this sees that it was.
    """
    merchant = await read_merchant(db, merchant_id)
    rules = stored_rules(merchant.rules)
    problems = mistakes_of_order(order, today)
    problems = problems or await unfit_cassette(db, merchant_id, order.cassette, rules.ffd)
    if problems:
        return JudgedCorrection(_planned(rules, order, {}, [], problems), {})
    await corrections.hold_corrections(db, merchant_id)
    ids = [int(one) for one in order.receipts]
    found = {one.id: one for one in await receipts.read_receipts(db, merchant_id, ids)}
    codes = [one.account for one in found.values() if one.account is not None]
    if len(codes) < len(found):  # payments of unknown payers are taken back under the lock of the book
        await books.lock_book(db, merchant_id)
    await ledger.lock_account_rows(db, merchant_id, codes)
    rows = await corrections.corrections_of_receipts(db, merchant_id, ids)
    attempts = Counter(row.receipt_id for row in rows)
    standing = {row.receipt_id: row.correction_id for row in rows if row.stands}
    taken_back = await _taken_back(db, merchant_id, found) if order.right is None else frozenset()
    wrong: dict[str, ReceiptView] = {}
    for place, one in enumerate(ids):
        problem = not_correctable(one, found.get(one), standing, taken_back)
        if problem is None:
            wrong[f"{KEY}{one}|{attempts[one] + 1}" if attempts[one] else f"{KEY}{one}"] = found[one]
        else:
            problems.append(msgspec.structs.replace(problem, field=f"receipts[{place}]"))
    issued = await load_issued(db, merchant_id, list(wrong.values()), rules, quarantined=order.not_accepted)
    return JudgedCorrection(_planned(rules, order, wrong, issued, problems), wrong)


async def _taken_back(db: WriteConnection, merchant_id: int, found: dict[int, ReceiptView]) -> frozenset[int]:
    """Receipts of payments that the bank took back: their mirrors are there, or on the way."""
    keys = {key for one in found.values() for key in (one.event_key, one.event_key.removeprefix(KEY_PREFIX))}
    payments = await find_payments(db, merchant_id, sorted(keys))
    reversed_ = {one.id for one in payments.values() if one.record.reversed}
    return frozenset(one.id for one in found.values() if one.event_id in reversed_)


def _planned(
    rules: MerchantRules,
    order: CorrectionOrder,
    wrong: dict[str, ReceiptView],
    issued: list[IssuedReceipt],
    problems: list[Problem],
) -> Planned:
    events = [order.event(key, view.id) for key, view in wrong.items()]
    refused = list(problems)
    try:
        outcome = compute(rules, Books(), events, issued=issued)
    except OverflowError:
        refused.append(Problem("amount_too_large", "the right receipt adds up to more than any may be", "right"))
        events, issued = [], []
        outcome = compute(rules, Books(), [])
    places = {key: f"receipts[{order.receipts.index(_written(order, view.id))}]" for key, view in wrong.items()}
    refused += [_refusal(error, places[error.event_key]) for error in outcome.errors]
    answered = {one.event_key for one in outcome.receipts} | {error.event_key for error in outcome.errors}
    refused += [
        Problem("nothing_to_issue", "what was never accepted needs no reversal: say how it should be", places[one.key])
        for one in events
        if one.key not in answered
    ]
    unsound = Control(rules, events, issued=issued).unsound(outcome.receipts)
    return Planned(rules, Books(), events, issued, outcome, refused, unsound)


def _written(order: CorrectionOrder, receipt_id: int) -> str:
    return next(one for one in order.receipts if int(one) == receipt_id)


def _refusal(error: EventError, place: str) -> Problem:
    """What the rules refuse: a field of the order, or a receipt in it."""
    field = place if error.field in ("", "receipt") else error.field
    return Problem(error.code.value, translated(error.message), field, None, error.event_key)
