"""The bulk path of a batch: accounts whose events the kernel knows, as tables, computed without a Python object each.

The kernel declines whatever would be refused or is rare; such accounts go the plain way (compute.py) in the same
transaction, as do all accounts of a batch that is small or of a build without the kernel.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from accounting.receipts._engine import kernel
from accounting.receipts.books import MerchantRules
from accounting.receipts.bulk import layout
from accounting.receipts.bulk.encode import (
    BookEncoder,
    Contacts,
    EventEncoder,
    days_of,
    periods_of,
)
from accounting.receipts.bulk.kernel_events import is_for_kernel, names_known_services
from accounting.receipts.bulk.layout import BookTables, Rows
from accounting.receipts.bulk.rule_tables import RuleTables
from accounting.receipts.bulk.share import MIN_EVENTS
from accounting.receipts.events import Payment, PaymentReversal, PeriodClose, Recalculation
from accounting.receipts.ledger import LastBill, Plan
from fiscal_server.intake.batch import DecodedEvent
from fiscal_server.intake.touched import accounts_of
from fiscal_server.storage import tables
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.payments import StoredPayment
from fiscal_server.storage.pool import WriteConnection

if TYPE_CHECKING:
    from accounting.receipts.bulk._work import Answer
    from fiscal_server.intake.shapes import SoundShapes


@dataclass(frozen=True)
class BulkPart:
    """What the kernel computed. Accounts and events are numbered by their places here."""

    rules: RuleTables
    accounts: list[asyncpg.Record]
    events: list[DecodedEvent]
    event_table: Rows
    books: BookTables
    settlement_ids: Sequence[int]
    answer: "Answer"

    @property
    def codes(self) -> frozenset[str]:
        """The accounts that need no other path."""
        return frozenset(row["code"] for row in self.accounts)


@dataclass(frozen=True)
class _Chosen:
    rows: list[asyncpg.Record]
    events: list[DecodedEvent]


async def compute_in_bulk(
    db: WriteConnection,
    merchant: MerchantRow,
    rules: MerchantRules,
    rows: Sequence[asyncpg.Record],
    events: Sequence[DecodedEvent],
    closed_periods: Iterable[str],
    payments: Mapping[str, StoredPayment],
) -> BulkPart | None:
    """What of a batch the kernel can compute; None when that is nothing.

    ``rows`` are the locked accounts, ``payments`` the records of earlier payments that the batch takes back.
    """
    if kernel is None or len(events) < MIN_EVENTS or any(isinstance(one.event, PeriodClose) for one in events):
        return None  # a close works on all accounts, those of its own batch included
    left_out = _for_the_plain_way(rules, events, payments)
    chosen = _chosen(rows, events, without=left_out)
    while len(chosen.events) >= MIN_EVENTS:
        part = await _compute(db, merchant, rules, chosen, closed_periods)
        declined = {chosen.rows[number]["code"] for number in memoryview(part.answer.declined).tolist()}
        unsound = _unsound(merchant, rules, part)
        if not declined and not unsound:
            return part
        left_out |= declined | unsound
        chosen = _chosen(rows, events, without=left_out)
    return None


def _for_the_plain_way(
    rules: MerchantRules, events: Sequence[DecodedEvent], payments: Mapping[str, StoredPayment]
) -> set[str]:
    """Accounts with an event that the kernel does not know."""
    services = frozenset(service.id for service in rules.services)
    found: set[str] = set()
    taken_back: set[str] = set()
    for one in events:
        event = one.event
        if type(event) is Payment and type(event.account) is str and event.designation is None:
            continue  # most of all events
        if not is_for_kernel(event) or not names_known_services(event, services):
            found.update(accounts_of(event, payments))
        if isinstance(event, PaymentReversal):
            taken_back.add(event.payment)
    if taken_back:
        for one in events:
            if one.event.key in taken_back:
                found.update(accounts_of(one.event, payments))
    return found


def _chosen(rows: Sequence[asyncpg.Record], events: Sequence[DecodedEvent], *, without: Collection[str]) -> _Chosen:
    """The accounts that are left, and their events."""
    known = {row["code"] for row in rows} - set(without)
    chosen = [one for one in events if is_for_kernel(one.event) and one.event.account in known]
    named = {one.event.account for one in chosen}  # type: ignore[union-attr]
    return _Chosen([row for row in rows if row["code"] in named], chosen)


async def _compute(
    db: WriteConnection, merchant: MerchantRow, rules: MerchantRules, chosen: _Chosen, closed_periods: Iterable[str]
) -> BulkPart:
    from accounting.receipts.bulk._rules import Rules, Texts
    from accounting.receipts.bulk._run import Run

    plain = RuleTables(rules, periods=range(0), days=())
    contacts = Contacts(plain.fallback_contact)
    encoder = BookEncoder(plain.place, contacts)
    numbers = {row["code"]: _add_account(encoder, row) for row in chosen.rows}
    coded = EventEncoder(plain.place, contacts, rules.policies.settlement_date_source)
    for one in chosen.events:
        coded.add(one.event, numbers[one.event.account])  # type: ignore[arg-type,union-attr]
    ids = [row["id"] for row in chosen.rows]
    services = [service.id for service in rules.services]
    with_settlements = {one.event.account for one in chosen.events if isinstance(one.event, Recalculation)}
    looked_at = {row["id"] for row in chosen.rows if row["code"] in with_settlements}
    books = encoder.tables
    books.debts = await tables.read_debts(db, merchant.id, ids, services)
    books.lots = await tables.read_lots(db, merchant.id, ids, services)
    books.settlements, settlement_ids = await tables.read_settlements(db, merchant.id, ids, services, looked_at)
    laid_out = RuleTables(
        rules,
        periods=periods_of(books, coded.events),
        days=days_of(coded.events),
        subscriptions=encoder.subscriptions,
        closed_periods=closed_periods,
    )
    run = Run(Rules(laid_out), Texts(*contacts.packed()), books, coded.events, coded.volumes)
    answer = run.compute(0, len(chosen.rows))
    return BulkPart(laid_out, chosen.rows, chosen.events, coded.events, books, settlement_ids, answer)


def _add_account(encoder: BookEncoder, row: asyncpg.Record) -> int:
    """The account without its ledger: that comes as tables."""
    _, code, contact, payer_kind, member, services, plan_service, price, penalty, costs, bill = row
    plan = None if plan_service is None else Plan(service=plan_service, price_kopecks=price)
    last_bill = None if bill is None else msgspec.convert(bill, LastBill)
    return encoder.add_head(code, contact, payer_kind, member, services, plan, penalty, costs, last_bill)


_shapes: "SoundShapes | None" = None


def _unsound(merchant: MerchantRow, rules: MerchantRules, part: BulkPart) -> set[str]:
    """Accounts with a receipt that the control refuses."""
    global _shapes
    from fiscal_server.intake.shapes import SoundShapes

    if _shapes is None:
        _shapes = SoundShapes()
    width, day = len(layout.EVENT), layout.EVENT.index("day")
    digest = hashlib.sha256(msgspec.json.encode((merchant.id, merchant.rules))).digest()

    def day_of_event(number: int) -> date:
        return date.fromordinal(part.event_table[number * width + day])

    return {
        part.accounts[number]["code"] for number in _shapes.unsound_accounts(rules, digest, part.answer, day_of_event)
    }
