"""What the kernel computed, written by binary COPY inside the batch's transaction."""

from array import array
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from accounting.receipts.bulk import layout
from accounting.receipts.bulk._rules import Texts
from accounting.receipts.bulk.layout import EXEMPT, FORMS, NoteKind, Rows
from accounting.receipts.bulk.rule_tables import pack_texts as pack_bytes
from fiscal_server.intake.bulk import BulkPart
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage import kkts, ledger, notes, receipts, settlements, tables
from fiscal_server.storage._payments import PaymentPacker
from fiscal_server.storage.copying import (
    Column,
    bigint,
    copy_rows,
    day,
    looked_up,
    own,
    pack_texts,
    piece,
    same_bigint,
    same_flag,
    same_moment,
    same_smallint,
    same_text,
    smallint,
    text,
)
from fiscal_server.storage.pool import Database, WriteConnection

RECEIPT_FORM = 3
_INFINITY: Final = date.max.toordinal()
_REASONS = {
    NoteKind.PENALTY: "penalty",
    NoteKind.COSTS: "costs",
    NoteKind.LEGAL_PAYER: "legal_payer",
    NoteKind.EXEMPT_MEMBER: "exempt_member",
}
_ANOMALIES = {
    NoteKind.MICRO_PAYMENT: "micro_payment_unlock",
    NoteKind.WITHOUT_CONTACT: "internet_sale_without_contact",
}


