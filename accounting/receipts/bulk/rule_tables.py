"""A merchant's rules as tables: every choice, code, date and text that the kernel may need, worked out beforehand.

The rules themselves stand where they always do (vat.py, calendar.py, catalogue.py, texts.py); here they are asked once
for each service, month and day that a computation meets, so that the kernel knows none of them.
"""

from array import array
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from itertools import accumulate

import msgspec

from accounting.receipts import texts
from accounting.receipts._reference.payment import INTERNET_CONTACT_FROM, MICRO_PAYMENT_KOPECKS
from accounting.receipts._reference.recalculation import DOWN, UP
from accounting.receipts.allocate import LIMITATION_YEARS
from accounting.receipts.books import MerchantRules
from accounting.receipts.bulk.layout import Rows, period_of_number
from accounting.receipts.calendar import default_due_date, last_day, years_later
from accounting.receipts.catalogue import Catalogue
from accounting.receipts.codes import FfdVersion, SettlementMethod, VatCode
from accounting.receipts.consolidate import LINE_BYTES, MAX_BYTES, agent_bytes
from accounting.receipts.money import MAX_KOPECKS
from accounting.receipts.policy import Policies
from accounting.receipts.vat import GENERAL_20_FROM, ORDINARY, calculated_code, highest, rate_of
from accounting.working_days import BusinessCalendar

CODES = 13
ANY_PERIOD = "2000-01"
PERIOD_WIDTH = len(", 01.2000")
NO_CONTACT = -1
FALLBACK_CONTACT = 0
"""The merchant's contact of last resort has this place in the table of contacts."""

PackedTexts = tuple[Rows, bytearray]
"""Where each text begins, one place more for the end of the last, and the texts one after another."""


def pack_texts(values: Iterable[bytes]) -> PackedTexts:
    """Texts in one piece of memory."""
    given = list(values)
    return array("q", accumulate(map(len, given), initial=0)), bytearray().join(given)


def _place(value: StrEnum) -> int:
    return list(type(value)).index(value)


