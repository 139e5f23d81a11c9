"""One chunk of a month close: read, computed by the kernel in a thread, judged, written. One transaction.

Accounts that the kernel declines are closed by the reference, row by row, in the same transaction.
"""

import asyncio
import hashlib
from array import array
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from accounting.receipts.books import MerchantRules
from accounting.receipts.bulk._consolidate import Consolidator
from accounting.receipts.bulk._rules import Rules, Texts
from accounting.receipts.bulk._run import Run
from accounting.receipts.bulk.close import ReferenceClose, close_by_reference, with_declined
from accounting.receipts.bulk.layout import ACCOUNT, DEBT, RECEIPT, SETTLEMENT, Rows, number_of_period, rows
from accounting.receipts.bulk.rule_tables import RuleTables
from accounting.receipts.calendar import last_day
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.checks.control import Control
from accounting.receipts.errors import MESSAGES, EventRefused
from accounting.receipts.events import PeriodClose
from accounting.receipts.model import Receipt
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.wording import translated
from fiscal_server.errors import FiscalServerError
from fiscal_server.storage import ledger
from fiscal_server.storage._differences import debt_changes, lot_changes
from fiscal_server.storage.close_states import LIMITS_LOWERED, RULES_CHANGED
from fiscal_server.storage.close_tables import ChunkRange, ChunkTables, OwnReceipts, codes_of, read_chunk
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.tables import Dictionary

_RECEIPT = msgspec.msgpack.Decoder(Receipt)
_AT = {name: place for place, name in enumerate(RECEIPT)}
_LIMITS = frozenset({"max_lines", "max_sum"})
THE_EVENT = 0
"""The close's own place in the table of events."""


class CloseFailed(FiscalServerError):
    """A chunk that must not be stored: a receipt of it is unsound, or the rules are not those of the first chunk."""


class Kept(msgspec.Struct, frozen=True):
    """What a job keeps between chunks: the consolidated receipts that are being made.

    ``rules``: a hash of the merchant's rules but for ``limits`` of receipts, lines and kopecks, which may be raised on
    the way: a close that would make too many receipts goes on then. ``order``: groups in the order in which they came.
    ``parts``: rows of ``layout.CONSOLIDATED`` of full parts; ``open``: those of the open part of each group.
    """

    rules: bytes
    limits: tuple[int, int]
    order: tuple[int, ...] = ()
    parts: bytes = b""
    open: dict[int, bytes] = {}


class ClosingRules:
    """A merchant's rules for the close of one month, with the kernel's tables of as many months as debts need."""

    def __init__(self, merchant: MerchantRow, close: PeriodClose) -> None:
        self.merchant_id = merchant.id
        self.close = close
        self.rules: MerchantRules = stored_rules(merchant.rules)
        self.limits = (self.rules.policies.max_lines, self.rules.policies.max_sum)
        self.hash = _hash_without_limits(merchant.rules)
        self.services = [service.id for service in self.rules.services]
        self.texts = Dictionary(self.services)
        self.period = number_of_period(close.period)
        self.control = Control(self.rules, [close])
        self.sound_shapes: set[int] = set()
        self._tables = self._made(range(self.period, self.period + 1))

    def _made(self, periods: range) -> tuple[RuleTables, Rules]:
        days = [last_day(self.close.period).toordinal()]
        tables = RuleTables(self.rules, periods=periods, days=days)
        return tables, Rules(tables)

    def covering(self, debts: Rows) -> tuple[RuleTables, Rules]:
        """The tables, with every month that the debts name."""
        months = debts[DEBT.index("period") :: len(DEBT)]
        tables, _ = self._tables
        first, stop = tables.first_period, tables.first_period + tables.periods
        if months and (min(months) < first or max(months) >= stop):
            self._tables = self._made(range(min(first, min(months)), max(stop, max(months) + 1)))
        return self._tables

    @property
    def fallback_contact(self) -> bytes:
        """The contact of last resort as the kernel wants it, number 0 of its texts."""
        return msgspec.msgpack.encode(self._tables[0].fallback_contact or "")


def _hash_without_limits(rules: dict[str, Any]) -> bytes:
    policies = {name: value for name, value in rules.get("policies", {}).items() if name not in _LIMITS}
    return hashlib.sha256(msgspec.json.encode({**rules, "policies": policies}, order="sorted")).digest()


class ClosedChunk(msgspec.Struct, frozen=True):
    """A chunk as it was computed. Changes as ``storage._differences`` gives them; ``own``: the kernel's receipts."""

    range: ChunkRange
    ids: Any  # Rows
    answer: Any  # _work.Answer
    debts: tuple[Any, Any, Any]
    lots: tuple[Any, Any, Any, Any]
    own: OwnReceipts
    own_bodies: list[Receipt]
    declined: dict[int, ledger.StoredAccount]
    reference: ReferenceClose | None
    common: Any  # rows of layout.COMMON

    @property
    def accounts(self) -> int:
        """How many there are in it."""
        return len(self.ids)

    @property
    def changed(self) -> int:
        """How many had something to deliver."""
        changed = len(self.answer.accounts) // len(ACCOUNT)
        return changed + (len(self.reference.states) if self.reference else 0)

    @property
    def settlements(self) -> int:
        """How many offsets it makes."""
        states = self.reference.states.values() if self.reference else ()
        return len(self.answer.settlements) // len(SETTLEMENT) + sum(len(state.settlements) for state in states)

    def receipts(self) -> list[Receipt]:
        """Receipts of single accounts, the reference's behind the kernel's."""
        return self.own_bodies + [one.receipt for one in (self.reference.receipts if self.reference else ())]


