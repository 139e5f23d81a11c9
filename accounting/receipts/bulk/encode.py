"""Accounts and events as rows of int64 (layout.py). What cannot be written so raises Unencodable: then it is the
reference's.
"""

from collections.abc import Mapping, Sequence
from datetime import date

import msgspec
from msgspec import UNSET, UnsetType

from accounting.receipts._reference.order import settlement_day
from accounting.receipts.bulk.kernel_events import KernelEvent
from accounting.receipts.bulk.layout import (
    EXEMPT,
    FORMS,
    AccountMark,
    BookTables,
    DebtMark,
    EventMark,
    Kind,
    Rows,
    number_of_period,
    rows,
)
from accounting.receipts.bulk.rule_tables import NO_CONTACT, PackedTexts, pack_texts
from accounting.receipts.calendar import last_day
from accounting.receipts.event_parts import PaymentTenders, Volume
from accounting.receipts.events import AdvanceRefund, Charge, Payment, Recalculation
from accounting.receipts.ledger import AccountState, Debt, LastBill, Plan, Settlement
from accounting.receipts.money import micro_from_text
from accounting.receipts.policy import SettlementDateSource

NONE = -1
_LEGAL_PAYER, _MEMBER = int(AccountMark.LEGAL_PAYER), int(AccountMark.MEMBER)


class Unencodable(Exception):
    """The rows have no place for this."""


class Contacts:
    """The texts of tag 1008 that a computation may need, each once; the fallback is the first."""

    def __init__(self, fallback: str | None) -> None:
        self._places: dict[str, int] = {}
        self._texts: list[bytes] = [msgspec.msgpack.encode(fallback or "")]

    def place(self, contact: str | None) -> int:
        """Its number, -1 for none."""
        if contact is None:
            return NO_CONTACT
        known = self._places.get(contact)
        if known is None:
            known = self._places[contact] = len(self._texts)
            self._texts.append(msgspec.msgpack.encode(contact))
        return known

    def packed(self) -> PackedTexts:
        """For the kernel."""
        return pack_texts(self._texts)


class BookEncoder:
    """Accounts one after another into tables; their numbers are their places."""

    def __init__(self, places: Mapping[str, int], contacts: Contacts) -> None:
        self._places = places
        self._contacts = contacts
        self.subscriptions: list[tuple[str, ...]] = []
        self.tables = BookTables(rows(), rows(), rows(), rows(), rows())

    def add(self, account: AccountState) -> int:
        """The account's number. Raises Unencodable and adds nothing when it has a service that nobody knows."""
        tables, places = self.tables, self._places
        number = len(tables.accounts) // 9
        try:
            debts = [debt_row(number, debt, places, off_balance=False) for debt in account.debts]
            debts += [debt_row(number, debt, places, off_balance=True) for debt in account.off_balance]
            lots = [
                (
                    number, lot.received_on.toordinal(), lot.amount_kopecks, lot.vat_code, lot.method,
                    NONE if lot.service is None else places[lot.service], EXEMPT.index(lot.exempt),
                )
                for lot in account.lots
            ]  # fmt: skip
            settlements = [settlement_row(number, row, places) for row in account.settlements]
        except KeyError as error:
            raise Unencodable(f"account {account.id}: no service {error}") from error
        self.add_head(
            account.id, account.contact, account.payer_kind, account.member, account.services, account.plan,
            account.penalty_kopecks, account.costs_kopecks, account.last_bill,
        )  # fmt: skip
        for table, new in ((tables.debts, debts), (tables.lots, lots), (tables.settlements, settlements)):
            for row in new:
                table.extend(row)
        return number

    def add_head(
        self,
        code: str,
        contact: str | None,
        payer_kind: str,
        member: bool,
        services: Sequence[str] | None,
        plan: Plan | None,
        penalty_kopecks: int,
        costs_kopecks: int,
        last_bill: LastBill | None,
    ) -> int:
        """An account of which everything but its ledger is given. Raises like ``add``."""
        tables, places = self.tables, self._places
        number = len(tables.accounts) // 9
        marks = (_LEGAL_PAYER if payer_kind == "legal" else 0) | (_MEMBER if member else 0)
        plan_service = plan_price = subscription = bill_period = NONE
        try:
            if plan is not None:
                plan_service, plan_price = places[plan.service], plan.price_kopecks
            if services:  # an empty list means the whole catalogue, as in advances.py
                subscription = self._subscription(tuple(services))
            if last_bill is not None:
                bill_period = number_of_period(last_bill.period)
                bills = [(number, places[line.service], line.amount_kopecks) for line in last_bill.lines]
                for bill in bills:
                    tables.bills.extend(bill)
        except KeyError as error:
            raise Unencodable(f"account {code}: no service {error}") from error
        place = self._contacts.place(contact)
        tables.accounts.extend(
            (number, marks, penalty_kopecks, costs_kopecks, plan_service, plan_price, subscription, bill_period, place)
        )
        return number

    def _subscription(self, services: tuple[str, ...]) -> int:
        if services not in self.subscriptions:
            for service in services:
                self._places[service]
            self.subscriptions.append(services)
        return self.subscriptions.index(services)


