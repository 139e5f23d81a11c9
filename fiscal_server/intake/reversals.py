"""What has become of the receipts of payments that the bank takes back: made ones are mirrored, others withdrawn.

A device may take a receipt at any moment, so those that may be withdrawn are locked before anybody decides. In place of
a receipt that was corrected its correction is mirrored, and by an ordinary receipt: the payment was no mistake.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from accounting.receipts.corrections.corrector import is_reversal
from accounting.receipts.events import PaymentReversal
from accounting.receipts.outcome import ComputedReceipt
from fiscal_server.intake.batch import DecodedEvent, Problem
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage import corrections, queue, receipts
from fiscal_server.storage.payments import StoredPayment
from fiscal_server.storage.pool import WriteConnection
from fiscal_server.storage.receipts import ReceiptOfPayment


class Reversible(msgspec.Struct, frozen=True):
    """By payment key: receipts to mirror, and ids of those that may be withdrawn. ``refused``: what cannot be done."""

    issued: dict[str, tuple[ComputedReceipt, ...]]
    withdrawable: dict[str, list[int]]
    refused: list[Problem]


async def look_at_receipts(
    db: WriteConnection, merchant_id: int, events: Sequence[DecodedEvent], payments: Mapping[str, StoredPayment]
) -> Reversible:
    """Receipts of the payments that the events reverse; ``payments`` are the records of earlier ones, read under lock.

    Refused: taking back "before the receipt" when a device has or may have made it, and mirroring a receipt that a
    device refused (a person decides about that one first).
    """
    found = Reversible({}, {}, [])
    keys = {payments[key].id: key for key in payments}
    rows = await receipts.receipts_of_events(db, merchant_id, list(keys)) if keys else []
    held = await queue.hold_unmade(db, merchant_id, [row.id for row in rows]) if rows else set()
    by_payment: dict[str, list[ReceiptOfPayment]] = defaultdict(list)
    if rows:  # read again: the lock may have waited for whoever took one of them
        rows = await receipts.receipts_of_events(db, merchant_id, list(keys))
        corrected = {one.receipt_id for one in await _standing(db, merchant_id, rows)}
        for row in rows:
            in_its_place = await _in_its_place(db, merchant_id, row) if row.id in corrected else [row]
            by_payment[keys[row.event_id]] += in_its_place
    for decoded in events:
        event = decoded.event
        if not isinstance(event, PaymentReversal) or event.payment not in payments:
            continue
        own = [row for row in by_payment[event.payment] if row.queue_state != ReceiptState.CANCELLED]
        if event.before_receipt:
            if any(row.id not in held for row in own):
                found.refused.append(_refusal(decoded, _MADE))
            found.withdrawable[event.payment] = [row.id for row in own if row.id in held]
            continue
        if any(row.queue_state == ReceiptState.REFUSED for row in own):
            found.refused.append(_refusal(decoded, _PARKED))
        elif not all(row.receipt.lines for row in own):
            found.refused.append(_refusal(decoded, _TOTALS_ONLY))
        found.issued[event.payment] = tuple(_issued(row) for row in own)
    return found


_MADE = (
    "receipt_already_made",
    "the payment's receipt has been made or is being made: send the reversal without before_receipt",
    "before_receipt",
)
_PARKED = (
    "receipt_refused_by_device",
    "a device refused the payment's receipt: have it made or cancelled first, or send before_receipt",
    "payment",
)

_TOTALS_ONLY = (
    "receipt_without_lines",
    "the payment's receipt is a correction of FFD 1.05, which has totals alone: no return can copy its lines",
    "payment",
)


async def _standing(
    db: WriteConnection, merchant_id: int, rows: Sequence[ReceiptOfPayment]
) -> list[corrections.CorrectedReceipt]:
    found = await corrections.corrections_of_receipts(db, merchant_id, [row.id for row in rows])
    return [one for one in found if one.stands]


async def _in_its_place(db: WriteConnection, merchant_id: int, row: ReceiptOfPayment) -> list[ReceiptOfPayment]:
    """The receipt, or what corrections have put in its place; of a superfluous one nothing is left."""
    standing = [row]
    while corrected := await _standing(db, merchant_id, standing):
        made = await receipts.receipts_of_events(db, merchant_id, [one.event_id for one in corrected])
        wrong = {one.event_id: one.receipt_id for one in corrected}
        by_id = {one.id: one for one in standing}
        standing = [one for one in standing if one.id not in wrong.values()]
        for event_id, receipt_id in wrong.items():
            standing += _right_ones(by_id[receipt_id], [one for one in made if one.event_id == event_id])
    return standing


def _right_ones(wrong: ReceiptOfPayment, made: Sequence[ReceiptOfPayment]) -> list[ReceiptOfPayment]:
    """Documents of a correction without the reversing one, which comes first."""
    reverses = bool(made) and is_reversal(made[0].receipt, wrong.receipt)
    return [one for one in made[reverses:] if one.queue_state != ReceiptState.CANCELLED]


def _refusal(decoded: DecodedEvent, said: tuple[str, str, str]) -> Problem:
    code, reason, field = said
    return Problem(code, reason, field, decoded.index, decoded.event.key)


def _issued(row: ReceiptOfPayment) -> ComputedReceipt:
    return ComputedReceipt(
        receipt=msgspec.structs.replace(row.receipt, correction=None, additional=None),
        event_key=row.event_key,
        account=row.account,
        part=row.part,
        deadline=row.deadline,
        register_group=row.register_group,
    )
