"""One line finds everything: pages, what can be begun, and what stands in the books, all within the viewer's sight.

What a text could be is decided by its form alone (a sum, a number, a name), so that few questions are asked, each of an
index and for few rows.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from admin import words
from admin.addresses import account_address, kkt_address, receipt_address
from admin.formatters import format_fn, format_kopecks
from admin.navigation import (
    CLIENT_PAGES,
    DEEDS,
    MERCHANT_DEEDS,
    OWN_PAGES,
    SECTIONS,
    SETTINGS_PAGES,
    TASK_PAGES,
    Section,
    address,
)
from admin.permissions import Action
from admin.tables.asked import kopecks_or_none
from admin.texts import retyped, say
from admin.viewer import Viewer
from fiscal_server.storage.account_lists import AccountFilter, list_accounts_of
from fiscal_server.storage.lookups import kkts_by_number, merchant_of_receipt, merchants_by_inn
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipt_lists import ListedReceipt, ListFilter, list_receipts

LIMIT: Final = 5
"""Hits of one kind."""
LONGEST: Final = 64
_INN_DIGITS: Final = range(5, 13)
_FN_DIGITS: Final = range(6, 17)
_FD_DIGITS: Final = range(1, 11)
_ID_DIGITS: Final = range(15, 20)
_INT4: Final = (1 << 31) - 1


class Hit(msgspec.Struct, frozen=True):
    """One thing that was found, as it is shown."""

    title: str
    path: str
    detail: str = ""


class Group(msgspec.Struct, frozen=True):
    """Hits of one kind; ``more``: where all of them are."""

    title: str
    hits: list[Hit]
    more: str | None = None


def clean(text: str) -> str:
    """As it is looked for."""
    return " ".join(text.replace("\0", "").split())[:LONGEST]


def find_pages(viewer: Viewer, text: str) -> list[Group]:
    """Pages and deeds whose title holds the text, all of them for an empty one."""
    pages = (*SECTIONS, *CLIENT_PAGES, *TASK_PAGES[1:], *SETTINGS_PAGES, *OWN_PAGES)
    deeds = [*_titled(viewer, DEEDS, text), *_of_merchants(viewer, text)]
    groups = [Group("Перейти", _titled(viewer, pages, text)), Group("Сделать", deeds)]
    return [group for group in groups if group.hits]


def _titled(viewer: Viewer, sections: Sequence[Section], text: str) -> list[Hit]:
    return [
        Hit(say(one.title), one.path) for one in sections if viewer.may(one.action) and _is_called(say(one.title), text)
    ]


def _of_merchants(viewer: Viewer, text: str) -> list[Hit]:
    """Deeds that begin with a merchant, when something of them is typed."""
    if not text:
        return []
    hits = []
    for deed in MERCHANT_DEEDS:
        if viewer.may(deed.action):
            named = [(f"{say(deed.title)}: {one.name}", one.id) for one in viewer.merchants]
            hits += [
                Hit(title, deed.path.format(merchant=number)) for title, number in named if _is_called(title, text)
            ][:LIMIT]
    return hits


def _is_called(title: str, text: str) -> bool:
    """Whether each word is in the title, typed with either keyboard."""
    wanted, called = text.casefold(), title.casefold()
    return any(all(word in called for word in form.split()) for form in (wanted, retyped(wanted)))


class _Sought(msgspec.Struct, frozen=True):
    """A text and whoever looks for it."""

    db: ReadConnection
    viewer: Viewer
    text: str

    @property
    def digits(self) -> str:
        """The text without spaces when it is a number; else empty."""
        plain = self.text.replace(" ", "")
        return plain if plain.isascii() and plain.isdecimal() else ""

    @property
    def merchants(self) -> list[int]:
        """In sight."""
        return [one.id for one in self.viewer.merchants]

    def named(self, merchant_id: int) -> str:
        """The merchant beside a hit, where there are several."""
        one = self.viewer.merchant(merchant_id) if len(self.viewer.merchants) > 1 else None
        return one.name if one else ""


async def find_rows(db: ReadConnection, viewer: Viewer, text: str, today: date) -> list[Group]:
    """What the books hold: accounts, receipts, organisations, KKTs. ``db`` shows the viewer's merchants."""
    sought = _Sought(db, viewer, text)
    groups: list[Group] = []
    if viewer.may(Action.SEE_ACCOUNTS):
        groups.append(await _accounts(sought, today))
    if viewer.may(Action.SEE_RECEIPTS):
        groups += [await _by_document(sought), await _by_id(sought), await _by_sum(sought)]
    if viewer.may(Action.SEE_TODAY):
        groups.append(await _merchants(sought))
    if viewer.may(Action.SEE_CASSETTES):
        groups.append(await _kkts(sought))
    return [group for group in groups if group.hits]