def debt_row(number: int, debt: Debt, places: Mapping[str, int], *, off_balance: bool) -> tuple[int, ...]:
    """A row of ``layout.DEBT``."""
    marks = (
        (DebtMark.DELIVERED if debt.delivered else 0)
        | (DebtMark.CREDITED if debt.credited else 0)
        | (DebtMark.OFF_BALANCE if off_balance else 0)
    )
    return (
        number, places[debt.service], number_of_period(debt.period), debt.due_on.toordinal(), debt.amount_kopecks,
        debt.vat_code, marks, _or_none(debt.volume_quantity_micro), _or_none(debt.volume_price_micro),
        debt.volume_measure,
    )  # fmt: skip


def settlement_row(number: int, row: Settlement, places: Mapping[str, int]) -> tuple[int, ...]:
    """A row of ``layout.SETTLEMENT``; given ones are of no event here."""
    return (
        number, places[row.service], number_of_period(row.period), row.amount_kopecks, row.vat_code,
        FORMS.index(row.form), row.settled_on.toordinal(), EXEMPT.index(row.exempt),
        NONE if row.lot_received_on is None else row.lot_received_on.toordinal(), _or_none(row.lot_vat_code),
        _or_none(row.lot_method), NONE if row.lot_service is None else places[row.lot_service], NONE,
    )  # fmt: skip


def _or_none(value: int | None) -> int:
    return NONE if value is None else value


