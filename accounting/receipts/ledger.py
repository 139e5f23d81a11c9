"""What an account owes and has: debts, advance lots, and how delivered services were settled (receipt rules 3.6 [I]).

All rows are flat and frozen, so that they map to columns and an account that was read is never changed under its
reader: each change makes a new row and a new account. Amounts are kopecks.
"""

from collections.abc import Iterable
from datetime import date
from typing import Literal

import msgspec

from accounting.receipts.codes import SettlementMethod, VatCode

ExemptMark = Literal["legal_payer", "exempt_member"]
"""Why money needed no receipt when it came; it stays so, whatever it does later (receipt rules 3.1 item 10 [I])."""

PayerKind = Literal["individual", "legal"]
SettlementForm = Literal["cash", "noncash", "counter", "advance"]


class Debt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The unpaid rest of the charges for one service and period.

    ``delivered``: the service was handed over (its period closed). ``credited``: a credit receipt (1214 = 5, 6) stands
    against it, so it is paid with 7 (receipt rules 3.5 a, b [I]). The volume is what the bill showed, in millionths.
    """

    service: str
    period: str
    due_on: date
    amount_kopecks: int
    vat_code: VatCode  # ordinary
    delivered: bool = True
    credited: bool = False
    volume_quantity_micro: int | None = None  # 1023
    volume_price_micro: int | None = None  # millionths of a kopeck per unit, may be fractional kopecks
    volume_measure: int = 0  # 2108


class AdvanceLot(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Money that came before a delivery. Lots equal in all but the amount are one lot (receipt rules 3.5 d [I])."""

    received_on: date
    amount_kopecks: int
    vat_code: VatCode  # calculated
    method: SettlementMethod = SettlementMethod.ADVANCE  # 1, 2 or 3
    service: str | None = None  # known for methods 1 and 2
    exempt: ExemptMark | None = None


class Settlement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How a part of a delivered service was settled: one row per form and per lot used.

    ``lot_*`` name the lot that an ``advance`` settlement came from; ``event_key`` is the event that made the row.
    """

    service: str
    period: str
    amount_kopecks: int
    vat_code: VatCode  # ordinary
    form: SettlementForm
    settled_on: date
    exempt: ExemptMark | None = None
    lot_received_on: date | None = None
    lot_vat_code: VatCode | None = None
    lot_method: SettlementMethod | None = None
    lot_service: str | None = None
    event_key: str = ""


class Plan(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The known service that the account pays beforehand and its monthly price."""

    service: str
    price_kopecks: int


class BillLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Sum of the charges for a service in the last bill."""

    service: str
    amount_kopecks: int


class LastBill(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """All charges of the latest charged period; recalculations do not change it (receipt rules 4.5 [I])."""

    period: str
    lines: tuple[BillLine, ...]


class AccountState(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An account with its whole ledger."""

    id: str
    contact: str | None = None
    payer_kind: PayerKind = "individual"
    member: bool = False  # of an exempt association
    services: tuple[str, ...] | None = None  # subscribed; None: the whole catalogue
    plan: Plan | None = None
    debts: tuple[Debt, ...] = ()
    off_balance: tuple[Debt, ...] = ()
    lots: tuple[AdvanceLot, ...] = ()  # by date, then creation
    settlements: tuple[Settlement, ...] = ()  # in order of creation
    penalty_kopecks: int = 0
    costs_kopecks: int = 0
    last_bill: LastBill | None = None


def with_amount(debt: Debt, amount_kopecks: int) -> Debt:
    """The same debt over another amount."""
    return msgspec.structs.replace(debt, amount_kopecks=amount_kopecks)


def is_same_debt(one: Debt, other: Debt) -> bool:
    """Whether two rows are one debt: equal in all but amount and volume."""
    return (
        one.service == other.service
        and one.period == other.period
        and one.due_on == other.due_on
        and one.vat_code == other.vat_code
        and one.delivered == other.delivered
        and one.credited == other.credited
    )


