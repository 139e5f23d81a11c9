"""Forms about what was wrong or is missing, as orders of the API; what cannot be read is said beside its field."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

import msgspec

from accounting.receipts.codes import SettlementMethod, SubjectType, VatCode
from accounting.receipts.corrections.events import AgentDataTags, RightLine, RightReceipt, SupplierTags
from accounting.receipts.model import Receipt, ReceiptLine
from accounting.receipts.money import text_from_micro
from admin.pages.corrections.words import FORMS
from admin.tables.asked import Wrong, read_asked, read_money
from admin.tables.definition import Filter, Table

WAYS: Final = (
    ("bank_transfer", "перевод через банк"),
    ("card_online", "картой на сайте"),
    ("card_present", "картой в кассе"),
    ("cash", "наличными"),
)
RATES: Final = 4
"""Rows of VAT in the form of a day."""
NEEDED: Final = "Заполните"
NOTHING_RIGHT: Final = "Нужна хотя бы одна строка с суммой"
_LETTERS: Final = 128

_HEAD: Final = (
    Filter(key="basis_on", title="Дата документа", kind="day"),
    Filter(key="basis_number", title="Номер документа", max_length=32),
    Filter(key="order_on", title="Дата предписания", kind="day"),
    Filter(key="order_number", title="Номер предписания", max_length=32),
)
_MISSING: Final = Table(
    path="",
    columns=(),
    filters=(
        Filter(key="account", title="Лицевой счёт", max_length=_LETTERS),
        Filter(key="paid_on", title="Когда заплатили", kind="day"),
        Filter(key="sum", title="Сумма", kind="money"),
        Filter(key="way", title="Как платили", kind="choice", choices=WAYS),
        *_HEAD,
    ),
)
_DAY: Final = Table(
    path="",
    columns=(),
    filters=(
        Filter(key="day", title="День", kind="day"),
        *(Filter(key=key, title=title, kind="money") for key, title in WAYS),
        *(Filter(key=f"vat-{row}", title="Сумма", kind="money") for row in range(RATES)),
        Filter(key="count", title="Сколько платежей", kind="number"),
        *_HEAD,
    ),
)
_CORRECTION: Final = Table(path="", columns=(), filters=_HEAD)


class Parsed(msgspec.Struct, frozen=True):
    """``order``: None while ``errors`` (msgids by field) stand against it."""

    given: dict[str, str]
    errors: dict[str, str]
    order: dict[str, Any] | None = None


Query = Mapping[str, Any]


def correction_order(query: Query, receipt: Receipt, receipt_id: int, today: date) -> Parsed:
    """A registered receipt that is superfluous, or what it should have been."""
    asked = read_asked(_CORRECTION, query)
    errors = dict(asked.errors)
    order: dict[str, Any] = {"date": today, "receipts": [str(receipt_id)]} | _head(asked.values, errors)
    if query.get("what") == "right":
        order["right"] = _right(query, receipt, errors)
    if query.get("not_accepted") == "1":
        order["not_accepted"] = True
    return _parsed(query, errors, order)


def missing_order(query: Query, today: date, key: str) -> Parsed:
    """A payment that nobody told the server of; ``key``: of its event."""
    asked = read_asked(_MISSING, query)
    errors, values = dict(asked.errors), asked.values
    for name in ("account", "paid_on", "sum"):
        if not values.get(name):
            errors.setdefault(name, NEEDED)
    payment = {
        "type": "payment", "key": key, "account": values.get("account"), "date": values.get("paid_on"),
        "tenders": {values.get("way", WAYS[0][0]): values.get("sum")},
    }  # fmt: skip
    return _parsed(query, errors, {"date": today, "replay": [payment]} | _head(values, errors))


def day_order(query: Query, today: date) -> Parsed:
    """A day of which only the total is known."""
    asked = read_asked(_DAY, query)
    errors, values = dict(asked.errors), asked.values
    if not values.get("day"):
        errors.setdefault("day", NEEDED)
    tenders = {key: values[key] for key, _ in WAYS if values.get(key)}
    if not tenders:
        errors.setdefault(WAYS[0][0], NEEDED)
    vat = [
        {"vat_code": code, "amount": values[f"vat-{row}"]}
        for row in range(RATES)
        if values.get(f"vat-{row}") and (code := _code(query.get(f"rate-{row}"), VatCode)) is not None
    ]
    if not vat:
        errors.setdefault("vat-0", NEEDED)
    order = {"date": today, "day": values.get("day"), "tenders": tenders, "vat": vat} | _head(values, errors)
    if values.get("count"):
        order["count"] = values["count"]
    return _parsed(query, errors, order)


def event_key(form_key: str) -> str:
    """Of the event that a form tells of: the same form is the same event."""
    return "panel-" + hashlib.sha256(form_key.encode()).hexdigest()[:40]


def _parsed(query: Query, errors: dict[str, str], order: dict[str, Any]) -> Parsed:
    given = {str(name): str(value).replace("\0", "") for name, value in query.items()}
    return Parsed(given, errors, None if errors else order)


def _head(values: Mapping[str, Any], errors: dict[str, str]) -> dict[str, Any]:
    """The act that a correction rests on, and the tax office's order to correct."""
    head: dict[str, Any] = {}
    if values.get("basis_on"):
        head["basis_document"] = {"date": values["basis_on"]}
        if values.get("basis_number"):
            head["basis_document"]["number"] = values["basis_number"]
    elif values.get("basis_number"):
        errors.setdefault("basis_on", NEEDED)
    if values.get("order_on") and values.get("order_number"):
        head["order"] = {"date": values["order_on"], "number": values["order_number"]}
    elif values.get("order_on") or values.get("order_number"):
        errors.setdefault("order_number" if values.get("order_on") else "order_on", NEEDED)
    return head


