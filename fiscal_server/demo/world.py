"""The invented companies and their month: the same seed gives the same events.

A small internet provider lives on money paid beforehand (advances, offsets at the month close, refunds); a small
management company on bills paid afterwards (exact, too little, too much; several services, two VAT treatments).
"""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import msgspec

Json = dict[str, Any]


class Company(msgspec.Struct, frozen=True):
    """A merchant with its subscribers and the batches that its billing sends, in order."""

    name: str
    rules: Json
    place: str
    address: str
    batches: list[Json]
    payments: int  # about as many receipts as there are of these


class Month(msgspec.Struct, frozen=True):
    """A calendar month."""

    first: date

    @property
    def period(self) -> str:
        return self.first.strftime("%Y-%m")

    @property
    def last(self) -> date:
        return (self.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)

    @property
    def before(self) -> "Month":
        return Month((self.first - timedelta(days=1)).replace(day=1))

    def day(self, number: int) -> str:
        """The day of the month, not later than its last, ISO."""
        return self.first.replace(day=min(number, self.last.day)).isoformat()


PROVIDER_SHARE = 0.6
BATCH_SIZE = 250


def make_companies(accounts: int, today: date, seed: int) -> list[Company]:
    """Two companies with ``accounts`` subscribers together and the events of the last whole month before ``today``."""
    month = Month(today.replace(day=1)).before
    provider_accounts = max(1, round(accounts * PROVIDER_SHARE))
    rng = random.Random(seed)
    companies = [_provider(rng, provider_accounts, month)]
    if accounts > provider_accounts:
        companies.append(_manager(rng, accounts - provider_accounts, month))
    return companies


def _in_batches(accounts: list[Json], *groups: list[Json]) -> list[Json]:
    """Bodies of POST /v1/batches: the accounts first, then each group in slices."""
    bodies: list[Json] = [{"accounts": slice_, "events": []} for slice_ in _slices(accounts)]
    for group in groups:
        bodies += [{"events": slice_} for slice_ in _slices(group)]
    return bodies


def _slices(rows: list[Json]) -> Iterator[list[Json]]:
    for start in range(0, len(rows), BATCH_SIZE):
        yield rows[start : start + BATCH_SIZE]


def _contact(rng: random.Random) -> str:
    return f"+7900{rng.randrange(10_000_000):07d}"


def _by_date(events: list[Json]) -> list[Json]:
    return sorted(events, key=lambda event: (event["date"], event["key"]))


# --- an internet provider ---------------------------------------------------------------------------------------------

_TARIFFS = (45_000, 60_000, 75_000, 99_000)
_TV_KOPECKS = 25_000


def _provider(rng: random.Random, count: int, month: Month) -> Company:
    accounts: list[Json] = []
    payments: list[Json] = []
    charges: list[Json] = []
    refunds: list[Json] = []
    for n in range(count):
        code, tariff, has_tv = f"1{n:06d}", rng.choice(_TARIFFS), rng.random() < 0.3
        accounts.append({"id": code, "contact": _contact(rng)})
        bill = tariff + (_TV_KOPECKS if has_tv else 0)
        charges.append({"account": code, "service": "internet", "amount": tariff})
        if has_tv:
            charges.append({"account": code, "service": "tv", "amount": _TV_KOPECKS})
        paid = _paid_by_habit(rng, bill)
        if paid:
            way = rng.choice(("bank_transfer", "bank_transfer", "card_online"))
            day = month.day(rng.randrange(1, 29))
            payments.append(
                {"type": "payment", "key": f"pay-{code}", "account": code, "date": day, "tenders": {way: paid}}
            )
        if paid > 2 * bill and rng.random() < 0.4:
            refunds.append(
                {
                    "type": "advance_refund",
                    "key": f"refund-{code}",
                    "account": code,
                    "date": month.last.isoformat(),
                    "tenders": {"bank_transfer": bill},
                }
            )
    close = [{"type": "period_close", "key": f"close-{month.period}", "period": month.period, "charges": charges}]
    rules = {
        "inn": "7700000016",
        "email": "check@provider.example",
        "services": [
            {"id": "internet", "name": "Доступ в интернет", "vat_code": 11},
            {"id": "tv", "name": "Цифровое телевидение", "vat_code": 11},
        ],
    }
    return Company(
        name='ООО "Пример-Телеком" (демо)',
        rules=rules,
        place="https://provider.example",
        address="101000, г. Москва, ул. Примерная, д. 1",
        batches=_in_batches(accounts, _by_date(payments), close, refunds),
        payments=len(payments),
    )


def _paid_by_habit(rng: random.Random, bill: int) -> int:
    """What a subscriber pays for a bill: exactly, months ahead, too little, or nothing."""
    habit = rng.random()
    if habit < 0.55:
        return bill
    if habit < 0.75:
        return bill * rng.choice((2, 3, 6))
    if habit < 0.9:
        return rng.randrange(100, bill // 100) * 100
    return 0


# --- a management company ---------------------------------------------------------------------------------------------


def _manager(rng: random.Random, count: int, month: Month) -> Company:
    accounts: list[Json] = []
    payments: list[Json] = []
    bills: dict[str, list[Json]] = {month.before.period: [], month.period: []}
    for n in range(count):
        code = f"2{n:06d}"
        accounts.append({"id": code, "contact": _contact(rng)})
        owed = 0
        for period, charges in bills.items():
            flat: list[Json] = [
                {"account": code, "service": "maintenance", "amount": rng.randrange(90_000, 250_000)},
                {"account": code, "service": "cold_water", "amount": rng.randrange(15_000, 60_000)},
                {"account": code, "service": "heating", "amount": rng.randrange(80_000, 300_000)},
            ]
            charges += flat
            if period == month.before.period:
                owed = sum(int(charge["amount"]) for charge in flat)
        paid = _paid_by_habit(rng, owed)
        if paid:
            payments.append(_manager_payment(rng, code, month.day(rng.randrange(1, 29)), paid))
    closes = {
        period: [{"type": "period_close", "key": f"close-{period}", "period": period, "charges": charges}]
        for period, charges in bills.items()
    }
    rules = {
        "inn": "7700000023",
        "email": "check@manager.example",
        "ffd": "1.05",
        "policies": {"offset_timing": "per_account_at_close"},
        "services": [
            {"id": "maintenance", "name": "Содержание жилого помещения", "vat_code": 11},
            {"id": "cold_water", "name": "Холодное водоснабжение", "vat_code": 6},
            {"id": "heating", "name": "Отопление", "vat_code": 6},
        ],
    }
    return Company(
        name='ООО "УК Примерный двор" (демо)',
        rules=rules,
        place="https://manager.example",
        address="101000, г. Москва, ул. Примерная, д. 2",
        batches=_in_batches(accounts, closes[month.before.period], _by_date(payments), closes[month.period]),
        payments=len(payments),
    )


def _manager_payment(rng: random.Random, code: str, day: str, paid: int) -> Json:
    """Most pay through a bank; some at the desk, a few of them partly in cash."""
    chance = rng.random()
    tenders: dict[str, int] = {"bank_transfer": paid}
    if chance < 0.1 and paid > 100_000:
        tenders = {"cash": 50_000, "card_present": paid - 50_000}
    elif chance < 0.2:
        tenders = {"cash": paid}
    return {"type": "payment", "key": f"pay-{code}", "account": code, "date": day, "tenders": tenders}
