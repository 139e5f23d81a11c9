"""Which rows a form has chosen: those that were ticked, or all that the conditions of the list leave."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

import msgspec
from litestar.datastructures import FormMultiDict
from litestar.exceptions import ClientException, NotFoundException

from admin import cassette_words
from admin.formatters import format_fn, format_kopecks
from admin.pages.choosing import chosen_merchants
from admin.pages.receipts.table import receipt_table, wanted_receipts
from admin.storage.bulk import Row
from admin.tables.asked import Asked, read_asked
from admin.viewer import Viewer
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.cassette_cards import read_cassettes
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipt_lists import ListedReceipt, list_receipts, receipts_at
from fiscal_server.storage.requests import OrderKind

ROWS_MAX: Final = 5_000
"""More than a person can answer for at once; the rest stays for another time."""
_STEP: Final = 1_000
_LAST_ID: Final = (1 << 63) - 1

Key = tuple[int, int]
"""Merchant and id."""


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """Rows that a deed fits, how many were left out because it does not, and what the receipts add up to.

    ``is_cut``: there are more than are taken at once.
    """

    rows: list[Row]
    left_out: int = 0
    is_cut: bool = False
    sum_kopecks: int | None = None


def read_keys(form: FormMultiDict, viewer: Viewer) -> list[Key]:
    """«merchant.id», ticked one by one (``row``) or all in one field (``rows``).

    Raises NotFoundException for a merchant out of sight, ClientException for what no form of ours sends.
    """
    words = [str(one) for one in form.getall("row", [])] + str(form.get("rows", "")).split()
    if len(words) > ROWS_MAX:
        raise ClientException
    keys = list(dict.fromkeys(_key(word) for word in words))
    if any(viewer.merchant(merchant) is None for merchant, _ in keys):
        raise NotFoundException
    return keys


def _key(word: str) -> Key:
    merchant, dot, number = word.partition(".")
    if not (dot and _is_id(merchant) and _is_id(number)):
        raise ClientException
    return int(merchant), int(number)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 20 and 0 < int(text) <= _LAST_ID


def told_keys(rows: Sequence[Row]) -> str:
    """Rows in one field of a form."""
    return " ".join(f"{one.merchant_id}.{one.object_id}" for one in rows)


def asked_of(form: FormMultiDict, viewer: Viewer) -> Asked:
    """The list that «all» means. Raises NotFoundException when its conditions are wrong."""
    query = {
        key: values if key == "column" else values[0] for key, values in parse_qs(str(form.get("query", ""))).items()
    }
    asked = read_asked(receipt_table(viewer), query)
    if asked.errors:
        raise NotFoundException
    return asked


async def ticked_receipts(db: ReadConnection, keys: Sequence[Key]) -> list[ListedReceipt]:
    """Receipts by their keys, those that there are."""
    return await receipts_at(db, keys)


async def all_parked(
    db: ReadConnection, viewer: Viewer, asked: Asked, zone: ZoneInfo
) -> tuple[list[ListedReceipt], bool]:
    """Receipts of a list that wait for a person; whether there are more than are taken at once."""
    _, merchants = chosen_merchants(viewer, asked.given.get("merchant"))
    wanted = wanted_receipts(asked, zone)
    if wanted.state not in (None, ReceiptState.REFUSED):
        return [], False
    wanted = msgspec.structs.replace(wanted, state=ReceiptState.REFUSED)
    found: list[ListedReceipt] = []
    while True:
        page = await list_receipts(db, merchants, wanted, limit=_STEP)
        found += page.rows
        if page.following is None or len(found) > ROWS_MAX:
            return found[:ROWS_MAX], len(found) > ROWS_MAX
        wanted = msgspec.structs.replace(wanted, end_id=page.following)


def chosen_receipts(found: Sequence[ListedReceipt], asked_for: int, *, is_cut: bool = False) -> Chosen:
    """Those that wait for a person; what has gone elsewhere meanwhile is left out."""
    fitting = [one for one in found if one.state is ReceiptState.REFUSED]
    rows = [Row(one.merchant_id, one.id, _title(one)) for one in fitting]
    total = sum(one.total_kopecks for one in fitting)
    return Chosen(rows=rows, left_out=asked_for - len(rows), is_cut=is_cut, sum_kopecks=total)


def _title(one: ListedReceipt) -> str:
    return " · ".join(part for part in (format_kopecks(one.total_kopecks), one.account or "", str(one.id)) if part)


async def chosen_kkts(db: ReadConnection, viewer: Viewer, keys: Sequence[Key] | None) -> Chosen:
    """KKTs that stand on pause: those of the keys, or all in sight."""
    wanted = None if keys is None else set(keys)
    merchants = [one.id for one in viewer.merchants] if keys is None else sorted({merchant for merchant, _ in keys})
    rows = [
        Row(card.merchant_id, slot.id, format_fn(slot.fn_number))
        for card in await read_cassettes(db, merchants)
        for slot in card.slots
        if (wanted is None or (card.merchant_id, slot.id) in wanted)
        and OrderKind.RESUME in cassette_words.orders_for(slot)
    ]
    left_out = 0 if wanted is None else len(wanted) - len(rows)
    return Chosen(rows=rows[:ROWS_MAX], left_out=left_out, is_cut=len(rows) > ROWS_MAX)
