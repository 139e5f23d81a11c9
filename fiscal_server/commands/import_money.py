"""``fiscal-server import statement|register``: money that a bank or an agent tells of, previewed and taken in."""

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from accounting.receipts.wording import (
    SOURCE_LANGUAGE,
    day_text,
    in_language,
    languages,
    month_text,
    roubles,
    translated,
)
from accounting.reconciliation.incoming.adapter import Adapter, AdapterError
from accounting.reconciliation.incoming.findings import FIELDS, FileRefusal
from accounting.reconciliation.incoming.limits import MAX_FILE_BYTES
from accounting.reconciliation.incoming.received import FileKind, Outcome, TotalCheck
from fiscal_server.api.import_schemas import reason_of
from fiscal_server.clock import SystemClock
from fiscal_server.commands.context import fail, open_database, run_async, settings_from_environment
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.adapters import load_adapters, read_adapter
from fiscal_server.intake.imports import ImportRefused, ImportRequest, ImportResult, import_file
from fiscal_server.settings import Settings
from fiscal_server.storage.imports import ImportLineRow
from fiscal_server.storage.merchants import find_merchant

Unknown = Literal["suspense", "reject"]
FileArgument = Annotated[Path, typer.Argument(help="the file as the bank gives it")]
Merchant = Annotated[str, typer.Option(help="name of the merchant whose money it is")]
Preview = Annotated[bool, typer.Option("--preview", help="show what would be posted; store nothing")]
UnknownOption = Annotated[Unknown, typer.Option(help="what becomes of money whose account is not found")]
Again = Annotated[bool, typer.Option("--again", help="the same file once more, for the lines that were rejected")]
AdapterOption = Annotated[str, typer.Option(help="format of the file: its id, or a TOML file of your own")]
Channel = Annotated[str, typer.Option(help="through whom the money came; without it the format's name")]
Shown = Annotated[int, typer.Option("--lines", min=0, help="lines shown of each kind")]
Language = Annotated[str, typer.Option(help=f"language of the texts: {', '.join(languages())}")]

_TITLES: Final = {"statement": "Выписка {name}", "register": "Реестр {name}"}
_PREVIEWED: Final = "Предварительный просмотр: ничего не записано."
_KNOWN: Final = "Этот файл уже загружен, загрузка {id} от {day}. Ничего нового не записано."
_DONE: Final = "Загружено, загрузка {id}."
_REFUSED: Final = "Файл не принят, ничего не записано:"
_WHERE: Final = "строка {line}: "
_KINDS: Final = {
    Outcome.PAYMENT: "Платежи",
    Outcome.DUPLICATE: "Повторы",
    Outcome.REJECTED: "Отклонено, нужно посмотреть",
    Outcome.SKIPPED: "Не платежи абонентов",
}
_SUMMARY: Final = ("Строки", "Штук", "Сумма")
_UNIDENTIFIED: Final = "из них без лицевого счета"
_RECEIPTS: Final = "Чеков"
_TOTALS: Final = ("Итог", "В файле", "По строкам", "")
_CLOSING: Final = "остаток на конец"
_AGREES, _DIFFERS = "сходится", "НЕ СХОДИТСЯ"
_COLUMNS: Final = ("Строка", "Дата", "Сумма", "Лицевой счет", "Период", "Кто и за что")
_REASON: Final = "Причина"
_UNKNOWN_ACCOUNT: Final = "не найден"
_MORE: Final = "... и еще {count}"


def statement(
    file: FileArgument,
    merchant: Merchant,
    preview: Preview = False,
    unknown: UnknownOption = "suspense",
    again: Again = False,
    adapter: AdapterOption = "1c-exchange",
    channel: Channel = "",
    lines: Shown = 20,
    language: Language = SOURCE_LANGUAGE,
) -> None:
    """Take in a bank statement (1CClientBankExchange): payments of subscribers that came straight to the account."""
    settings = settings_from_environment()
    order = _order("statement", settings, file, adapter, channel, unknown, None, again=again)
    _run(settings, merchant, order, language, lines, preview=preview)


def register(
    file: FileArgument,
    merchant: Merchant,
    adapter: AdapterOption,
    preview: Preview = False,
    unknown: UnknownOption = "suspense",
    again: Again = False,
    channel: Channel = "",
    credited_on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="day on which the bank handed the money over")
    ] = None,
    lines: Shown = 20,
    language: Language = SOURCE_LANGUAGE,
) -> None:
    """Take in a payment register of a bank or an agent: a file in which every line is a payment."""
    settings = settings_from_environment()
    day = credited_on.date() if credited_on is not None else None
    order = _order("register", settings, file, adapter, channel, unknown, day, again=again)
    _run(settings, merchant, order, language, lines, preview=preview)


