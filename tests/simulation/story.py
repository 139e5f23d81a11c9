"""What the billing system sends in a world, with what must come of it: written before the server sees any of it."""

import json
import random
from collections.abc import Callable
from typing import Any

import msgspec

from fiscal_server.intake.accept import BatchRequest
from tests.simulation.auditor import Asked
from tests.simulation.plan import Plan
from tests.storage.scene import charge, payment

PERIOD = "2026-10"
_INCOME, _INCOME_RETURN = 1, 2
_MOST_KOPECKS = 90_000

Json = dict[str, Any]


class Sending(msgspec.Struct, frozen=True):
    """A batch, when it is sent first, and which one must have been answered before."""

    request: BatchRequest
    at: float
    behind: str | None = None


class Story:
    """Batches and expectations; every amount of a sign comes once, so that a document says whose it is."""

    def __init__(self, plan: Plan, merchant_id: int, chance: random.Random, ask: Callable[[Asked], None]) -> None:
        self._plan = plan
        self._merchant_id = merchant_id
        self._chance = chance
        self._ask = ask
        self._amounts = iter(chance.sample(range(1_000, _MOST_KOPECKS), 400))
        self.sendings: list[Sending] = []
        self.charged_kopecks = 0
        for n, (at, payments) in enumerate(plan.batches):
            self._add(f"batch-{n}", at, [one for i in range(payments) for one in self._payment(f"{n}-{i}")])
            if chance.random() < plan.repeats:
                self._repeat(self.sendings[-1])
        for n in range(plan.reversals):
            self._taken_back(n)
        if plan.charged:
            self._add("charges", 0.5, [one for n in range(plan.charged) for one in self._charged(n)])

    def _add(self, key: str, at: float, events: list[Json], behind: str | None = None) -> None:
        accounts = {
            one["account"]: {"id": one["account"], "contact": "+79000000001"} for one in events if "account" in one
        }
        body = json.dumps({"accounts": list(accounts.values()), "events": events}).encode()
        self.sendings.append(Sending(BatchRequest(self._merchant_id, key, body), at, behind))

    def _repeat(self, sending: Sending) -> None:
        """A billing that believes its batch lost, and forgets under which key it went."""
        request = sending.request
        again = BatchRequest(request.merchant_id, f"{request.idempotency_key}-again", request.body)
        self.sendings.append(Sending(again, sending.at + self._chance.uniform(0.0, 0.2)))

    def _payment(self, name: str) -> list[Json]:
        account, kopecks = f"A{self._chance.randrange(self._plan.accounts)}", next(self._amounts)
        self._ask(Asked(f"pay-{name}", account, kopecks, _INCOME))
        events = [payment(f"pay-{name}", account, kopecks=kopecks)]
        if self._chance.random() < self._plan.refunds:
            back = min(kopecks, next(self._amounts))
            self._ask(Asked(f"back-{name}", account, back, _INCOME_RETURN))
            given = {"bank_transfer": back}
            refund = {"type": "advance_refund", "key": f"back-{name}", "date": "2026-10-20", "tenders": given}
            events.append({**refund, "account": account})
        return events

    def _taken_back(self, n: int) -> None:
        """A payment, and later the bank's word that it never was."""
        account, kopecks, at = f"R{n}", next(self._amounts), self._chance.uniform(0.0, self._plan.trouble_s * 0.8)
        self._ask(Asked(f"taken-{n}", account, kopecks, _INCOME))
        self._add(f"taken-{n}", at, [payment(f"taken-{n}", account, kopecks=kopecks)])
        self._ask(Asked(f"reversal-{n}", account, kopecks, _INCOME_RETURN))
        reversal = {"type": "payment_reversal", "key": f"reversal-{n}", "date": "2026-10-20", "payment": f"taken-{n}"}
        self._add(f"reversal-{n}", at + self._chance.uniform(0.0, 5.0), [reversal], behind=f"taken-{n}")

    def _charged(self, n: int) -> list[Json]:
        """An advance, and a bill that it covers: the month's consolidated receipts are made of such bills."""
        account, kopecks = f"C{n}", next(self._amounts)
        bill = self._chance.randrange(1, kopecks + 1)
        self.charged_kopecks += bill
        self._ask(Asked(f"advance-{n}", account, kopecks, _INCOME))
        advance = payment(f"advance-{n}", account, kopecks=kopecks)
        return [advance, charge(f"bill-{n}", account, kopecks=bill)]
