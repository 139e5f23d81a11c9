"""Ledgers as the tables of int64 of the bulk computation, and back by binary COPY.

An account's number is its place among the given ids; a service's is its place in the catalogue.
"""

from array import array
from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, Final

from accounting.receipts.bulk import layout
from accounting.receipts.bulk.layout import EXEMPT, FORMS, DebtMark, Rows
from accounting.receipts.bulk.rule_tables import PackedTexts
from fiscal_server.storage.copying import (
    Column,
    amount_or_null,
    bigint,
    copy_rows,
    day,
    flag,
    looked_up,
    ordinal,
    own,
    pack_texts,
    same_bigint,
    smallint,
    text,
)
from fiscal_server.storage.pool import WriteConnection, one_row
from fiscal_server.storage.queries import load_queries

SQL = load_queries("tables")

INFINITE_DAY = 2**31 - 1 + 730_120
"""The day behind all others: PostgreSQL's infinity."""

_PERIODS_TO = 2100 * 12

_EXEMPT: Final = pack_texts(name or "" for name in EXEMPT)
_FORMS: Final = pack_texts(FORMS)


def interleaved(columns: Iterable[Any]) -> Rows:
    """Columns of one length as rows, one after another."""
    given = [column or () for column in columns]
    rows = array("q", bytes(8 * len(given[0]) * len(given)))
    for place, column in enumerate(given):
        rows[place :: len(given)] = array("q", column)
    return rows


async def read_debts(db: WriteConnection, merchant_id: int, ids: Sequence[int], services: Sequence[str]) -> Rows:
    """Rows of ``layout.DEBT``."""
    return interleaved(await one_row(db, SQL["debt_columns"], merchant_id, ids, services))


async def read_lots(db: WriteConnection, merchant_id: int, ids: Sequence[int], services: Sequence[str]) -> Rows:
    """Rows of ``layout.LOT``."""
    return interleaved(await one_row(db, SQL["lot_columns"], merchant_id, ids, services))


async def read_settlements(
    db: WriteConnection, merchant_id: int, ids: Sequence[int], services: Sequence[str], wanted: Collection[int]
) -> tuple[Rows, Sequence[int]]:
    """Rows of ``layout.SETTLEMENT`` of the wanted accounts, and the ids of the rows."""
    if not wanted:
        return layout.rows(), ()
    found = await one_row(db, SQL["settlement_columns"], merchant_id, ids, services, list(wanted))
    return interleaved(found[1:]), found[0] or ()


class Dictionary:
    """The texts that rows name by number, ready for COPY."""

    def __init__(self, services: Sequence[str]) -> None:
        self.services = pack_texts(services)
        self.periods, self.exempt, self.forms = _periods(), _EXEMPT, _FORMS


@cache
def _periods() -> PackedTexts:
    """Every month from the year 0 to 2099 under its own number: a third of a megabyte, and no row is changed for it."""
    return pack_texts(layout.period_of_number(number) for number in range(_PERIODS_TO))


def exempt_or_null(table: Rows, field: int, width: int) -> Rows:
    """The table with -1, which is null, where nothing is exempt: mostly everywhere."""
    marks = table[field::width]
    table[field::width] = array("q", [mark or -1 for mark in marks]) if any(marks) else array("q", [-1]) * len(marks)
    return table


def with_totals(table: Rows, width: int, amount: int, marks: int | None = None) -> Rows:
    """The rows with one more field: on the first row of each account (field 0) what its rows come to, else -1.

    ``amount``: the field that is summed up. Debts off balance (by the field ``marks``) do not count.
    """
    count = len(table) // width
    wide = array("q", [-1]) * (count * (width + 1))
    for field in range(width):
        wide[field :: width + 1] = table[field::width]
    amounts = table[amount::width]
    if marks is not None and any(mark & DebtMark.OFF_BALANCE for mark in table[marks::width]):
        owed = zip(amounts, table[marks::width], strict=True)
        amounts = array("q", [0 if mark & DebtMark.OFF_BALANCE else kopecks for kopecks, mark in owed])
    last, first = -1, 0
    totals = array("q", [-1]) * count
    for place, (account, kopecks) in enumerate(zip(table[0::width], amounts, strict=True)):
        if account == last:
            totals[first] += kopecks
        else:
            last, first = account, place
            totals[place] = kopecks
    if 0 in totals:
        totals = array("q", [total or -1 for total in totals])
    wide[width :: width + 1] = totals
    return wide


async def write_debts(
    db: WriteConnection, merchant_id: int, ids: Sequence[int], texts: Dictionary, table: Rows
) -> None:
    """Rows of ``layout.DEBT``, all debts of their accounts; the old ones must be gone."""
    columns: dict[str, Column] = {
        "merchant_id": same_bigint(merchant_id),
        "account_id": looked_up(0, ids),
        "ordinal": ordinal(0),
        "off_balance": flag(6, DebtMark.OFF_BALANCE),
        "service": text(1, texts.services),
        "period": text(2, texts.periods),
        "due_on": day(3),
        "amount_kopecks": bigint(4),
        "vat_code": smallint(5),
        "delivered": flag(6, DebtMark.DELIVERED),
        "credited": flag(6, DebtMark.CREDITED),
        "volume_quantity_micro": amount_or_null(7),
        "volume_price_micro": amount_or_null(8),
        "volume_measure": smallint(9),
        "account_total_kopecks": amount_or_null(len(layout.DEBT)),
    }
    width = len(layout.DEBT)
    await copy_rows(db, "debt", width + 1, columns, with_totals(table, width, 4, 6))


async def write_lots(db: WriteConnection, merchant_id: int, ids: Sequence[int], texts: Dictionary, table: Rows) -> None:
    """Rows of ``layout.LOT``, all lots of their accounts; the old ones must be gone."""
    columns: dict[str, Column] = {
        "merchant_id": same_bigint(merchant_id),
        "account_id": looked_up(0, ids),
        "ordinal": ordinal(0),
        "received_on": day(1),
        "amount_kopecks": bigint(2),
        "vat_code": smallint(3),
        "method": smallint(4),
        "service": text(5, texts.services),
        "exempt": text(6, texts.exempt),
        "account_total_kopecks": amount_or_null(len(layout.LOT)),
    }
    width = len(layout.LOT)
    await copy_rows(db, "advance_lot", width + 1, columns, exempt_or_null(with_totals(table, width, 2), 6, width + 1))


async def write_settlements(
    db: WriteConnection,
    merchant_id: int,
    accounts: Sequence[int],
    events: Sequence[int],
    new_ids: Sequence[int],
    texts: Dictionary,
    table: Rows,
) -> None:
    """New rows of ``layout.SETTLEMENT``; ``accounts`` and ``events`` are the ids behind their numbers."""
    columns: dict[str, Column] = {
        "merchant_id": same_bigint(merchant_id),
        "id": own(new_ids),
        "account_id": looked_up(0, accounts),
        "event_id": looked_up(12, events),
        "service": text(1, texts.services),
        "period": text(2, texts.periods),
        "amount_kopecks": bigint(3),
        "vat_code": smallint(4),
        "form": text(5, texts.forms),
        "settled_on": day(6),
        "exempt": text(7, texts.exempt),
        "lot_received_on": day(8),
        "lot_vat_code": smallint(9),
        "lot_method": smallint(10),
        "lot_service": text(11, texts.services),
    }
    width = len(layout.SETTLEMENT)
    await copy_rows(db, "settlement", width, columns, exempt_or_null(table[:], 7, width))
