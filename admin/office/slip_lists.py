"""Tables of sums to pay: which payment of which client a row means, and what it would become."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from importlib.resources import files
from typing import Final

import msgspec

from accounting.office.obligation_templates import Pack
from accounting.office.obligation_words import name_of_planned
from admin.office.forms import FormRefused
from admin.office.planning import load_packs
from admin.office.slip_forms import EXPLANATION_LETTERS, PURPOSE_LETTERS, read_amount, read_budget_code, usual_code_in
from admin.office.tables_in import guess_columns, values_of
from admin.storage.office import slip_imports
from admin.storage.office.slip_imports import Payment
from admin.storage.office.slips import NewSlip
from admin.storage.office.table_imports import ImportRow
from admin.tables.asked import Wrong, read_day
from admin.texts import say
from fiscal_server.storage.pool import ReadConnection, WriteConnection

FIELDS: Final = {
    "tax_number": "ИНН",
    "due": "Срок",
    "what": "За что",
    "period": "За период",
    "amount": "Сумма",
    "budget_code": "КБК",
    "purpose": "Назначение платежа",
    "explanation": "Откуда взялась сумма",
}
"""What a column may be; titles are msgids."""
_HEADS: Final = msgspec.json.decode(
    files("admin.office").joinpath("slip_heads.json").read_bytes(), type=dict[str, tuple[str, ...]]
)
"""Beginnings of heads by field, as tables of people say them."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A row: a draft for a payment, or why it is none; ``is_there``: just this sum is written already."""

    line: int
    shown: str
    payment: Payment | None = None
    slip: NewSlip | None = None
    reason: str = ""
    is_there: bool = False


class Books(msgspec.Struct, frozen=True):
    """What the office knows of the clients and days of a table."""

    clients: Mapping[str, str]
    payments: Sequence[Payment]
    packs: Mapping[str, Pack]


def guess_mapping(heads: Sequence[str]) -> dict[str, int]:
    """Columns by what their heads look like."""
    return guess_columns(heads, _HEADS)


async def judge(
    db: ReadConnection | WriteConnection, rows: Iterable[ImportRow], mapping: Mapping[str, int], today: date
) -> list[Judged]:
    """Every row: the draft that it would become, that it is there already, or what is wrong with it."""
    read = [(row, values_of(row, mapping)) for row in rows]
    numbers = sorted({_digits(values) for _, values in read})
    days = sorted({day for _, values in read if (day := _day_or_none(values)) is not None})
    books = Books(
        clients=await slip_imports.clients_with(db, numbers),
        payments=await slip_imports.payments_of(db, numbers, days),
        packs=await load_packs(db),
    )
    taken: dict[int, int] = {}
    return [_judge_row(row, values, books, taken, today) for row, values in read]


def _judge_row(row: ImportRow, values: Mapping[str, str], books: Books, taken: dict[int, int], today: date) -> Judged:
    shown = books.clients.get(_digits(values)) or _digits(values) or " ".join(filter(None, row.cells))[:80]
    payment = None
    try:
        payment = _payment(values, books, today)
        slip = _slip(values, payment, books.packs)
        if payment.id in taken:
            raise FormRefused(say("Та же платёжка, что в строке {line}.", line=taken[payment.id]))
    except FormRefused as refused:
        return Judged(line=row.line, shown=shown, payment=payment, reason=str(refused))
    taken[payment.id] = row.line
    written = payment.told_kopecks if payment.draft_kopecks is None else payment.draft_kopecks
    is_there = written == slip.amount_kopecks
    reason = ""
    if payment.is_paid:
        reason = say("Этот платёж уже отмечен оплаченным.")
    elif payment.draft_kopecks is not None and not is_there:
        reason = say("Черновик этой платёжки уже есть.")
    return Judged(line=row.line, shown=shown, payment=payment, slip=None if reason else slip, reason=reason,
                  is_there=is_there and not reason)  # fmt: skip


def _payment(values: Mapping[str, str], books: Books, today: date) -> Payment:
    if _digits(values) not in books.clients:
        raise FormRefused(say("Нет клиента с таким ИНН."))
    due = _day_or_none(values)
    if due is None:
        raise FormRefused(say("Срок пишется так: 28.04.2026."))
    if due < today:
        raise FormRefused(say("Этот срок уже прошёл."))
    found = [one for one in books.payments if one.tax_number == _digits(values) and one.due == due]
    what, period = values.get("what", "").lower(), values.get("period", "").lower()
    exact = [one for one in found if one.code.lower() == what]
    if what:
        found = exact or [
            one
            for one in found
            if any(what in name.lower() for name in (one.name, name_of_planned(one.code, one.name)))
        ]
    if period:
        found = [one for one in found if one.period.lower() == period]
    if not found:
        raise FormRefused(say("У клиента нет такого платежа на этот день."))
    if len(found) > 1:
        codes = ", ".join(f"{one.code} {one.period}" for one in found)
        raise FormRefused(say("Подходят несколько платежей, назовите код и период: {codes}", codes=codes))
    return found[0]


def _slip(values: Mapping[str, str], payment: Payment, packs: Mapping[str, Pack]) -> NewSlip:
    written = read_budget_code(values.get("budget_code", ""), payment.country)
    purpose, explanation = values.get("purpose", ""), values.get("explanation", "")
    if len(purpose) > PURPOSE_LETTERS or len(explanation) > EXPLANATION_LETTERS:
        raise FormRefused(say("Слишком длинный текст."))
    details = {
        "budget_code": written or usual_code_in(packs, payment.country, payment.code),
        "purpose": purpose,
    }
    return NewSlip(
        obligation_id=payment.id,
        amount_kopecks=read_amount(values.get("amount", "")),
        details={name: text for name, text in details.items() if text},
        explanation=explanation,
    )


def _digits(values: Mapping[str, str]) -> str:
    return "".join(one for one in values.get("tax_number", "") if one not in " .-/\u00a0")


def _day_or_none(values: Mapping[str, str]) -> date | None:
    try:
        return read_day(values.get("due", "").strip())
    except Wrong:
        return None
