"""What people order to be corrected and restored, and what is wrong with an order before anything is looked up."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, UnsetType

from accounting.receipts.corrections.events import (
    BasisDocument,
    DayTotalRestoration,
    DayVat,
    Order,
    ReceiptCorrection,
    RightReceipt,
)
from accounting.receipts.event_parts import PaymentTenders
from accounting.receipts.events import Event, Restoration
from fiscal_server.errors import FiscalServerError
from fiscal_server.intake.batch import NUL_REASON, DecodedEvent, Problem, field_with_nul, looked_at
from fiscal_server.intake.days import AHEAD, FIRST_ACT, day_ahead

MAX_RECEIPTS: Final = 100
MAX_REPLAYED: Final = 1_000
MAX_RATES: Final = 20

CassetteName = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
"""Of the cassette whose devices make the documents; none: the one that the merchant's receipts go to."""

ReceiptId = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,18}\Z")]


class CorrectionRejected(FiscalServerError):
    """Nothing was stored; ``problems`` name all that stands against the order."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"the order has {len(problems)} problem(s): {problems[0].reason}")
        self.problems = problems


class CorrectionOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Registered receipts that are wrong. ``right``: how the one should be; without it they are superfluous.

    ``not_accepted``: the tax service did not take them, so they count as never issued.
    """

    corrected_on: date = msgspec.field(name="date")
    receipts: Annotated[list[ReceiptId], msgspec.Meta(min_length=1, max_length=MAX_RECEIPTS)]
    right: RightReceipt | None = None
    not_accepted: bool = False
    cassette: CassetteName | None = None
    basis_document: BasisDocument | UnsetType = UNSET
    order: Order | UnsetType = UNSET

    def event(self, key: str, receipt_id: int) -> ReceiptCorrection:
        """What it asks of one receipt."""
        return ReceiptCorrection(
            key=key,
            corrected_on=self.corrected_on,
            receipt=str(receipt_id),
            right=self.right,
            basis_document=self.basis_document,
            order=self.order,
        )


class RestorationHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is said of all events that are to be restored."""

    restored_on: date = msgspec.field(name="date")
    cassette: CassetteName | None = None
    basis_document: BasisDocument | UnsetType = UNSET
    order: Order | UnsetType = UNSET


class RestorationOrder(RestorationHead, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Past events that never reached the server, whose receipts are to be restored."""

    replay: Annotated[tuple[Event, ...], msgspec.Meta(min_length=1, max_length=MAX_REPLAYED)]

    def event(self, key: str, replay: tuple[Event, ...]) -> Restoration:
        """What it asks, about these events."""
        return Restoration(
            key=key,
            restored_on=self.restored_on,
            replay=replay,
            basis_document=self.basis_document,
            order=self.order,
        )


class DayTotalOrder(RestorationHead, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A day of which only the total is known: ``tenders`` in all, divided by VAT code in ``vat``.

    ``count``: of how many payments that is, if anybody knows.
    """

    day: date
    tenders: PaymentTenders
    vat: Annotated[tuple[DayVat, ...], msgspec.Meta(min_length=1, max_length=MAX_RATES)]
    count: Annotated[int, msgspec.Meta(ge=1)] | UnsetType = UNSET

    def event(self, key: str) -> DayTotalRestoration:
        """What it asks."""
        return DayTotalRestoration(
            key=key,
            restored_on=self.restored_on,
            day=self.day,
            tenders=self.tenders,
            vat=self.vat,
            count=self.count,
            basis_document=self.basis_document,
            order=self.order,
        )


AnyOrder = CorrectionOrder | RestorationOrder | DayTotalOrder


def stored_restoration(body: bytes) -> RestorationOrder | DayTotalOrder:
    """A kept order to restore: it replays events or says a day's total."""
    is_day = "day" in msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return msgspec.json.decode(body, type=DayTotalOrder) if is_day else msgspec.json.decode(body, type=RestorationOrder)


def mistakes_of_order(order: CorrectionOrder | RestorationHead, today: date) -> list[Problem]:
    """What the types of an order do not say: days that were or will be nobody's, characters that cannot be stored."""
    problems = []
    day = order.corrected_on if isinstance(order, CorrectionOrder) else order.restored_on
    if day > today + AHEAD:
        problems.append(Problem("invalid", f"{day} has not come yet: today is {today}", "date"))
    for name, basis in (("basis_document", order.basis_document), ("order", order.order)):
        if isinstance(basis, BasisDocument | Order) and not FIRST_ACT <= basis.issued_on <= today + AHEAD:
            problems.append(Problem("invalid", f"{basis.issued_on} is no day of such a document", f"{name}.date"))
    written = {
        name: msgspec.to_builtins(value)
        for name, value in msgspec.structs.asdict(order).items()
        if name != "replay" and value is not UNSET
    }
    if field := field_with_nul(written):
        problems.append(Problem("invalid", NUL_REASON, field))
    if isinstance(order, CorrectionOrder):
        problems += _repeated(order)
    return problems


def _repeated(order: CorrectionOrder) -> list[Problem]:
    numbers = [int(one) for one in order.receipts]
    problems = [
        Problem("invalid", f"the receipt {number} stands in the order twice", f"receipts[{place}]")
        for place, number in enumerate(numbers)
        if number in numbers[:place]
    ]
    if order.right is not None and len(numbers) > 1:
        problems.append(Problem("invalid", "`right` is how one receipt should be: send one", "receipts"))
    return problems


def decoded_replay(replay: Sequence[Event], today: date) -> tuple[list[DecodedEvent], list[Problem]]:
    """The events of a restoration as those of a batch, and what is wrong with the others."""
    events: list[DecodedEvent] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for place, event in enumerate(replay):
        decoded = looked_at(place, event, may_hold_nul=True)
        if isinstance(decoded, Problem):
            problems.append(decoded)
        elif bad := day_ahead(event, today):
            problems.append(Problem("invalid", bad[1], bad[0], place, event.key))
        elif event.key in seen:
            problems.append(Problem("invalid", "the key stands in the order twice", "key", place, event.key))
        else:
            events.append(decoded)
        seen.add(event.key)
    return events, [in_replay(problem) for problem in problems]


def in_replay(problem: Problem) -> Problem:
    """A problem of an event with its place in the order."""
    if problem.index is None:
        return problem
    place = f"replay[{problem.index}]"
    field = f"{place}.{problem.field}" if problem.field else place
    return Problem(problem.code, problem.reason, field, None, problem.key)
