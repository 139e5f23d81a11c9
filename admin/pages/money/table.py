"""The lists of what came in: files that were taken in, batches, and the lines of a file."""

from typing import Any, Final

from accounting.reconciliation.incoming.findings import Finding
from accounting.reconciliation.incoming.findings import say as say_finding
from accounting.reconciliation.incoming.limits import MAX_NAME_CHARS
from admin.pages.choosing import merchant_filter
from admin.pages.money.words import FILE_KINDS, OUTCOMES
from admin.tables.definition import Cell, Column, Filter, Table, View
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.storage.imports import ImportLineRow
from fiscal_server.storage.money_lists import NOBODYS

PATH: Final = "/money"
BATCHES: Final = "/money/batches"
NEW: Final = "/money/new"

_DAYS: Final = (
    Filter(key="from", title="Загружено с", kind="day", is_main=True),
    Filter(key="to", title="по", kind="day", is_main=True),
)
_KINDS: Final = tuple((one, FILE_KINDS[one]) for one in ("statement", "register"))
_LOOK: Final = (("yes", "есть строки, которые нужно посмотреть"), ("no", "всё принято"))


def _merchant_of(viewer: Viewer) -> dict[int, str]:
    return {one.id: one.name for one in viewer.merchants}


def import_table(viewer: Viewer) -> Table:
    """Imports of the merchants in sight."""
    names = _merchant_of(viewer)
    columns = (
        Column(key="time", title="Загружено", width="time", is_order=True, value=lambda row: row.created_at),
        Column(key="merchant", title="Организация", width="merchant", value=lambda row: names[row.merchant_id]),
        Column(key="file", title="Файл", width="account", value=lambda row: row.file_name),
        Column(key="kind", title="Что это", width="kind", value=lambda row: say(FILE_KINDS[row.kind])),
        Column(key="payments", title="Платежей", width="number", is_number=True, value=lambda row: row.payments),
        Column(key="sum", title="Сумма", width="sum", is_number=True, is_money=True,
               value=lambda row: row.payments_kopecks),
        Column(key="look", title="Посмотреть", official="строки, которые не приняты, и деньги неизвестных плательщиков",
               width="number", is_number=True, value=lambda row: row.rejected + row.unidentified),
        Column(key="duplicates", title="Повторы", width="number", is_number=True, value=lambda row: row.duplicates),
        Column(key="receipts", title="Чеков", width="number", is_number=True, value=lambda row: row.receipts),
        Column(key="channel", title="Через кого", width="kind", is_shown=False, value=lambda row: row.channel),
        Column(key="id", title="Наш номер", width="id", is_number=True, is_shown=False, value=lambda row: row.id),
    )  # fmt: skip
    filters = (
        *merchant_filter(viewer),
        Filter(key="kind", title="Что это", kind="choice", choices=_KINDS, is_main=True),
        Filter(key="look", title="Строки", kind="choice", choices=_LOOK, is_main=True),
        *_DAYS,
    )
    views = (View("Все", {}), View("Нужно посмотреть", {"look": "yes"}))
    return Table(path=PATH, columns=_of(viewer, columns), filters=filters, views=views, newest_first=True)


def batch_table(viewer: Viewer) -> Table:
    """Batches of the merchants in sight, those of imports among them."""
    names = _merchant_of(viewer)
    columns = (
        Column(key="time", title="Пришёл", width="time", is_order=True, value=lambda row: row.counts.created_at),
        Column(key="merchant", title="Организация", width="merchant", value=lambda row: names[row.merchant_id]),
        Column(key="key", title="Ключ запроса", official="Idempotency-Key", width="account",
               value=lambda row: row.counts.idempotency_key),
        Column(key="events", title="Событий", width="number", is_number=True, value=lambda row: row.counts.events),
        Column(key="accepted", title="Принято", width="number", is_number=True,
               value=lambda row: row.counts.accepted),
        Column(key="duplicates", title="Повторы", width="number", is_number=True,
               value=lambda row: row.counts.duplicates),
        Column(key="rejected", title="Отклонено", width="number", is_number=True,
               value=lambda row: row.counts.rejected),
        Column(key="receipts", title="Чеков", width="number", is_number=True, value=lambda row: row.counts.receipts),
        Column(key="id", title="Наш номер", width="id", is_number=True, is_shown=False, value=lambda row: row.id),
    )  # fmt: skip
    filters = (*merchant_filter(viewer), *_DAYS)
    return Table(path=BATCHES, columns=_of(viewer, columns), filters=filters, newest_first=True)


def _of(viewer: Viewer, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """An only merchant needs no column."""
    return columns if len(viewer.merchants) > 1 else tuple(one for one in columns if one.key != "merchant")


def reason_of(row: ImportLineRow) -> str:
    """Why a line was not taken, in the words of the rules."""
    if row.code is None:
        return ""
    return say_finding(Finding(row.code), field=row.field or "", value=row.value or "", most=MAX_NAME_CHARS)


_LINE_COLUMNS: Final = (
    Column(key="line", title="Строка", official="номер строки файла", width="number", is_number=True, is_order=True,
           value=lambda row: row.line),
    Column(key="outcome", title="Что с ней", width="kind", value=lambda row: say(OUTCOMES[row.outcome].word)),
    Column(key="paid_on", title="Дата", width="day", value=lambda row: row.paid_on),
    Column(key="sum", title="Сумма", width="sum", is_number=True, is_money=True,
           value=lambda row: row.amount_kopecks),
    Column(key="account", title="Лицевой счёт", width="account", value=lambda row: account_cell(row)),
    Column(key="payer", title="Плательщик", width="text", value=lambda row: row.payer),
    Column(key="purpose", title="Назначение", width="text", value=lambda row: row.purpose),
    Column(key="reason", title="Почему", width="text", value=reason_of),
    Column(key="period", title="Период", width="day", is_shown=False, value=lambda row: row.period),
    Column(key="document", title="Документ", width="number", is_shown=False, value=lambda row: row.document),
    Column(key="fee", title="Комиссия", width="sum", is_number=True, is_money=True, is_shown=False,
           value=lambda row: row.fee_kopecks),
    Column(key="key", title="Ключ платежа", width="id", is_shown=False, value=lambda row: row.event_key),
)  # fmt: skip
_OUTCOME_CHOICES: Final = (
    *((key, one.word) for key, one in OUTCOMES.items()),
    (NOBODYS, "неизвестный плательщик"),
)


def account_cell(row: Any) -> Cell:
    """The account that was found, or what the line names."""
    return row.account or ", ".join(row.named_accounts) or None


def line_table(merchant_id: int, import_id: int) -> Table:
    """The lines of an import."""
    return Table(
        path=f"/money/imports/{merchant_id}/{import_id}",
        name="/money/imports",
        columns=_LINE_COLUMNS,
        filters=(Filter(key="outcome", title="Что с ней", kind="choice", choices=_OUTCOME_CHOICES, is_main=True),),
        views=(
            View("Все строки", {}),
            View("Нужно посмотреть", {"outcome": "rejected"}),
            View("Неизвестный плательщик", {"outcome": NOBODYS}),
        ),
    )