async def compute_chunk(
    db: ReadConnection | WriteConnection, rules: ClosingRules, chunk: ChunkRange, *, lock: bool
) -> ClosedChunk:
    """Read and compute a chunk; nothing is written. Raises CloseFailed when a receipt must not go to a device."""
    tables = await read_chunk(db, chunk, rules.services, rules.fallback_contact, lock=lock)
    closed = await asyncio.to_thread(_compute, rules, chunk, tables)
    numbers = memoryview(closed.answer.declined).tolist()
    if not numbers:
        return closed
    codes = await codes_of(db, chunk.merchant_id, [tables.ids[number] for number in numbers])
    found = await ledger.read_accounts(db, chunk.merchant_id, codes)
    return _with_reference(rules, closed, dict(zip(numbers, found, strict=True)))


def _compute(rules: ClosingRules, chunk: ChunkRange, tables: ChunkTables) -> ClosedChunk:
    rule_tables, compiled = rules.covering(tables.books.debts)
    run = Run(compiled, Texts(*tables.contacts), tables.books, rows(), rows())
    answer = run.compute(0, len(tables.ids), rules.period, THE_EVENT)
    own = OwnReceipts(
        memoryview(answer.receipts), memoryview(answer.bodies), [group for _, group in rule_tables.groups]
    )
    bodies = _decoded(own)
    _judge_shapes(rules, own, bodies)
    return ClosedChunk(
        chunk,
        tables.ids,
        answer,
        debt_changes(tables.books.debts, tables.debt_ordinals, answer.debts, answer.accounts, rules.period),
        lot_changes(tables.books.lots, tables.lot_ordinals, answer.lots, answer.accounts),
        own,
        bodies,
        {},
        None,
        memoryview(answer.common),
    )


def _decoded(own: OwnReceipts) -> list[Receipt]:
    starts = own.table[_AT["body_start"] :: len(RECEIPT)].tolist()
    ends = own.table[_AT["body_end"] :: len(RECEIPT)].tolist()
    return [_RECEIPT.decode(own.bodies[start:end]) for start, end in zip(starts, ends, strict=True)]


def _judge_shapes(rules: ClosingRules, own: OwnReceipts, bodies: Sequence[Receipt]) -> None:
    """Receipts of one shape pass the same control: the first of each is looked at."""
    for shape, body in zip(own.table[_AT["shape"] :: len(RECEIPT)].tolist(), bodies, strict=True):
        if shape not in rules.sound_shapes:
            judge(rules, [ComputedReceipt(receipt=body, event_key=rules.close.key)])
            rules.sound_shapes.add(shape)


def judge(rules: ClosingRules, receipts: Sequence[ComputedReceipt]) -> None:
    """Raises CloseFailed with what is wrong, the rule and what to do."""
    unsound = rules.control.unsound(receipts)
    if unsound:
        findings = unsound[rules.close.key]
        account = next((one.account for one in receipts if one.account is not None), None)
        whose = "" if account is None else f"account {account}: "
        raise CloseFailed(whose + " ".join(f"{finding.message} {finding.action}" for finding in findings[:3]))


def _with_reference(
    rules: ClosingRules, closed: ClosedChunk, declined: Mapping[int, ledger.StoredAccount]
) -> ClosedChunk:
    states = {number: msgspec.structs.replace(one.state, settlements=()) for number, one in sorted(declined.items())}
    places = {service: place for place, service in enumerate(rules.services)}
    try:
        made = close_by_reference(rules.rules, states, rules.close, places)
    except EventRefused as refused:
        raise _too_many(refused) from refused
    for receipt in made.receipts:
        judge(rules, [receipt])
    common = with_declined(memoryview(closed.answer.common).tolist(), made.common)
    return msgspec.structs.replace(closed, declined=dict(declined), reference=made, common=common)


def _too_many(refused: EventRefused) -> CloseFailed:
    """A close whose receipts would be too many: the only refusal that comes after the job began."""
    return CloseFailed(translated(MESSAGES[refused.code]))


def consolidate(rules: ClosingRules, kept: Kept, common: Any) -> Kept:
    """The consolidated receipts with a chunk's offsets in them. Raises CloseFailed when the rules have changed, or the
    receipts would be too many."""
    if kept.rules != rules.hash:
        raise CloseFailed(RULES_CHANGED)
    if any(now < before for now, before in zip(rules.limits, kept.limits, strict=True)):
        raise CloseFailed(LIMITS_LOWERED)
    tables, compiled = rules.covering(rows())
    order = dict.fromkeys(kept.order)
    order |= dict.fromkeys(tables.group[service] for service in dict.fromkeys(memoryview(common)[1::5].tolist()))
    parts, left = array("q"), dict(kept.open)
    parts.frombytes(kept.parts)
    for group in order:
        consolidator = Consolidator(compiled, group, left.get(group, b""))
        try:
            consolidator.feed(common)
        except EventRefused as refused:
            raise _too_many(refused) from refused
        parts.frombytes(memoryview(consolidator.closed_parts()).cast("B"))
        left[group] = consolidator.state()
    return Kept(kept.rules, rules.limits, tuple(order), parts.tobytes(), left)
