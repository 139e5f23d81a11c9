"""Lines of a receipt (1059) as a buyer reads them. FFD 3.3."""

from datetime import date
from decimal import Decimal

import msgspec

from accounting.receipts.codes import VatCode
from accounting.receipts.vat import GENERAL_20_FROM
from kkt_drivers.ffd.meanings import meaning
from kkt_drivers.ffd.money_text import money, quantity
from kkt_drivers.ffd.tree import Node

_PIECES = 0
_VAT_OF_1_0 = (
    (1102, VatCode.VAT_20),
    (1103, VatCode.VAT_10),
    (1104, VatCode.VAT_0),
    (1105, VatCode.NO_VAT),
    (1106, VatCode.VAT_20_120),
    (1107, VatCode.VAT_10_110),
)
"""FFD 1.0 has the line's tax in these, not in 1199 and 1200."""


class Line(msgspec.Struct, frozen=True):
    """One line. ``count`` is quantity × price; ``notes`` stand below in small print."""

    name: str
    count: str
    total: str
    notes: tuple[str, ...]


def rate_name(code: int, on: date) -> str:
    """``НДС 20%`` as it was called on the day."""
    name = meaning(1199, code)
    if on < GENERAL_20_FROM and code in (VatCode.VAT_20, VatCode.VAT_20_120):
        name = name.replace("20/120", "18/118").replace("20%", "18%")
    return "Без НДС" if code == VatCode.NO_VAT else f"НДС {name}"


def day_of(document: Node) -> date:
    """Day of the document; the names of rates of 2019 and on when it has none."""
    issued_at = document.moment(1012)
    return GENERAL_20_FROM if issued_at is None else issued_at.date()


def lines_of(document: Node) -> tuple[Line, ...]:
    """Every line in its order."""
    day = day_of(document)
    return tuple(_line(item, number, day) for number, item in enumerate(document.all(1059), start=1))


def _line(item: Node, number: int, day: date) -> Line:
    amount = item.quantity(1023)
    measure = item.number(2108)
    unit = item.text(1197) or ("" if measure in (None, _PIECES) else meaning(2108, measure or 0))
    price = item.number(1079)
    count = quantity(Decimal(1) if amount is None else amount) + (f" {unit}" if unit else "")
    return Line(
        name=f"{number}. {' '.join((item.text(1030) or 'Без наименования').split())}",
        count=count if price is None else f"{count} × {money(price)}",
        total=money(item.number(1043) or 0),
        notes=tuple(_notes(item, day)),
    )


def _notes(item: Node, day: date) -> list[str]:
    notes: list[str] = []
    tax = _tax(item, day)
    kinds = [meaning(tag, item.number(tag) or 0) for tag in (1212, 1214)]
    first = ", ".join(text for text in (tax, *kinds) if text)
    if first:
        notes.append(first)
    notes += _agent_notes(item)
    if item.text(1191):
        notes.append(item.text(1191) or "")
    return notes


def _agent_notes(item: Node) -> list[str]:
    """Who sold it really, and who took the money: one line each, only what the receipt says."""
    agent = item.number(1222)
    if not agent:
        return []
    supplier, data = item.find(1224) or Node(1224, ()), item.find(1223) or Node(1223, ())
    inn = item.text(1226)
    name, operator = supplier.text(1225), data.text(1026)
    seller = (
        meaning(1222, agent),
        name and f"поставщик {name}",
        inn and f"ИНН\u00a0{inn}",
        *_phones(supplier, 1171),
    )
    taker = (
        data.text(1044),
        *_phones(data, 1073),
        *_phones(data, 1074),
        operator and f"оператор перевода {operator}",
        data.text(1016) and f"ИНН\u00a0{data.text(1016)}",
        data.text(1005),
        *_phones(data, 1075),
    )
    lines = (", ".join(part for part in parts if part) for parts in (seller, taker))
    return [line for line in lines if line]


def _phones(structure: Node, tag: int) -> list[str]:
    return [f"тел.\u00a0{phone.value.strip()}" for phone in structure.all(tag) if isinstance(phone.value, str)]


def _tax(item: Node, day: date) -> str:
    code = item.number(1199)
    if code is not None:
        tax = item.number(1200)
        return rate_name(code, day) + (f" {money(tax)}" if tax else "")
    for tag, old_code in _VAT_OF_1_0:
        amount = item.number(tag)
        if amount is not None:
            untaxed = old_code in (VatCode.VAT_0, VatCode.NO_VAT)
            return rate_name(old_code, day) + ("" if untaxed else f" {money(amount)}")
    return ""
