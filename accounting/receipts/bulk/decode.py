"""What the kernel answers, as the objects of ledger.py and outcome.py."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import msgspec

from accounting.receipts._reference.order import settlement_day
from accounting.receipts.books import PaymentRecord
from accounting.receipts.bulk import layout
from accounting.receipts.bulk._work import Answer
from accounting.receipts.bulk.kernel_events import KernelEvent
from accounting.receipts.bulk.layout import EXEMPT, FORMS, TARGETS, DebtMark, NoteKind, day_of, period_of_number
from accounting.receipts.bulk.rule_tables import RuleTables
from accounting.receipts.codes import SettlementMethod, VatCode
from accounting.receipts.events import Payment, PeriodClose
from accounting.receipts.ledger import AccountState, AdvanceLot, BillLine, Debt, LastBill, Settlement
from accounting.receipts.model import Receipt
from accounting.receipts.outcome import AllocationRow, Anomaly, ComputedReceipt, ForeignReceipt, UnfiscalisedRow

_RECEIPT = msgspec.msgpack.Decoder(Receipt)


class Decoder:
    """The answer to a run over ``accounts`` (by number) and ``events`` (by place)."""

    def __init__(
        self,
        tables: RuleTables,
        accounts: Sequence[AccountState],
        events: Sequence[KernelEvent | PeriodClose],
        answer: Answer,
    ) -> None:
        self._tables = tables
        self._accounts = accounts
        self._events = events
        self._answer = answer
        self._services = [service.id for service in tables.rules.services]

    def states(self) -> dict[str, AccountState]:
        """The new state of each account that changed."""
        debts = _grouped(self._answer.debts, layout.DEBT)
        lots = _grouped(self._answer.lots, layout.LOT)
        bills = _grouped(self._answer.bills, layout.BILL)
        new = _grouped(self._answer.settlements, layout.SETTLEMENT)
        lowered = _grouped(self._answer.lowered, layout.LOWERED)
        firsts = self._first_settlements()
        found: dict[str, AccountState] = {}
        for row in _rows(self._answer.accounts, layout.ACCOUNT):
            number = row["account"]
            before = self._accounts[number]
            settlements = list(before.settlements)
            for change in lowered[number]:
                place = change["settlement"] - firsts[number]
                settlements[place] = msgspec.structs.replace(settlements[place], amount_kopecks=change["amount"])
            settlements = [one for one in settlements if one.amount_kopecks]
            settlements += [self.settlement(one) for one in new[number]]
            bill = before.last_bill
            if bills[number]:
                lines = tuple(
                    BillLine(service=self._services[b["service"]], amount_kopecks=b["amount"]) for b in bills[number]
                )
                bill = LastBill(period=period_of_number(row["bill_period"]), lines=lines)
            found[before.id] = msgspec.structs.replace(
                before,
                penalty_kopecks=row["penalty"],
                costs_kopecks=row["costs"],
                debts=tuple(self.debt(one) for one in debts[number] if not one["marks"] & DebtMark.OFF_BALANCE),
                off_balance=tuple(self.debt(one) for one in debts[number] if one["marks"] & DebtMark.OFF_BALANCE),
                lots=tuple(self.lot(one) for one in lots[number]),
                settlements=tuple(settlements),
                last_bill=bill,
            )
        return found

    def _first_settlements(self) -> list[int]:
        firsts, at = [], 0
        for account in self._accounts:
            firsts.append(at)
            at += len(account.settlements)
        return firsts

    def debt(self, row: dict[str, int]) -> Debt:
        """A debt of a row of ``layout.DEBT``."""
        shown = row["volume_quantity"] >= 0
        return Debt(
            service=self._services[row["service"]],
            period=period_of_number(row["period"]),
            due_on=day_of(row["due_on"]),
            amount_kopecks=row["amount"],
            vat_code=VatCode(row["vat_code"]),
            delivered=bool(row["marks"] & DebtMark.DELIVERED),
            credited=bool(row["marks"] & DebtMark.CREDITED),
            volume_quantity_micro=row["volume_quantity"] if shown else None,
            volume_price_micro=row["volume_price"] if shown else None,
            volume_measure=row["volume_measure"],
        )

    def lot(self, row: dict[str, int]) -> AdvanceLot:
        """A lot of a row of ``layout.LOT``."""
        return AdvanceLot(
            received_on=day_of(row["received_on"]),
            amount_kopecks=row["amount"],
            vat_code=VatCode(row["vat_code"]),
            method=SettlementMethod(row["method"]),
            service=self._service(row["service"]),
            exempt=EXEMPT[row["exempt"]],
        )

    def settlement(self, row: dict[str, int]) -> Settlement:
        """A settlement of a row of ``layout.SETTLEMENT`` that an event made."""
        of_lot = row["lot_received_on"] >= 0
        return Settlement(
            service=self._services[row["service"]],
            period=period_of_number(row["period"]),
            amount_kopecks=row["amount"],
            vat_code=VatCode(row["vat_code"]),
            form=FORMS[row["form"]],
            settled_on=day_of(row["settled_on"]),
            exempt=EXEMPT[row["exempt"]],
            lot_received_on=day_of(row["lot_received_on"]) if of_lot else None,
            lot_vat_code=VatCode(row["lot_vat_code"]) if of_lot else None,
            lot_method=SettlementMethod(row["lot_method"]) if of_lot else None,
            lot_service=self._service(row["lot_service"]),
            event_key=self._events[row["event"]].key,
        )

    def _service(self, place: int) -> str | None:
        return None if place < 0 else self._services[place]

    def receipts(self) -> Iterator[tuple[int, ComputedReceipt]]:
        """Receipts with the places of their events."""
        bodies = memoryview(self._answer.bodies)
        for row in _rows(self._answer.receipts, layout.RECEIPT):
            yield (
                row["event"],
                ComputedReceipt(
                    receipt=_RECEIPT.decode(bodies[row["body_start"] : row["body_end"]]),
                    event_key=self._events[row["event"]].key,
                    account=self._accounts[row["account"]].id,
                    deadline=day_of(row["deadline"]) if row["deadline"] >= 0 else None,
                    at_settlement=bool(row["at_settlement"]),
                    register_group=self._tables.groups[row["group"]][1],
                ),
            )

    def allocation(self) -> Iterator[tuple[int, AllocationRow]]:
        """Where the money of payments went, with the places of the payments."""
        for row in _rows(self._answer.parts, layout.PART):
            target = TARGETS[row["target"]]
            is_debt = row["period"] >= 0
            yield (
                row["event"],
                AllocationRow(
                    event_key=self._events[row["event"]].key,
                    account=self._accounts[row["account"]].id,
                    target=target,
                    amount_kopecks=row["amount"],
                    period=period_of_number(row["period"]) if is_debt else None,
                    service=self._services[row["service"]] if is_debt else None,
                    vat_code=VatCode(row["vat_code"]) if target == "advance" else None,
                ),
            )

    def payments(self) -> dict[str, PaymentRecord]:
        """What each payment did, by its key, so that it can be taken back."""
        parts: dict[int, list[dict[str, int]]] = defaultdict(list)
        for row in _rows(self._answer.parts, layout.PART):
            parts[row["event"]].append(row)
        settlements: dict[int, list[Settlement]] = defaultdict(list)
        for row in _rows(self._answer.settlements, layout.SETTLEMENT):
            settlements[row["event"]].append(self.settlement(row))
        withheld: dict[int, list[tuple[str, int]]] = defaultdict(list)
        foreign: set[int] = set()
        for place, note in self.notes():
            if isinstance(note, UnfiscalisedRow):
                withheld[place].append((note.reason, note.amount_kopecks))
            elif isinstance(note, ForeignReceipt):
                foreign.add(place)
        declined = {self._accounts[number].id for number in memoryview(self._answer.declined).tolist()}
        source = self._tables.rules.policies.settlement_date_source
        found: dict[str, PaymentRecord] = {}
        for place, event in enumerate(self._events):
            if not isinstance(event, Payment) or event.account in declined:
                continue
            rows = {target: [row for row in parts[place] if TARGETS[row["target"]] == target] for target in TARGETS}
            found[event.key] = PaymentRecord(
                key=event.key,
                account=str(event.account),
                paid_on=settlement_day(event, source),
                amount_kopecks=event.tenders.total(),
                debts=tuple(self._paid_debt(row) for row in rows["debt"]),
                off_balance=tuple(self._paid_debt(row) for row in rows["off_balance"]),
                costs_kopecks=sum(row["amount"] for row in rows["costs"]),
                penalty_kopecks=sum(row["amount"] for row in rows["penalty"]),
                lots=tuple(self.lot(row | {"received_on": row["day"]}) for row in rows["advance"]),
                settlements=tuple(settlements[place]),
                agent_sign=event.agent_sign if place in foreign else None,
                withheld=tuple(withheld[place]),
            )
        return found

    def _paid_debt(self, row: dict[str, int]) -> Debt:
        return self.debt(row | {"due_on": row["day"]})

    def notes(self) -> Iterator[tuple[int, UnfiscalisedRow | ForeignReceipt | Anomaly]]:
        """Money without a receipt of ours, receipts that an agent owes, anomalies; with the places of their events."""
        for row in _rows(self._answer.notes, layout.NOTE):
            event, kind = self._events[row["event"]], NoteKind(row["kind"])
            account = self._accounts[row["account"]].id
            match kind:
                case NoteKind.FOREIGN:
                    assert isinstance(event, Payment)
                    yield (
                        row["event"],
                        ForeignReceipt(
                            event_key=event.key,
                            account=account,
                            amount_kopecks=row["amount"],
                            sign=1,
                            agent_sign=event.agent_sign,
                            supplier_inn=self._tables.rules.inn,
                        ),
                    )
                case NoteKind.MICRO_PAYMENT:
                    yield row["event"], Anomaly(rule="micro_payment_unlock", event_key=event.key, account=account)
                case NoteKind.WITHOUT_CONTACT:
                    anomaly = Anomaly(rule="internet_sale_without_contact", event_key=event.key, account=account)
                    yield row["event"], anomaly
                case _:
                    reason = kind.name.lower()
                    amount = row["amount"]
                    yield (
                        row["event"],
                        UnfiscalisedRow(event_key=event.key, account=account, reason=reason, amount_kopecks=amount),
                    )


def _rows(table: object, fields: tuple[str, ...]) -> Iterator[dict[str, int]]:
    numbers = memoryview(table).tolist()  # type: ignore[arg-type]
    width = len(fields)
    for at in range(0, len(numbers), width):
        yield dict(zip(fields, numbers[at : at + width], strict=True))


def _grouped(table: object, fields: tuple[str, ...]) -> dict[int, list[dict[str, int]]]:
    found: dict[int, list[dict[str, int]]] = defaultdict(list)
    for row in _rows(table, fields):
        found[row["account"]].append(row)
    return found