class BulkStore:
    """One part of a batch on its way into the tables."""

    def __init__(
        self, db: WriteConnection, database: Database, merchant_id: int, part: BulkPart, now: datetime
    ) -> None:
        self._db = db
        self._ids = database.ids
        self._merchant_id = merchant_id
        self._part = part
        self._now = now
        self._accounts = [row["id"] for row in part.accounts]
        self._events = [one.id for one in part.events]
        self._keys = [one.event.key for one in part.events]
        self._packed_keys = pack_texts(self._keys)
        self._texts = tables.Dictionary([service.id for service in part.rules.rules.services])

    async def store(self, batch_id: int | None) -> dict[str, list[str]]:
        """All of it; gives receipt ids by event key."""
        await self._store_events(batch_id)
        await self._store_ledgers()
        await self._store_settlements()
        await self._store_payments()
        await self._store_notes()
        return await self._store_receipts()

    async def _store_events(self, batch_id: int | None) -> None:
        part = self._part
        tags = [one.tag for one in part.events]
        kinds = sorted(set(tags))
        places = {kind: place for place, kind in enumerate(kinds)}
        width = len(layout.EVENT)
        rows = array("q", bytes(8 * 3 * len(part.events)))
        rows[0::3] = array("q", range(len(part.events)))
        rows[1::3] = part.event_table[0::width]
        rows[2::3] = array("q", [places[tag] for tag in tags])
        columns: dict[str, Column] = {
            "merchant_id": same_bigint(self._merchant_id),
            "id": looked_up(0, self._events),
            "key": text(0, self._packed_keys),
            "type": text(2, pack_texts(kinds)),
            "account_id": looked_up(1, self._accounts),
            "body": text(0, pack_bytes(one.body for one in part.events)),
            "received_at": same_moment(self._now),
        }
        if batch_id is not None:
            columns["batch_id"] = same_bigint(batch_id)
        await copy_rows(self._db, "event", 3, columns, rows)

    async def _store_ledgers(self) -> None:
        """Debts and lots of changed accounts, anew as a whole; the accounts' own fields where they changed."""
        part, width = self._part, len(layout.ACCOUNT)
        changed = memoryview(part.answer.accounts).tolist()
        ids = [self._accounts[number] for number in changed[0::width]]
        await ledger.forget_ledgers(self._db, self._merchant_id, ids)
        debts, lots = table_of(part.answer.debts), table_of(part.answer.lots)
        await tables.write_debts(self._db, self._merchant_id, self._accounts, self._texts, debts)
        await tables.write_lots(self._db, self._merchant_id, self._accounts, self._texts, lots)
        await ledger.update_accounts(self._db, self._merchant_id, list(self._own_fields(changed)))

    def _own_fields(self, changed: list[int]) -> list[ledger.OwnFields]:
        part, width = self._part, len(layout.ACCOUNT)
        services = part.rules.rules.services
        bills: dict[int, list[dict[str, object]]] = defaultdict(list)
        billed = memoryview(part.answer.bills).tolist()
        for at in range(0, len(billed), len(layout.BILL)):
            number, service, amount = billed[at : at + 3]
            bills[number].append({"service": services[service].id, "amount_kopecks": amount})
        found: list[ledger.OwnFields] = []
        before = part.books.accounts
        owed = zip(changed[0::width], changed[2::width], changed[3::width], changed[7::width], strict=True)
        for number, penalty, costs, bill_period in owed:
            at = number * width
            if number in bills:
                bill = {"period": layout.period_of_number(bill_period), "lines": bills[number]}
            elif (penalty, costs) != (before[at + 2], before[at + 3]):
                bill = part.accounts[number]["last_bill"]
            else:
                continue
            found.append(ledger.OwnFields(self._accounts[number], penalty, costs, bill))
        return found

    async def _store_settlements(self) -> None:
        part, width = self._part, len(layout.SETTLEMENT)
        new = table_of(part.answer.settlements)
        await tables.write_settlements(
            self._db,
            self._merchant_id,
            self._accounts,
            self._events,
            self._ids.take(len(new) // width),
            self._texts,
            new,
        )
        await settlements.change_settlements(self._db, self._merchant_id, self._changed_settlements())

    def _changed_settlements(self) -> list[settlements.SettlementChanges]:
        part = self._part
        lowered = memoryview(part.answer.lowered).tolist()
        left = {(account, place): amount for account, place, amount in zip(*[iter(lowered)] * 3, strict=True)}
        found: dict[int, settlements.SettlementChanges] = {}
        for (account, place), amount in left.items():
            account_id, row_id = self._accounts[account], part.settlement_ids[place]
            change = found.setdefault(account_id, settlements.SettlementChanges(account_id, [], [], []))
            if amount:
                change.lowered.append((row_id, amount))
            else:
                change.gone.append(row_id)
        return list(found.values())

    async def _store_payments(self) -> None:
        part, answer = self._part, self._part.answer
        names = [service.id for service in part.rules.rules.services]
        packer = PaymentPacker(*(_packed(values) for values in (names, EXEMPT, FORMS, _REASONS.values())))
        rows, bodies = packer.pack(answer.parts, answer.settlements, answer.notes, part.event_table)
        table = table_of(rows)
        width, day_of = len(layout.EVENT), layout.EVENT.index("day")
        days = part.event_table[day_of::width]
        wide = array("q", bytes(8 * 9 * (len(table) // 8)))
        for field in range(8):
            wide[field::9] = table[field::8]
        wide[8::9] = array("q", [days[event] for event in table[1::8]])
        columns: dict[str, Column] = {
            "merchant_id": same_bigint(self._merchant_id),
            "id": looked_up(1, self._events),
            "account_id": looked_up(0, self._accounts),
            "paid_on": day(8),
            "amount_kopecks": bigint(2),
            "costs_kopecks": bigint(3),
            "penalty_kopecks": bigint(4),
            "suspended": same_flag(False),
            "agent_sign": smallint(5),
            "parts": piece(6, memoryview(bodies)),
        }
        await copy_rows(self._db, "payment", 9, columns, wide)

    async def _store_notes(self) -> None:
        part, found = self._part, memoryview(self._part.answer.notes).tolist()
        rows: list[notes.Note] = []
        sign_of, width = layout.EVENT.index("agent_sign"), len(layout.EVENT)
        for at in range(0, len(found), len(layout.NOTE)):
            number, event, kind, amount = found[at : at + len(layout.NOTE)]
            head = (self._merchant_id, self._ids.next())
            account_id, event_id = self._accounts[number], self._events[event]
            if kind in _REASONS:
                rows.append(notes.UnfiscalisedNote(*head, event_id, account_id, _REASONS[NoteKind(kind)], amount))
            elif kind in _ANOMALIES:
                rows.append(notes.AnomalyNote(*head, _ANOMALIES[NoteKind(kind)], event_id, account_id))
            else:
                sign, inn = part.event_table[event * width + sign_of], part.rules.rules.inn
                rows.append(notes.ForeignReceiptNote(*head, event_id, account_id, amount, 1, sign, inn))
        await notes.add_notes(self._db, rows)

    async def _store_receipts(self) -> dict[str, list[str]]:
        part, width = self._part, len(layout.RECEIPT)
        table = table_of(part.answer.receipts)
        ids = self._ids.take(len(table) // width)
        columns: dict[str, Column] = {
            "merchant_id": same_bigint(self._merchant_id),
            "id": own(ids),
            "event_id": looked_up(1, self._events),
            "event_key": text(1, self._packed_keys),
            "account_id": looked_up(0, self._accounts),
            "form": same_smallint(RECEIPT_FORM),
            "sign": smallint(2),
            "total_kopecks": bigint(3),
            "deadline": day(4),
            "register_group": text(6, pack_texts(group for _, group in part.rules.groups)),
            "body": piece(8, memoryview(part.answer.bodies)),
            "created_at": same_moment(self._now),
        }
        await copy_rows(self._db, "receipt", width, columns, table)
        await self._queue(ids, table)
        made: dict[str, list[str]] = defaultdict(list)
        for receipt_id, event in zip(map(str, ids), table[1::width], strict=True):
            made[self._keys[event]].append(receipt_id)
        return made

    async def _queue(self, ids: list[int], table: Rows) -> None:
        """An account's earlier receipt is as urgent as its most urgent later one (storage/receipts.py)."""
        width = len(layout.RECEIPT)
        at_once = (self._now.date() - timedelta(days=1)).toordinal()
        numbers, deadlines, at_settlement = table[0::width], table[4::width], table[5::width]
        places = array("q", bytes(8 * len(ids)))
        earliest: dict[int, int] = {}
        for row in range(len(ids) - 1, -1, -1):
            due = at_once if at_settlement[row] else deadlines[row]
            place = min(_INFINITY if due < 0 else due, earliest.get(numbers[row], _INFINITY))
            places[row] = earliest[numbers[row]] = place
        due_on = {self._accounts[n]: date.fromordinal(place) for n, place in earliest.items() if place != _INFINITY}
        await receipts.hasten_queue(self._db, self._merchant_id, due_on)
        cassette_id = await kkts.route_of_merchant(self._db, self._merchant_id)
        state = ReceiptState.COMPUTED if cassette_id is None else ReceiptState.QUEUED
        rows = array("q", bytes(8 * 2 * len(ids)))
        rows[0::2] = numbers
        rows[1::2] = array("q", [tables.INFINITE_DAY if place == _INFINITY else place for place in places])
        columns: dict[str, Column] = {
            "merchant_id": same_bigint(self._merchant_id),
            "receipt_id": own(ids),
            "account_id": looked_up(0, self._accounts),
            "state": same_text(state.value),
            "deadline": day(1),
            "updated_at": same_moment(self._now),
        }
        if cassette_id is not None:
            columns["cassette_id"] = same_bigint(cassette_id)
        await copy_rows(self._db, "queue", 2, columns, rows)


def table_of(block: object) -> Rows:
    """A table of the kernel's answer, to be changed and kept."""
    rows = array("q")
    rows.frombytes(memoryview(block).cast("B"))  # type: ignore[arg-type]
    return rows


def _packed(values: object) -> Texts:
    return Texts(*pack_bytes(msgspec.msgpack.encode(value or "") for value in values))  # type: ignore[attr-defined]
