"""Lists that people of the invented office were handed: leads taken in and to be looked at, sums to pay."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, cast

from admin.office import lead_lists, slip_lists
from admin.storage.office import lead_imports, leads, schedule, table_imports
from admin.storage.office.table_imports import ImportRow, Kind, TableImport
from fiscal_server.demo.office_making import Client, Making, working_day
from fiscal_server.storage.pool import ReadConnection

_MANAGER: Final = 1
_LEAD_HEADS: Final = ("Компания", "Имя", "Телефон", "Почта", "Комментарий")
_FAIR: Final = (
    ("ООО «Чистый берег»", "Вера", "+7 000 800 00 01", "fair1@lead.example", "Спрашивали о ЭДО."),
    ("ИП Ковалёв", "Иван", "+7 000 800 00 02", "", "Перезвонить после 10-го."),
)
_PARTNER: Final = (
    ("ООО «Речной порт»", "Алла", "+7 000 800 00 11", "partner1@lead.example", ""),
    ("Студия «Акварель»", "Роман", "+7 000 800 00 12", "lead4@lead.example", "Уже говорили весной."),
    ("ООО «Без связи»", "", "", "", "Телефон обещали прислать."),
)
_SUM_HEADS: Final = ("Клиент", "ИНН", "Срок", "Налог", "Сумма")
_AHEAD: Final = timedelta(days=80)
_SUMS: Final = 5


async def make_tables(making: Making, clients: Sequence[Client]) -> None:
    """One file of leads is taken in, another waits to be looked at, and so does one of sums."""
    fair = working_day(making.today - timedelta(days=1))
    taken = await _keep(making, "lead", "выставка.csv", _LEAD_HEADS, _FAIR, fair, _MANAGER, "event")
    await _take_leads(making, taken)
    await _keep(making, "lead", "от партнёра.csv", _LEAD_HEADS, _PARTNER, making.today, _MANAGER, "partner")
    name = f"налоги за {making.today:%m.%Y}.csv"
    lead = clients[0].company.served["lead"]
    await _keep(making, "slip", name, _SUM_HEADS, await _sums(making, clients), making.today, lead, "")


async def _keep(
    making: Making, kind: Kind, name: str, heads: Sequence[str], rows: Sequence[Sequence[str]], day: date, worker: int,
    source: str,
) -> TableImport:  # fmt: skip
    guess = lead_lists.guess_mapping if kind == "lead" else slip_lists.guess_mapping
    one = TableImport(
        id=making.take(1)[0], kind=kind, file_name=name, heads=list(heads), mapping=guess(heads), source=source,
        created_at=making.at(day, 10),
    )  # fmt: skip
    kept = [ImportRow(line, list(cells)) for line, cells in enumerate(rows, start=2)]
    await table_imports.add_import(making.db, one, kept, making.workers[worker])
    return one


async def _take_leads(making: Making, one: TableImport) -> None:
    day = one.created_at.astimezone(making.zone).date()
    rows = await table_imports.rows_of(making.db, one.id)
    for row in lead_lists.judge(rows, one.mapping, one.source, await leads.known(making.db), day):
        assert row.lead is not None, f"line {row.line} says all that a lead needs"
        number, by = making.take(1)[0], making.workers[_MANAGER]
        await leads.add_lead(making.db, number, lead_lists.given_to(row.lead, by), day, one.created_at, by)
        await lead_imports.has_become(making.db, one.id, row.line, number)
    await table_imports.end_import(making.db, one.id, "done")


async def _sums(making: Making, clients: Sequence[Client]) -> list[tuple[str, ...]]:
    """Of the last payments that are planned, a number that nobody has, and a day that is over."""
    by_number = {one.number: one.company for one in clients}
    db, until = cast(ReadConnection, making.db), making.today + _AHEAD
    found = await schedule.obligations_between(db, list(by_number), making.today, until)
    owed = [one for one in found if one.kind == "payment" and not one.is_closed]
    owed.sort(key=lambda one: (-one.due.toordinal(), by_number[one.organisation_id].tax_number, one.code, one.period))
    rows = [
        (by_number[one.organisation_id].name, by_number[one.organisation_id].tax_number, f"{one.due:%d.%m.%Y}",
         one.code, f"{12_340 + 1_115 * place},00")
        for place, one in enumerate(owed[:_SUMS])
    ]  # fmt: skip
    day = f"{making.today - timedelta(days=40):%d.%m.%Y}"
    golden = by_number[clients[0].number]
    return [
        *rows,
        ("ООО «Чужая»", "9900000000", day, "НДС", "5000"),
        (golden.name, golden.tax_number, day, "НДФЛ", "1"),
    ]