class RuleTables:
    """All tables of one merchant for the months and days that are given; ``_rules.pyx`` reads them by name.

    ``groups``: taxation and register group of a document, by number. ``subscriptions``: sets of services that accounts
    are subscribed to, by number.
    """

    def __init__(
        self,
        rules: MerchantRules,
        *,
        periods: range,
        days: Iterable[int],
        subscriptions: Sequence[tuple[str, ...]] = (),
        closed_periods: Iterable[str] = (),
    ) -> None:
        self.rules = rules
        self._catalogue = Catalogue(rules.services)
        self._calendar = BusinessCalendar(rules.calendar)
        self.services = len(rules.services)
        self.place = {service.id: place for place, service in enumerate(rules.services)}
        self._lay_out_services()
        self._lay_out_texts()
        self._lay_out_codes()
        self._lay_out_periods(periods, set(closed_periods))
        self._lay_out_days(sorted(set(days)))
        flat = [self.place[service] for one in subscriptions for service in one]
        self.subscription_services = array("q", flat)
        self.subscription_starts = array("q", [0])
        for one in subscriptions:
            self.subscription_starts.append(self.subscription_starts[-1] + len(one))
        self.policies = self._policies(rules.policies)

    def _policies(self, policies: Policies) -> dict[str, int]:
        return {
            "postpaid_mode": _place(policies.postpaid_mode),
            "prepaid_sign": _place(policies.prepaid_sign),
            "offset_timing": _place(policies.offset_timing),
            "partial_delivery": _place(policies.partial_delivery),
            "credit_payment_vat": _place(policies.credit_payment_vat),
            "overpay": _place(policies.overpay),
            "reoffset": _place(policies.reoffset),
            "refund_timing": _place(policies.refund_timing),
            "refund_lot_order": _place(policies.refund_lot_order),
            "penalty_receipt": _place(policies.penalty_receipt),
            "advance_vat": _place(policies.advance_vat),
            "vat_total": _place(policies.vat_total),
            "allocation": _place(policies.allocation),
            "skip_time_barred": policies.skip_time_barred,
            "max_lines": min(policies.max_lines, MAX_KOPECKS),
            "max_sum": min(policies.max_sum, MAX_KOPECKS),
            "exempt_noncash_members": self.rules.exempt_noncash_members,
            "ffd_1_05": self.rules.ffd is FfdVersion.FFD_1_05,
            "fallback_contact": NO_CONTACT if self.fallback_contact is None else FALLBACK_CONTACT,
            "general_20_from": GENERAL_20_FROM.toordinal(),
            "internet_contact_from": INTERNET_CONTACT_FROM.toordinal(),
            "micro_payment": MICRO_PAYMENT_KOPECKS,
            "max_kopecks": MAX_KOPECKS,
            "max_bytes": MAX_BYTES,
            "no_vat": VatCode.NO_VAT,
            "own_group": 0,
        }

    @property
    def fallback_contact(self) -> str | None:
        """Tag 1008 of a payer who gave none (receipt rules 3.3 [I])."""
        match self.rules.policies.contact_fallback.value:
            case "none":
                return "none"
            case "company_email":
                return self.rules.email
            case _:
                return None

    def _lay_out_services(self) -> None:
        services = self.rules.services
        in_order = sorted(range(self.services), key=lambda place: self._catalogue.rank[services[place].id])
        self.rank = array("q", [0]) * self.services
        for rank, place in enumerate(in_order):
            self.rank[place] = rank
        self.subject = array("q", [service.subject for service in services])
        self.agent_sign = array("q", [service.agent.sign if service.agent else 0 for service in services])
        keys = [(one.name or one.id, one.agent and (one.agent.supplier_inn, one.agent.sign)) for one in services]
        self.line_class = array("q", [keys.index(key) for key in keys])
        self.line_bytes = array("q", [LINE_BYTES + agent_bytes(service.agent) for service in services])
        self.own_line_bytes = LINE_BYTES
        listed = self.rules.policies.allocation_priority
        self.priority = array("q", [self.place[service] for service in listed if service in self.place])
        self.groups: list[tuple[int, str]] = [(int(self.rules.taxation), "")]
        self.group = array("q")
        for service in services:
            group = (int(service.taxation or self.rules.taxation), service.register_group)
            if group not in self.groups:
                self.groups.append(group)
            self.group.append(self.groups.index(group))
        self.taxation = array("q", [taxation for taxation, _ in self.groups])

    def _lay_out_texts(self) -> None:
        heads: list[bytes] = []
        for service in self.rules.services:
            name = service.name or service.id
            some = VatCode.NO_VAT  # the code is named in advances without a service only
            heads += [
                _head(name, SettlementMethod.FULL_SETTLEMENT, ""),
                _head(name, SettlementMethod.CREDIT_PAYMENT, ""),
                _head(name, SettlementMethod.FULL_SETTLEMENT, DOWN),
                _head(name, SettlementMethod.FULL_SETTLEMENT, UP),
                texts.advance(name, some).encode(),
                texts.returned_advance(name, some).encode(),
            ]
        self.names = pack_texts(heads)
        self.remarks = pack_texts([b"", b"", texts.printable(DOWN).encode(), texts.printable(UP).encode(), b"", b""])
        advances: list[bytes] = []
        for code in range(CODES):
            known = code in {calculated_code(ordinary, date.max) for ordinary in ORDINARY} | {VatCode.VAT_20_120}
            for name_of in (texts.advance, texts.returned_advance):
                advances.append(name_of(None, VatCode(code)).encode() if known else b"")
        self.advances = pack_texts([*advances, texts.PENALTY.encode(), b""])
        self.service_ids = pack_texts(msgspec.msgpack.encode(service.id) for service in self.rules.services)
        self.agents = pack_texts(
            msgspec.msgpack.encode(service.agent) if service.agent else b"" for service in self.rules.services
        )

    def _lay_out_codes(self) -> None:
        before_20 = date.fromordinal(GENERAL_20_FROM.toordinal() - 1)
        rates = [(0, 1)] * 2 + [
            rate_of(VatCode(code), day) for code in range(1, CODES) for day in (date.max, before_20)
        ]
        self.numerator = array("q", [rate[0] for rate in rates])
        self.denominator = array("q", [rate[1] for rate in rates])
        advances = [calculated_code(code, date.max) for code in ORDINARY] + [VatCode.VAT_20_120]
        order: list[VatCode] = []
        rest = set(advances)
        while rest:
            order.append(highest(list(rest)))
            rest.discard(order[-1])
        self.code_place = array(
            "q", [order.index(VatCode(c)) if c and VatCode(c) in order else CODES for c in range(CODES)]
        )

    def _lay_out_periods(self, periods: range, closed: set[str]) -> None:
        names = [period_of_number(number) for number in periods]
        self.first_period, self.periods = periods.start, len(periods)
        ids = [service.id for service in self.rules.services]
        code = self._catalogue.delivery_code
        self.delivery_code = array("q", [code(service, period) for period in names for service in ids])
        self.last_day = array("q", [last_day(period).toordinal() for period in names])
        self.default_due = array("q", [default_due_date(period).toordinal() for period in names])
        self.closed = array("q", [period in closed for period in names])

    def _lay_out_days(self, days: list[int]) -> None:
        self.first_day, self.days = (days[0], days[-1] - days[0] + 1) if days else (0, 0)
        self.next_business_day = array("q", bytes(8 * self.days))
        self.barred_until = array("q", bytes(8 * self.days))
        self.single_code = array("q", bytes(8 * self.days))
        self.advance_code = array("q", bytes(8 * self.days * self.services))
        self.calculated_code = array("q", bytes(8 * self.days * CODES))
        single = self.rules.policies.advance_vat_code
        for number in days:
            place, day = number - self.first_day, date.fromordinal(number)
            self.next_business_day[place] = self._calendar.next_business_day(day).toordinal()
            self.barred_until[place] = _barred_until(day)
            self.single_code[place] = 0 if single is None else calculated_code(single, day)
            for service, one in enumerate(self.rules.services):
                self.advance_code[place * self.services + service] = self._catalogue.advance_code(one.id, day)
            for code in ORDINARY:
                self.calculated_code[place * CODES + code] = calculated_code(code, day)


def _head(name: str, method: SettlementMethod, remark: str) -> bytes:
    """What of a line's name stands before the period."""
    whole = texts.delivered(name, ANY_PERIOD, method, remark)
    return whole[: len(whole) - PERIOD_WIDTH - len(texts.printable(remark))].encode()


def _barred_until(on: date) -> int:
    """The last due date whose debts are time-barred on that day (receipt rules 4.1 item 3 [M])."""
    due = on.replace(year=on.year - LIMITATION_YEARS, day=min(on.day, 28))
    while years_later(due, LIMITATION_YEARS) < on:
        due = date.fromordinal(due.toordinal() + 1)
    while years_later(due, LIMITATION_YEARS) >= on:
        due = date.fromordinal(due.toordinal() - 1)
    return due.toordinal()


__all__ = ["FALLBACK_CONTACT", "NO_CONTACT", "PackedTexts", "RuleTables", "pack_texts"]
