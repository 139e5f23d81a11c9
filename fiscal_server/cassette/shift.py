"""The shift keeper's rules: how long a shift may last, when the merchant wants it closed, what its totals must be."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from accounting.receipts.codes import DocumentForm
from fiscal_server.storage.slots import ShiftSum
from kkt_drivers.ffd.shift_report import ShiftTotals

MAX_SHIFT: Final = timedelta(hours=23, minutes=30)
"""A shift may last 24 hours (54-FZ, article 4.3), so it is closed well before."""

_CORRECTIONS: Final = frozenset({DocumentForm.CORRECTION_RECEIPT, DocumentForm.BSO_CORRECTION})


def must_close(
    opened_at: datetime | None, now: datetime, closes_at: time | None = None, zone: tzinfo | None = None
) -> bool:
    """Whether an open shift has to be closed before the next receipt. ``opened_at`` and ``now`` aware.

    ``closes_at``: the merchant's hour in ``zone``; the first one after the opening counts, whatever was off meanwhile.
    """
    if opened_at is None:
        return False
    if now - opened_at >= MAX_SHIFT:
        return True
    return closes_at is not None and now >= _first_after(opened_at, closes_at, zone)


def _first_after(moment: datetime, hour: time, zone: tzinfo | None) -> datetime:
    """The first time after ``moment`` at which clocks in ``zone`` show ``hour``."""
    local = moment.astimezone(zone)
    same_day = datetime.combine(local.date(), hour, tzinfo=zone)
    return same_day if same_day > moment else datetime.combine(local.date() + timedelta(days=1), hour, tzinfo=zone)


def differing_totals(booked: Sequence[ShiftSum], report: ShiftTotals) -> list[str]:
    """What the closing report says otherwise than the books, a sentence each; only what the report has is compared."""
    differences = []
    receipts = sum(row.receipts for row in booked)
    if report.receipts is not None and report.receipts != receipts:
        differences.append(f"receipts: {receipts} in the books, {report.receipts} in the report")
    for what, given, corrections in (("receipts", report.by_sign, False), ("corrections", report.corrections, True)):
        if given is None:
            continue
        ours = {
            sign: (
                sum(row.receipts for row in booked if _is(row, sign, corrections=corrections)),
                sum(row.total_kopecks for row in booked if _is(row, sign, corrections=corrections)),
            )
            for sign in given
        }
        differences += [
            f"{what} of sign {sign}: {ours[sign][0]} of {ours[sign][1]} kopecks in the books,"
            f" {count} of {total} in the report"
            for sign, (count, total) in given.items()
            if (count, total) != ours[sign]
        ]
    return differences


def _is(row: ShiftSum, sign: int, *, corrections: bool) -> bool:
    return row.sign == sign and (row.form in _CORRECTIONS) is corrections
