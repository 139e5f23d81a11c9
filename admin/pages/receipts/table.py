"""The list of receipts: what its columns and conditions are, and what they ask of the database."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from admin import words
from admin.pages.choosing import merchant_filter
from admin.tables.asked import Asked
from admin.tables.definition import Cell, Column, Filter, Table, View
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.ids import EPOCH, first_id_at
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.receipt_lists import ListedReceipt, ListFilter

PATH: Final = "/receipts"

KINDS: Final = (
    ("1", "оплата"),
    ("2", "вернули деньги"),
    ("3", "мы заплатили"),
    ("4", "нам вернули"),
    ("correction", "исправление"),
)
_STATES: Final = tuple((state.value, words.RECEIPT_STATES[state].word) for state in ReceiptState)


class ReceiptRow(msgspec.Struct, frozen=True):
    """A row with what is worked out once for it."""

    one: ListedReceipt
    merchant: str

    @property
    def kind(self) -> words.Wording:
        """What happened, in the payer's words."""
        return words.kind_of(self.one.form, self.one.receipt)

    @property
    def state(self) -> words.Wording:
        """Where it stands."""
        return words.NOT_TAKEN if self.one.ofd_code else words.RECEIPT_STATES[self.one.state]


def _signature(row: ReceiptRow) -> Cell:
    return None if row.one.fiscal_sign is None else f"{row.one.fiscal_sign:010d}"


_COLUMNS: Final = (
    Column(key="time", title="Рассчитан", official="когда чек рассчитан сервером", width="time", is_order=True,
           value=lambda row: row.one.created_at),
    Column(key="merchant", title="Организация", width="merchant", value=lambda row: row.merchant),
    Column(key="account", title="Лицевой счёт", width="account", value=lambda row: row.one.account),
    Column(key="kind", title="Операция", official="признак расчёта, реквизит 1054", width="kind",
           value=lambda row: say(row.kind.word)),
    Column(key="sum", title="Сумма", official="сумма расчёта, реквизит 1020", width="sum", is_number=True,
           is_money=True, value=lambda row: row.one.total_kopecks),
    Column(key="state", title="Состояние", width="state", value=lambda row: say(row.state.word)),
    Column(key="deadline", title="Срок", official="последний день, когда чек должен быть оформлен", width="day",
           is_shown=False, value=lambda row: row.one.deadline),
    Column(key="fd", title="№ чека", official="номер фискального документа (ФД), реквизит 1040", width="number",
           is_number=True, value=lambda row: row.one.fd_number),
    Column(key="fp", title="Подпись чека", official="фискальный признак документа (ФПД), реквизит 1077", width="sign",
           is_number=True, value=_signature),
    Column(key="fn", title="Память кассы", official="фискальный накопитель (ФН), реквизит 1041", width="fn",
           value=lambda row: row.one.fn_number),
    Column(key="issued", title="Время кассы", official="дата и время документа, реквизит 1012", width="time",
           is_shown=False, value=lambda row: row.one.issued_at),
    Column(key="id", title="Наш номер", official="номер чека на этом сервере", width="id", is_number=True,
           is_shown=False, value=lambda row: row.one.id),
)  # fmt: skip

_FILTERS: Final = (
    Filter(key="account", title="Лицевой счёт", suggest=f"{PATH}/codes", is_main=True),
    Filter(key="state", title="Состояние", kind="choice", choices=_STATES, is_main=True),
    Filter(key="from", title="Рассчитан с", kind="day", is_main=True),
    Filter(key="to", title="по", kind="day", is_main=True),
    Filter(key="sum_from", title="Сумма от", kind="money"),
    Filter(key="sum_to", title="до", kind="money"),
    Filter(key="fd", title="№ чека", official="номер ФД, реквизит 1040", kind="number"),
    Filter(key="kind", title="Операция", kind="choice", choices=KINDS),
)

_VIEWS: Final = (
    View("Все", {}),
    View("Ждут человека", {"state": ReceiptState.REFUSED.value}),
    View("В очереди", {"state": ReceiptState.QUEUED.value}),
    View("Исправления", {"kind": "correction"}),
)


def receipt_table(viewer: Viewer) -> Table:
    """For whoever looks: an only merchant needs neither column nor condition."""
    merchants = merchant_filter(viewer)
    columns = _COLUMNS if len(viewer.merchants) > 1 else tuple(one for one in _COLUMNS if one.key != "merchant")
    return Table(path=PATH, columns=columns, filters=(*merchants, *_FILTERS), views=_VIEWS, newest_first=True)


def wanted_receipts(asked: Asked, zone: ZoneInfo) -> ListFilter:
    """What the conditions ask, without a page. Days are those of the zone on which receipts were computed."""
    values = asked.values
    kind: str | None = values.get("kind")
    last: date | None = values.get("to")
    state: str | None = values.get("state")
    wanted = ListFilter(
        first_id=first_id_of(values.get("from"), zone) or 1,
        account=values.get("account"),
        state=None if state is None else ReceiptState(state),
        sum_from=values.get("sum_from"),
        sum_to=values.get("sum_to"),
        fd_number=values.get("fd"),
        sign=int(kind) if kind is not None and kind.isdecimal() else None,
        is_correction=None if kind is None else kind == "correction",
    )
    end_id = None if last is None or last == date.max else first_id_of(last + timedelta(days=1), zone)
    return wanted if end_id is None else msgspec.structs.replace(wanted, end_id=end_id)


def first_id_of(day: date | None, zone: ZoneInfo) -> int | None:
    """The least id of a day that begins in the zone."""
    if day is None:
        return None
    if day <= EPOCH.date():
        return 1
    return min(first_id_at(datetime.combine(day, time.min, zone)), (1 << 63) - 1)


def cursor_id(text: str | None) -> int | None:
    """The id in a cursor; None for none, and for what is none of ours."""
    return int(text) if text is not None and text.isascii() and text.isdecimal() and len(text) < 19 else None