def without_volume(debt: Debt) -> Debt:
    """The debt when its volume no longer explains it (receipt rules 4.3 [I]: a recalculated one has none)."""
    return msgspec.structs.replace(debt, volume_quantity_micro=None, volume_price_micro=None, volume_measure=0)


def add_debt(debts: tuple[Debt, ...], new: Debt) -> tuple[Debt, ...]:
    """Debts with one more; an equal row takes the amount, and the volume stays only if both have the same."""
    for place, debt in enumerate(debts):
        if is_same_debt(debt, new):
            total = with_amount(debt, debt.amount_kopecks + new.amount_kopecks)
            if (debt.volume_quantity_micro, debt.volume_price_micro, debt.volume_measure) != (
                new.volume_quantity_micro,
                new.volume_price_micro,
                new.volume_measure,
            ):
                total = without_volume(total)
            return (*debts[:place], total, *debts[place + 1 :])
    return (*debts, new)


def debts_of_rows(rows: Iterable[Debt]) -> tuple[Debt, ...]:
    """Debts as somebody else wrote them: rows that are one debt are added up at the place of the first."""
    found: dict[Debt, Debt] = {}
    for row in rows:
        key = without_volume(with_amount(row, 0))
        found[key] = add_debt((found[key],), row)[0] if key in found else row
    return tuple(found.values())


def is_same_lot(one: AdvanceLot, other: AdvanceLot) -> bool:
    """Whether two lots are one: equal in all but the amount."""
    return (
        one.received_on == other.received_on
        and one.vat_code == other.vat_code
        and one.method == other.method
        and one.service == other.service
        and one.exempt == other.exempt
    )


def lot_with_amount(lot: AdvanceLot, amount_kopecks: int) -> AdvanceLot:
    """The same lot over another amount."""
    return msgspec.structs.replace(lot, amount_kopecks=amount_kopecks)


def add_lot(lots: tuple[AdvanceLot, ...], new: AdvanceLot) -> tuple[AdvanceLot, ...]:
    """Lots with one more, kept by date and then creation."""
    for place, lot in enumerate(lots):
        if is_same_lot(lot, new):
            return (*lots[:place], lot_with_amount(lot, lot.amount_kopecks + new.amount_kopecks), *lots[place + 1 :])
    return tuple(sorted((*lots, new), key=lambda lot: lot.received_on))


def lots_of_rows(rows: Iterable[AdvanceLot]) -> tuple[AdvanceLot, ...]:
    """Lots as somebody else wrote them: rows that are one lot are added up, in the order of dates, then of creation."""
    found: dict[AdvanceLot, AdvanceLot] = {}
    for row in rows:
        key = lot_with_amount(row, 0)
        found[key] = add_lot((found[key],), row)[0] if key in found else row
    return tuple(sorted(found.values(), key=lambda lot: lot.received_on))


def lots_total(lots: Iterable[AdvanceLot]) -> int:
    """Sum of the lots, kopecks."""
    return sum(lot.amount_kopecks for lot in lots)


def debts_total(debts: Iterable[Debt]) -> int:
    """Sum of the unpaid rests, kopecks."""
    return sum(debt.amount_kopecks for debt in debts)


def take_lots(
    lots: tuple[AdvanceLot, ...], amount_kopecks: int, *, newest_first: bool = False
) -> tuple[list[AdvanceLot], tuple[AdvanceLot, ...]]:
    """Take up to an amount out of the lots; returns what was taken, in that order, and what stays.

    First in, first out; ``newest_first`` is the exact reverse (receipt rules 3.5 d [I]).
    """
    ordered = sorted(lots, key=lambda lot: lot.received_on)
    if newest_first:
        ordered.reverse()
    taken: list[AdvanceLot] = []
    kept: list[AdvanceLot] = []
    for lot in ordered:
        part = min(amount_kopecks, lot.amount_kopecks)
        amount_kopecks -= part
        if part:
            taken.append(lot_with_amount(lot, part))
        if part < lot.amount_kopecks:
            kept.append(lot_with_amount(lot, lot.amount_kopecks - part))
    if newest_first:
        kept.reverse()
    return taken, tuple(kept)