async def _accounts(sought: _Sought, today: date) -> Group:
    is_contact = "@" in sought.text or sought.text.startswith("+")
    wanted = AccountFilter(contact=sought.text) if is_contact else AccountFilter(code=sought.text)
    found = await list_accounts_of(sought.db, sought.merchants, wanted, today, limit=LIMIT)
    hits = [
        Hit(
            one.code,
            account_address(one.merchant_id, one.code),
            _joined(
                one.contact if is_contact else "",
                say("долг {sum}", sum=format_kopecks(one.debts_kopecks)) if one.debts_kopecks else "",
                sought.named(one.merchant_id),
            ),
        )
        for one in found.rows
    ]
    asks = {"contact": sought.text} if is_contact else {"code": sought.text}
    return Group("Лицевые счета", hits, address("/accounts", **asks) if found.following else None)


async def _by_document(sought: _Sought) -> Group:
    number = int(sought.digits) if len(sought.digits) in _FD_DIGITS else 0
    if not 0 < number <= _INT4:
        return Group("", [])
    found = await list_receipts(sought.db, sought.merchants, ListFilter(fd_number=number), limit=LIMIT)
    more = address("/receipts", fd=number) if found.following else None
    return Group("Чеки с этим номером", [_receipt_hit(sought, one) for one in found.rows], more)


async def _by_id(sought: _Sought) -> Group:
    number = int(sought.digits) if len(sought.digits) in _ID_DIGITS else 0
    if not 0 < number < 1 << 63:
        return Group("", [])
    merchant_id = await merchant_of_receipt(sought.db, sought.merchants, number)
    if merchant_id is None:
        return Group("", [])
    found = await list_receipts(sought.db, [merchant_id], ListFilter(first_id=number, end_id=number + 1), limit=1)
    return Group("Чек с нашим номером", [_receipt_hit(sought, one) for one in found.rows])


async def _by_sum(sought: _Sought) -> Group:
    kopecks = kopecks_or_none(sought.text)
    if not kopecks or sought.digits.startswith("0"):  # an account's number, no sum
        return Group("", [])
    wanted = ListFilter(sum_from=kopecks, sum_to=kopecks)
    found = await list_receipts(sought.db, sought.merchants, wanted, limit=LIMIT)
    more = address("/receipts", sum_from=sought.text, sum_to=sought.text) if found.following else None
    return Group("Чеки на эту сумму", [_receipt_hit(sought, one) for one in found.rows], more)


def _receipt_hit(sought: _Sought, one: ListedReceipt) -> Hit:
    kind, state = words.kind_of(one.form, one.receipt), words.RECEIPT_STATES[one.state]
    return Hit(
        format_kopecks(one.total_kopecks),
        receipt_address(one.merchant_id, one.id),
        _joined(
            "" if one.fd_number is None else f"№ {one.fd_number}",
            say(kind.word),
            say(state.word),
            one.account or "",
            sought.named(one.merchant_id),
        ),
    )


async def _merchants(sought: _Sought) -> Group:
    wanted = sought.text.casefold()
    hits = [Hit(one.name, f"/?merchant={one.id}") for one in sought.viewer.merchants if wanted in one.name.casefold()]
    if len(sought.digits) in _INN_DIGITS:
        found = await merchants_by_inn(sought.db, sought.merchants, sought.digits, LIMIT)
        hits += [Hit(one.name, f"/?merchant={one.id}", say("ИНН {inn}", inn=one.inn)) for one in found]
    return Group("Организации", hits[:LIMIT])


async def _kkts(sought: _Sought) -> Group:
    if len(sought.digits) not in _FN_DIGITS:
        return Group("", [])
    found = await kkts_by_number(sought.db, sought.merchants, sought.digits, LIMIT)
    hits = [
        Hit(
            format_fn(one.fn_number),
            kkt_address(one.merchant_id, one.id),
            _joined(
                say("место {number}", number=one.slot),
                ""
                if one.fn_number.startswith(sought.digits)
                else say("рег. № {number}", number=one.registration_number),
                sought.named(one.merchant_id),
            ),
        )
        for one in found
    ]
    return Group("Кассы", hits)


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)