class EventEncoder:
    """Events one after another into a table; their numbers are their places."""

    def __init__(self, places: Mapping[str, int], contacts: Contacts, source: SettlementDateSource) -> None:
        self._places = places
        self._contacts = contacts
        self._source = source
        self.events: Rows = rows()
        self.volumes: Rows = rows()

    def add(self, event: KernelEvent, account: int) -> None:
        """Raises Unencodable and adds nothing when the event names a service that nobody knows."""
        match event:
            case Payment():
                row = self._payment(event, account)
            case Charge():
                row = self._charge(event, account)
            case Recalculation():
                row = self._recalculation(event, account)
            case AdvanceRefund():
                day = event.sent_on.toordinal()
                row = (account, Kind.ADVANCE_REFUND, day, 0, 0, NONE, NONE, 0, NONE, NONE, *_tenders(event.tenders))
                row = (*row, NONE, NONE, 0)
        self.events.extend(row)

    def _service(self, service: str) -> int:
        place = self._places.get(service)
        if place is None:
            raise Unencodable(f"no service {service}")
        return place

    def _payment(self, payment: Payment, account: int) -> tuple[int, ...]:
        marks = 0
        if payment.unblocks:
            marks |= EventMark.UNBLOCKS
        if payment.agent_fiscalises:
            marks |= EventMark.AGENT_FISCALISES
        if payment.payer_kind is not UNSET:
            marks |= EventMark.PAYER_LEGAL if payment.payer_kind == "legal" else EventMark.PAYER_INDIVIDUAL
        service = period = NONE
        named = payment.designation
        if named is not None:
            if named.purpose is not None:
                marks |= _PURPOSES[named.purpose]
            service = NONE if named.service is None else self._service(named.service)
            period = NONE if named.period is None else number_of_period(named.period)
        contact = NONE
        if payment.contact is None:
            marks |= EventMark.NO_CONTACT
        elif payment.contact is not UNSET:
            contact = self._contacts.place(payment.contact)
        time = 0 if payment.time is UNSET else _seconds(payment.time)
        day = settlement_day(payment, self._source).toordinal()
        return (
            account, _PAYMENT, day, time, marks, service, period, 0, NONE, NONE, *_tenders(payment.tenders),
            contact, NONE, payment.agent_sign,
        )  # fmt: skip

    def _charge(self, charge: Charge, account: int) -> tuple[int, ...]:
        on = last_day(charge.period) if charge.charged_on is UNSET else charge.charged_on
        return (
            account, Kind.CHARGE, on.toordinal(), 0, 0, self._service(charge.service), number_of_period(charge.period),
            charge.amount_kopecks, _given(charge.vat_code), _day(charge.due_on), *_NO_TENDERS, NONE,
            self._volume(charge.volume), 0,
        )  # fmt: skip

    def _volume(self, volume: Volume | UnsetType) -> int:
        if volume is UNSET:
            return NONE
        self.volumes.extend((micro_from_text(volume.quantity), micro_from_text(volume.price), volume.measure))
        return len(self.volumes) // 3 - 1

    def _recalculation(self, event: Recalculation, account: int) -> tuple[int, ...]:
        return (
            account, Kind.RECALCULATION, event.recalculated_on.toordinal(), 0, 0, self._service(event.service),
            number_of_period(event.period), event.amount_kopecks, _given(event.vat_code), _day(event.due_on),
            *_NO_TENDERS, NONE, NONE, 0,
        )  # fmt: skip


_PURPOSES = {"advance": EventMark.FOR_ADVANCE, "penalty": EventMark.FOR_PENALTY, "costs": EventMark.FOR_COSTS}
_PAYMENT = int(Kind.PAYMENT)
_NO_TENDERS = (NONE, NONE, NONE, NONE)


def _tenders(tenders: PaymentTenders) -> tuple[int, int, int, int]:
    """A given amount that is no money is 0 here: the kernel declines it, and the reference finds the words."""
    cash, present = tenders.cash_kopecks, tenders.card_present_kopecks
    online, transfer = tenders.card_online_kopecks, tenders.bank_transfer_kopecks
    return (
        NONE if cash is UNSET else cash if cash > 0 else 0,
        NONE if present is UNSET else present if present > 0 else 0,
        NONE if online is UNSET else online if online > 0 else 0,
        NONE if transfer is UNSET else transfer if transfer > 0 else 0,
    )


def _given(code: int | UnsetType) -> int:
    return NONE if code is UNSET else code


def _day(day: date | UnsetType) -> int:
    return NONE if day is UNSET else day.toordinal()


def _seconds(time: str) -> int:
    return int(time[:2]) * 3600 + int(time[3:5]) * 60 + int(time[6:])


def periods_of(tables: BookTables, events: Rows) -> range:
    """The months that the rows name, as numbers."""
    months = [*tables.debts[2::10], *tables.settlements[2::13]]
    months += [month for month in events[6::17] if month >= 0]
    return range(min(months), max(months) + 1) if months else range(0)


def days_of(events: Rows) -> Sequence[int]:
    """The days of the events, each once."""
    return sorted(set(events[2::17]))