def _order(
    kind: FileKind, settings: Settings, file: Path, name: str, channel: str, unknown: Unknown, day: date | None, *,
    again: bool,
) -> ImportRequest:  # fmt: skip
    """What is asked for; the merchant's id is not known yet. Ends the program when a file cannot be read."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise fail(f"{file}: {error.strerror}") from None
    return ImportRequest(
        merchant_id=0,
        adapter=_adapter(kind, settings, name),
        file=content,
        file_name=file.name[:255],
        channel=channel,
        credited_on=day,
        unknown=unknown,
        again=again,
    )


def _adapter(kind: FileKind, settings: Settings, name: str) -> Adapter:
    try:
        if name.endswith(".toml"):
            found: Adapter | None = read_adapter(Path(name))
        else:
            adapters = load_adapters(settings.import_adapters)
            found = adapters.get(name)
    except AdapterError as error:
        raise fail(str(error)) from None
    if found is None:
        raise fail(f"--adapter {name}: there are {', '.join(sorted(adapters))}, or name a .toml file")
    if found.kind != kind:
        raise fail(f"--adapter {name}: it is for a {found.kind}, not for a {kind}")
    return found


def _run(settings: Settings, merchant: str, order: ImportRequest, language: str, shown: int, *, preview: bool) -> None:
    if language not in languages():
        fail(f"--language {language}: there are {', '.join(languages())}")
    console = Console(soft_wrap=False, highlight=False)

    async def main() -> ImportResult | ImportRefused:
        async with open_database(settings) as database:
            async with database.read() as db:
                row = await find_merchant(db, merchant)
            asked = msgspec.structs.replace(order, merchant_id=row.id)
            try:
                return await import_file(database, Intake(SystemClock(), settings.zone), asked, preview=preview)
            except ImportRefused as refused:
                return refused

    with in_language(language):
        result = run_async(main)
        if isinstance(result, ImportRefused):
            _tell_refusals(Console(stderr=True, highlight=False), result.refusals)
        else:
            _tell(console, result, shown, preview=preview)
    if result.refusals:
        raise typer.Exit(1)


def _tell(console: Console, result: ImportResult, shown: int, *, preview: bool) -> None:
    """The figures, then what a person has to look at."""
    row = result.row
    title = translated(_TITLES[row.kind], name=row.file_name)
    console.print(title, markup=False)
    if result.known:
        console.print(translated(_KNOWN, id=row.id, day=day_text(row.created_at.date())))
    _tell_counts(console, result)
    _tell_totals(console, [msgspec.convert(one, TotalCheck) for one in row.totals])
    for outcome in (Outcome.PAYMENT, Outcome.DUPLICATE, Outcome.REJECTED, Outcome.SKIPPED):
        of_kind = [line for line in result.lines if line.outcome == outcome]
        if of_kind and (preview or outcome is not Outcome.PAYMENT):
            _tell_lines(console, outcome, of_kind, shown)
    if result.refusals:
        _tell_refusals(console, result.refusals)
    elif preview and not result.known:
        console.print(translated(_PREVIEWED))
    elif not result.known:
        console.print(translated(_DONE, id=row.id))


def _tell_refusals(console: Console, refusals: tuple[FileRefusal, ...]) -> None:
    console.print(translated(_REFUSED), style="bold red")
    for one in refusals:
        where = translated(_WHERE, line=one.line) if one.line else ""
        console.print(f"  {where}{_plain(one.text())}")


def _tell_counts(console: Console, result: ImportResult) -> None:
    row = result.row
    table = Table(*(translated(name) for name in _SUMMARY))
    for column in table.columns[1:]:
        column.justify = "right"
    table.add_row(translated(_KINDS[Outcome.PAYMENT]), str(row.payments), roubles(row.payments_kopecks))
    if row.unidentified:
        table.add_row(f"  {translated(_UNIDENTIFIED)}", str(row.unidentified), "")
    table.add_row(translated(_KINDS[Outcome.DUPLICATE]), str(row.duplicates), roubles(row.duplicates_kopecks))
    table.add_row(translated(_KINDS[Outcome.REJECTED]), str(row.rejected), "")
    table.add_row(translated(_KINDS[Outcome.SKIPPED]), str(row.skipped), "")
    table.add_row(translated(_RECEIPTS), str(row.receipts), "")
    console.print(table)


def _tell_totals(console: Console, totals: list[TotalCheck]) -> None:
    if not totals:
        return
    table = Table(*(translated(name) for name in _TOTALS))
    for column in table.columns[1:3]:
        column.justify = "right"
    for one in totals:
        say = str if one.name == "count" else roubles
        name = " ".join(filter(None, (translated(FIELDS.get(one.name, _CLOSING)), one.account)))
        mark = translated(_AGREES) if one.agrees else f"[bold red]{translated(_DIFFERS)}[/bold red]"
        table.add_row(name, say(one.stated), say(one.counted), mark)
    console.print(table)


def _tell_lines(console: Console, outcome: Outcome, lines: list[ImportLineRow], shown: int) -> None:
    names = _COLUMNS if outcome is Outcome.PAYMENT else (*_COLUMNS, _REASON)
    table = Table(*(translated(name) for name in names), title=translated(_KINDS[outcome]), title_justify="left")
    table.columns[2].justify = "right"
    paid = outcome is Outcome.PAYMENT
    for line in lines[:shown]:
        cells = [
            str(line.line),
            day_text(line.paid_on) if line.paid_on else "",
            roubles(line.amount_kopecks) if line.amount_kopecks is not None else "",
            line.account or ", ".join(line.named_accounts) or (translated(_UNKNOWN_ACCOUNT) if paid else ""),
            month_text(line.period) if line.period else "",
            " / ".join(filter(None, (line.payer, line.purpose))),
            reason_of(line) or "",
        ]
        table.add_row(*(_plain(cell) for cell in cells[: len(names)]))
    console.print(table)
    if len(lines) > shown:
        console.print(translated(_MORE, count=len(lines) - shown))


def _plain(foreign: str) -> str:
    """What stands in files moves no cursor and is no markup."""
    return "".join(sign if sign.isprintable() else " " for sign in foreign).replace("[", r"\[")
