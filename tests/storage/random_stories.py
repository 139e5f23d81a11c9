"""Random histories in which most events succeed: charges are paid, advances come back, payments are taken back."""

import random
from typing import Any

from tests.unit.accounting.histories import CATALOGUE, CHOICES, SERVICES

Row = dict[str, Any]

ACCOUNTS = ("A", "B", "C", "D")
MONTHS = ("2025-11", "2025-12", "2026-01", "2026-02")
LAST_DAY = "2026-03-31"
WAYS = ("cash", "card_present", "card_online", "bank_transfer", "bank_transfer")


class Teller:
    """Tells a history of four months, day by day."""

    def __init__(self, number: int) -> None:
        self._chance = random.Random(number)
        self._events: list[Row] = []
        self._payments: list[str] = []
        self._nameless: list[str] = []

    def history(self) -> Row:
        """The ``in`` of a case."""
        pick = self._chance.choice
        policies = {name: pick(values) for name, values in CHOICES.items()}
        if self._chance.random() < 0.7:  # receipts of five roubles make any history a pile of paper
            policies |= {"max_lines": 90, "max_sum": 9_999_999_999}
        for month in MONTHS:
            self._month(month)
        for _ in range(pick([0, 0, 1, 2])):  # on the last day: money that is held is still held at the end
            self._add("payment", account=None, date=LAST_DAY, tenders={"bank_transfer": self._amount()})
        return {
            "merchant": {
                "services": CATALOGUE,
                "inn": "7700000016",
                "policies": policies | {"allocation_priority": ["heating"]},
                "exempt_noncash_members": pick([True, False]),
                "ffd": pick(["1.2", "1.05"]),
            },
            "accounts": [self._account(name) for name in ACCOUNTS],
            "events": self._events,
            "as_of": LAST_DAY,
        }

    def _account(self, name: str) -> Row:
        row: Row = {"id": name, "penalty": self._chance.choice([0, 0, 150]), "costs": self._chance.choice([0, 0, 90])}
        row["member"] = self._chance.random() < 0.2
        if self._chance.random() < 0.5:
            row["plan"] = {"service": "internet", "price": 450}
        if self._chance.random() < 0.5:
            row["contact"] = "+79000000001"
        return row

    def _month(self, month: str) -> None:
        for day in range(1, 28):
            for _ in range(self._chance.choice([0, 0, 1, 1, 2])):
                self._happen(month, f"{month}-{day:02d}")
        for account in ACCOUNTS:
            for service in SERVICES:
                if self._chance.random() < 0.6:
                    self._add("charge", account=account, period=month, service=service, amount=self._amount())
        if self._chance.random() < 0.9:
            self._add("period_close", period=month)

    def _add(self, kind: str, **fields: Any) -> str:
        key = f"e{len(self._events)}"
        self._events.append({"type": kind, "key": key, **fields})
        return key

    def _amount(self) -> int:
        return self._chance.choice([100, 333, 450, 777, 1200])

    def _tenders(self) -> Row:
        ways = self._chance.sample(WAYS, self._chance.choice([1, 1, 2]))
        return {way: self._amount() for way in ways}

    def _happen(self, month: str, day: str) -> None:
        pick = self._chance.choice
        account, service, period = pick(ACCOUNTS), pick(SERVICES), pick(MONTHS[: MONTHS.index(month) + 1])
        common = {"account": account, "date": day}
        kind = self._chance.choices(
            ["payment", "nameless", "reversal", "identification", "offset", "recalculation", "advance_refund",
             "service_refund", "transfer", "debt_write_off", "advance_write_off", "late_charge"],
            [9, 2, 3, 2, 1, 3, 2, 3, 2, 0.4, 0.4, 1],
        )[0]  # fmt: skip
        match kind:
            case "payment":
                more = pick([{}, {}, {}, {"payer_kind": "legal"}, {"agent_fiscalises": True}, {"unblocks": True}])
                self._payments.append(self._add("payment", **common, tenders=self._tenders(), **more))
            case "nameless":
                tenders = {pick(WAYS): self._amount()}
                self._nameless.append(self._add("payment", account=None, date=day, tenders=tenders))
            case "reversal" if self._payments + self._nameless:
                payment = pick((self._payments + self._nameless)[-6:])
                self._add("payment_reversal", date=day, payment=payment, before_receipt=pick([True, False]))
            case "identification" if self._nameless:
                self._add("payment_identification", **common, payment=pick(self._nameless[-3:]))
            case "offset":
                self._add("counter_offset", **common, amount=pick([50, 100]))
            case "recalculation":
                amount = pick([-100, -50, -333, 60])
                self._add("recalculation", **common, period=period, service=service, amount=amount)
            case "advance_refund":
                self._add("advance_refund", **common, tenders={pick(WAYS): pick([50, 100, 300])})
            case "service_refund":
                tenders = {pick(WAYS): pick([50, 100, 200])}
                self._add("service_refund", **common, period=period, service=service, tenders=tenders)
            case "transfer":
                self._add(
                    "advance_transfer", date=day, amount=pick([50, 200]), **{"from": account, "to": pick(ACCOUNTS)}
                )
            case "debt_write_off" | "advance_write_off":
                self._add(kind, **common)
            case "late_charge":
                self._add("charge", account=account, period=period, service=service, amount=self._amount(), date=day)
