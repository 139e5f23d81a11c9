"""The list of accounts: what its columns and conditions are, and what they ask of the database."""

from typing import Final

import msgspec

from admin.pages.choosing import merchant_filter
from admin.tables.asked import Asked
from admin.tables.definition import Column, Filter, Table, View
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.storage.account_lists import AccountFilter, ListedAccount
from fiscal_server.storage.account_sums import By, SumPlace

PATH: Final = "/accounts"

INDIVIDUAL: Final = "гражданин"
LEGAL: Final = "организация"
MEMBER: Final = "член товарищества"
_KINDS: Final = (("individual", INDIVIDUAL), ("legal", LEGAL), ("member", MEMBER))
_MONEY: Final = (("debt", "есть долг"), ("overdue", "долг просрочен"), ("advance", "есть переплата"))
_BETWEEN: Final = "|"


class AccountRow(msgspec.Struct, frozen=True):
    """A row with the name of its merchant."""

    one: ListedAccount
    merchant: str

    @property
    def kind(self) -> str:
        """A msgid: who pays."""
        return kind_of_payer(self.one.payer_kind, is_member=self.one.member)


def kind_of_payer(payer_kind: str, *, is_member: bool) -> str:
    """A msgid: who pays."""
    if payer_kind == "legal":
        return LEGAL
    return MEMBER if is_member else INDIVIDUAL


_COLUMNS: Final = (
    Column(key="code", title="Лицевой счёт", width="account", is_order=True, value=lambda row: row.one.code),
    Column(key="merchant", title="Чей", official="организация, которая выдаёт чеки", width="merchant",
           value=lambda row: row.merchant),
    Column(key="contact", title="Куда отправлять чеки", official="телефон или адрес почты плательщика, реквизит 1008",
           width="contact", value=lambda row: row.one.contact),
    Column(key="kind", title="Плательщик", width="kind", value=lambda row: say(row.kind)),
    Column(key="debt", title="Долг", official="начислено и не оплачено", width="sum", is_number=True, is_money=True,
           is_sortable=True, value=lambda row: row.one.debts_kopecks),
    Column(key="overdue", title="Просрочено", official="часть долга, срок которой прошёл", width="sum", is_number=True,
           is_money=True, value=lambda row: row.one.overdue_kopecks),
    Column(key="advance", title="Переплата", official="аванс: деньги вперёд, ещё не зачтённые", width="sum",
           is_number=True, is_money=True, is_sortable=True, value=lambda row: row.one.advances_kopecks),
    Column(key="penalty", title="Пени", width="sum", is_number=True, is_money=True, is_shown=False,
           value=lambda row: row.one.penalty_kopecks),
    Column(key="costs", title="Расходы на взыскание", width="sum", is_number=True, is_money=True, is_shown=False,
           value=lambda row: row.one.costs_kopecks),
    Column(key="written_off", title="Списанный долг", official="долг за балансом", width="sum", is_number=True,
           is_money=True, is_shown=False, value=lambda row: row.one.off_balance_kopecks),
)  # fmt: skip

_FILTERS: Final = (
    Filter(key="code", title="Лицевой счёт начинается с", suggest="/receipts/codes", is_main=True),
    Filter(key="contact", title="Телефон или почта начинается с", max_length=64, is_main=True),
    Filter(key="money", title="Деньги", kind="choice", choices=_MONEY, is_main=True),
    Filter(key="kind", title="Плательщик", kind="choice", choices=_KINDS),
)

_VIEWS: Final = (
    View("Все", {}),
    View("Должники", {"money": "debt"}),
    View("С просрочкой", {"money": "overdue"}),
    View("С переплатой", {"money": "advance"}),
)


def account_table(viewer: Viewer) -> Table:
    """For whoever looks: an only merchant needs neither column nor condition."""
    merchants = merchant_filter(viewer)
    columns = _COLUMNS if len(viewer.merchants) > 1 else tuple(one for one in _COLUMNS if one.key != "merchant")
    return Table(path=PATH, columns=columns, filters=(*merchants, *_FILTERS), views=_VIEWS)


def wanted_accounts(asked: Asked) -> AccountFilter:
    """What the conditions ask, without a page."""
    values = asked.values
    kind: str | None = values.get("kind")
    contact: str | None = values.get("contact")
    return AccountFilter(
        code=values.get("code", ""),
        contact=contact,
        payer_kind=None if kind is None else "legal" if kind == "legal" else "individual",
        member=None if kind in (None, "legal") else kind == "member",
        money=values.get("money"),
    )


def order_of(asked: Asked) -> By | None:
    """The sum that orders the list; None: the code does."""
    return "debt" if asked.sort == "debt" else "advance" if asked.sort == "advance" else None


def sum_cursor_of(place: SumPlace) -> str:
    """A place in a list by sum as the address has it."""
    return _BETWEEN.join((str(place.kopecks), str(place.merchant_id), str(place.id), place.code))


def sum_place(one: ListedAccount, by: By) -> SumPlace:
    """Where a row stands in a list by sum."""
    kopecks = one.debts_kopecks if by == "debt" else one.advances_kopecks
    return SumPlace(kopecks, one.merchant_id, one.id, one.code)


def read_sum_cursor(text: str | None) -> SumPlace | None:
    """A place; None for none, and for what is none of ours."""
    *numbers, code = (text or "").split(_BETWEEN, 3)
    if len(numbers) != 3 or not all(one.isascii() and one.isdecimal() and len(one) <= 18 for one in numbers):
        return None
    kopecks, merchant_id, account_id = map(int, numbers)
    return SumPlace(kopecks, merchant_id, account_id, code)


def cursor_of(code: str, merchant_id: int) -> str:
    """The place of an account as the address has it."""
    return f"{merchant_id}{_BETWEEN}{code}"


def read_cursor(text: str | None) -> tuple[str, int] | None:
    """Code and merchant; None for none, and for what is none of ours."""
    merchant, between, code = (text or "").partition(_BETWEEN)
    if not between or not (merchant.isascii() and merchant.isdecimal() and len(merchant) < 19):
        return None
    return code, int(merchant)
