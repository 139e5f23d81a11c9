"""Lines before they become a receipt: each knows its own forms of payment and the rate behind its code.

Lines are drafted one a debt or lot, merged, cut by the limits, and only then priced and taxed.
"""

from collections.abc import Hashable, Iterable
from datetime import date

import msgspec

from accounting.receipts.catalogue import Service
from accounting.receipts.codes import FfdVersion, SettlementMethod, SettlementSign, SubjectType, VatCode
from accounting.receipts.ledger import Debt
from accounting.receipts.model import Correction, Tenders
from accounting.receipts.money import half_up_from_micro, price_times_quantity
from accounting.receipts.vat import Rate

NO_MONEY = Tenders()


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A drafted line. ``forms`` add up to ``amount_kopecks``; ``volume_of`` is the debt whose volume may be shown."""

    name: str  # 1030
    amount_kopecks: int
    forms: Tenders
    method: SettlementMethod
    subject: SubjectType
    code: VatCode
    rate: Rate
    service: Service | None = None
    period: str | None = None
    account: str | None = None  # only with a line an account
    volume_of: Debt | None = None


class Head(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What all receipts of one act have in common."""

    event_key: str
    account: str | None
    sign: SettlementSign = SettlementSign.INCOME
    contact: str | None = None
    deadline: date | None = None
    at_settlement: bool = False
    consolidated: str | None = None
    mirrors: bool = False  # repeats the lines of a receipt of the other sign


class Sheet(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A receipt that only lacks its VAT.

    ``correction`` and ``additional`` (1192) belong to documents that correct; ``totals_only`` is the correction form of
    FFD 1.05, whose lines are summed up and not printed.
    """

    head: Head
    lines: tuple[Line, ...]
    taxation: int
    register_group: str
    part: str | None = None
    correction: Correction | None = None
    additional: str | None = None
    totals_only: bool = False


def merge_key(line: Line) -> Hashable:
    """Lines equal in this are one line; texts do not count (receipt rules 3.7 [I]). Agent tags follow the service."""
    return (
        line.service.id if line.service else None,
        line.period,
        line.method,
        line.subject,
        line.code,
        line.rate,
        line.account,
    )


def by_service_rate(line: Line) -> Hashable:
    """Key of a consolidated line: service name, code, supplier, agent sign (receipt rules 5 [I])."""
    service = line.service
    if service is None:
        return (None, line.method, line.code, line.rate)
    agent = service.agent
    tags = (agent.supplier_inn, agent.sign) if agent else None
    return (service.name or service.id, line.period, line.method, line.subject, line.code, line.rate, tags)


def add_forms(one: Tenders, other: Tenders) -> Tenders:
    """Forms of two lines together."""
    return Tenders(
        one.cash + other.cash,
        one.electronic + other.electronic,
        one.prepaid + other.prepaid,
        one.credit + other.credit,
        one.provision + other.provision,
    )


def joined(one: Line, other: Line) -> Line:
    """Two equal lines as one, under the first one's text; a volume stays only if both show the same."""
    return msgspec.structs.replace(
        one,
        amount_kopecks=one.amount_kopecks + other.amount_kopecks,
        forms=add_forms(one.forms, other.forms),
        volume_of=one.volume_of if _same_volume(one.volume_of, other.volume_of) else None,
    )


def _same_volume(one: Debt | None, other: Debt | None) -> bool:
    return (
        one is not None
        and other is not None
        and one.volume_quantity_micro == other.volume_quantity_micro
        and one.volume_price_micro == other.volume_price_micro
        and one.volume_measure == other.volume_measure
    )


def merged(lines: Iterable[Line]) -> list[Line]:
    """Lines with equal ones merged at the place of the first; lines of nothing are dropped."""
    result: dict[Hashable, Line] = {}
    for line in lines:
        if line.amount_kopecks == 0:
            continue
        key = merge_key(line)
        known = result.get(key)
        result[key] = line if known is None else joined(known, line)
    return list(result.values())


def cut(line: Line, amount_kopecks: int) -> tuple[Line, Line]:
    """The line in two, the first over that amount: forms are used up in tag order (receipt rules 5 [I])."""
    left = amount_kopecks
    first: list[int] = []
    for form in msgspec.structs.astuple(line.forms):
        first.append(min(left, form))
        left -= first[-1]
    head = Tenders(*first)
    rest = Tenders(*(form - used for form, used in zip(msgspec.structs.astuple(line.forms), first, strict=True)))
    return _piece(line, amount_kopecks, head), _piece(line, line.amount_kopecks - amount_kopecks, rest)


def _piece(line: Line, amount_kopecks: int, forms: Tenders) -> Line:
    """A piece of a line that was settled in part may be settled whole, or be on credit whole."""
    method = line.method
    if method is SettlementMethod.PARTIAL_SETTLEMENT_AND_CREDIT:
        if forms.credit == 0:
            method = SettlementMethod.FULL_SETTLEMENT
        elif forms.credit == amount_kopecks:
            method = SettlementMethod.CREDIT
    return msgspec.structs.replace(line, amount_kopecks=amount_kopecks, forms=forms, method=method, volume_of=None)


class Shown(msgspec.Struct, frozen=True, gc=False):
    """Quantity, price and measure as the receipt prints them."""

    quantity_micro: int
    price_kopecks: int
    measure: int


SHOWS_VOLUME = frozenset(
    {
        SettlementMethod.FULL_SETTLEMENT,
        SettlementMethod.PARTIAL_SETTLEMENT_AND_CREDIT,
        SettlementMethod.CREDIT,
    }
)


def shown_volume(line: Line, head: Head, ffd: FfdVersion) -> Shown | None:
    """The volume, when the printed price times quantity is the line's amount exactly (receipt rules 4.3 [I])."""
    debt = line.volume_of
    if debt is None or debt.volume_quantity_micro is None or debt.volume_price_micro is None:
        return None
    if head.sign is not SettlementSign.INCOME and not head.mirrors:
        return None
    if line.method not in SHOWS_VOLUME or head.consolidated is not None:
        return None
    price = half_up_from_micro(debt.volume_price_micro)
    if price_times_quantity(price, debt.volume_quantity_micro) != line.amount_kopecks:
        return None
    # Tag 2108 exists since FFD 1.2 only.
    measure = debt.volume_measure if ffd is FfdVersion.FFD_1_2 else 0
    return Shown(debt.volume_quantity_micro, price, measure)