def _right(query: Query, receipt: Receipt, errors: dict[str, str]) -> RightReceipt:
    lines = [_line(query, place, line, errors) for place, line in enumerate(receipt.lines)]
    kept = tuple(line for line in lines if line.sum_kopecks)
    if not kept:
        errors.setdefault("line-0-sum", NOTHING_RIGHT)
    forms: dict[str, Any] = {
        f"{name}_kopecks": _money(query, f"form-{name}", errors) for name in FORMS if query.get(f"form-{name}")
    }
    contact = str(query.get("contact", "")).strip()[:64] or None
    return RightReceipt(lines=kept or tuple(lines), contact=contact, **forms)


def _line(query: Query, place: int, line: ReceiptLine, errors: dict[str, str]) -> RightLine:
    """What of a line was not touched stays."""
    at = f"line-{place}-"
    total = _money(query, at + "sum", errors)
    same = total == line.sum_kopecks
    agent = line.agent
    return RightLine(
        name=str(query.get(at + "name", "")).replace("\0", "").strip()[:_LETTERS] or line.name,
        sum_kopecks=total,
        quantity=text_from_micro(line.quantity_micro) if same else "1",
        price_kopecks=line.price_kopecks if same else None,
        method=_code(query.get(at + "method"), SettlementMethod) or line.method or SettlementMethod.FULL_SETTLEMENT,
        subject=line.subject or SubjectType.SERVICE,
        vat_code=_code(query.get(at + "vat"), VatCode) or line.vat_code or VatCode.NO_VAT,
        account=line.account,
        service=line.service,
        period=line.period,
        measure=line.measure,
        agent_sign=agent.sign if agent else None,
        supplier_inn=agent.supplier_inn if agent else None,
        supplier=SupplierTags(name=agent.supplier_name, phones=agent.supplier_phones) if agent else None,
        agent_data=AgentDataTags(**msgspec.structs.asdict(agent.data)) if agent and agent.data else None,
    )


def _money(query: Query, name: str, errors: dict[str, str]) -> int:
    try:
        return read_money(str(query.get(name, "")).replace("\0", "") or "0")
    except Wrong as wrong:
        errors[name] = str(wrong)
        return 0


def _code(given: Any, kind: Callable[[int], Any]) -> Any:
    """A member of an enumeration; None for what is none."""
    text = str(given or "")
    try:
        return kind(int(text)) if text.isascii() and text.isdecimal() and len(text) < 4 else None
    except ValueError:
        return None
