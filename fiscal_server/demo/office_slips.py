"""Slips of the invented office: sums of a month and what became of their bills; letters are in ``office_letters``."""

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, cast

from accounting.office.notices import BillLine
from accounting.office.obligation_templates import Pack
from admin.office.planning import load_packs
from admin.office.slip_forms import usual_code_in
from admin.storage.office import schedule, slips
from admin.storage.office.cases import By
from admin.storage.office.schedule import ListedObligation
from admin.storage.office.slips import NewSlip
from fiscal_server.demo.office_letters import Bill, send_letters
from fiscal_server.demo.office_making import Client, Gathered, Making, working_day
from fiscal_server.storage.pool import ReadConnection

_BEHIND: Final = timedelta(days=14)
_AHEAD: Final = timedelta(days=20)
_TOLD_BEFORE: Final = 9
_PAID_TO: Final = "Единый налоговый платёж"


class Fate(StrEnum):
    """Of the bill of a client and a day."""

    NOTHING = "nothing"
    """Nobody has worked it out yet."""
    DRAFT = "draft"
    SILENT = "silent"
    """Told, and the client says nothing."""
    CONFIRMED = "confirmed"
    PAID = "paid"
    """Confirmed and paid."""


_CHANCES: Final = (
    (-1, ((0.90, Fate.PAID), (0.97, Fate.CONFIRMED), (1.0, Fate.SILENT))),
    (4, ((0.12, Fate.PAID), (0.84, Fate.CONFIRMED), (0.95, Fate.SILENT), (1.0, Fate.DRAFT))),
    (10, ((0.35, Fate.CONFIRMED), (0.60, Fate.SILENT), (0.85, Fate.DRAFT), (1.0, Fate.NOTHING))),
    (20, ((0.25, Fate.DRAFT), (1.0, Fate.NOTHING))),
)
"""Up to so many days before the due day, the share of bills that stand so or in a state before it."""

_SUMS: Final = {
    "RU-NDFL-": (8_000, 95_000), "RU-SV-": (20_000, 210_000), "RU-NS-": (150, 2_400), "RU-USN-": (9_000, 160_000),
    "RU-VAT-": (40_000, 480_000), "RU-PROFIT-": (15_000, 260_000), "RU-IP-": (4_000, 57_000),
}  # fmt: skip
"""Roubles, least and most, by the beginning of the code."""
_HOW: Final = {
    "RU-NDFL-": "Удержано из зарплаты за период.", "RU-SV-": "Взносы с начисленной зарплаты, единый тариф.",
    "RU-USN-": "Доход за период × ставка минус взносы.", "RU-VAT-": "Налог к уплате по книгам покупок и продаж.",
}  # fmt: skip


async def make_slips(making: Making, clients: Sequence[Client]) -> None:
    """Of the days around today."""
    rng, gathered = making.chance("slips"), Gathered()
    by_number = {one.number: one for one in clients}
    packs = await load_packs(making.db)
    first = min(making.today.replace(day=1), making.today - _BEHIND)
    db = cast(ReadConnection, making.db)
    found = await schedule.obligations_between(db, list(by_number), first, making.today + _AHEAD)
    grouped: dict[tuple[int, date], list[ListedObligation]] = defaultdict(list)
    for one in sorted(found, key=lambda one: (by_number[one.organisation_id].place, one.due, one.code, one.period)):
        if one.kind == "payment":
            grouped[one.organisation_id, one.due].append(one)
    bills: list[Bill] = []
    paid: list[int] = []
    for (client, due), owed in grouped.items():
        fate = _fate(rng, (due - making.today).days)
        told_on = working_day(min(due - timedelta(days=rng.randint(4, _TOLD_BEFORE)), making.today - timedelta(days=1)))
        if fate is Fate.NOTHING:
            continue
        served = by_number[client].company.served
        author = served["payroll" if rng.random() < 0.3 else "tax"]
        lines = [await _slip(making, gathered, rng, packs, one, making.by(author, told_on)) for one in owed]
        if fate is not Fate.DRAFT:
            lines.sort(key=lambda line: (line.name, line.slip_id))
            bills.append(Bill(client=by_number[client], due=due, told_on=told_on, lines=tuple(lines),
                              confirmed=fate is not Fate.SILENT))  # fmt: skip
        if fate is Fate.PAID:
            paid += [line.slip_id for line in lines]
    await gathered.send(making.db)
    await slips.publish(making.db, [line.slip_id for bill in bills for line in bill.lines])
    await send_letters(making, bills)
    for slip in paid:
        await slips.set_state(gathered.db, slip, ["published"], "paid")
    await gathered.send(making.db)


def _fate(rng: random.Random, days: int) -> Fate:
    chance = rng.random()
    for until, shares in _CHANCES:
        if days <= until:
            return next(fate for share, fate in shares if chance <= share)
    return Fate.NOTHING


async def _slip(
    making: Making, gathered: Gathered, rng: random.Random, packs: Mapping[str, Pack], one: ListedObligation, by: By
) -> BillLine:
    """A draft, and how the bill tells it."""
    number = making.take(1)[0]
    least, most = next((sums for code, sums in _SUMS.items() if one.code.startswith(code)), (1_000, 20_000))
    code = usual_code_in(packs, "RU", one.code)
    details = {"budget_code": code, "purpose": _PAID_TO} if code else {}
    how = next((text for start, text in _HOW.items() if one.code.startswith(start)), "")
    new = NewSlip(obligation_id=one.id, amount_kopecks=rng.randint(least, most) * 100, details=details, explanation=how)
    await slips.add_slip(gathered.db, number, new, by.now, by.person_id)
    return BillLine(
        slip_id=number, version=1, name=one.name, code=one.code, period=one.period, amount_kopecks=new.amount_kopecks,
        budget_code=code, purpose=details.get("purpose", ""), explanation=how,
    )  # fmt: skip
