"""Invented receipts in each dialect, as objects that a test changes and writes out as a line of a file."""

import json
from collections.abc import Mapping
from typing import Any

from accounting.reconciliation.import_findings import ImportedReceipt, Rejection
from accounting.reconciliation.import_policy import ImportPolicy
from accounting.reconciliation.receipt_dialects import parse_receipts

Fields = dict[str, Any]


def codeless(**changes: Any) -> Fields:
    """FFD 1.0: no codes on lines, no method, no subject."""
    return {
        "receiptCode": 3,
        "dateTime": "2020-09-14",
        "fiscalDocumentNumber": 1701,
        "operationType": 1,
        "taxationType": 1,
        "items": [{"name": "Тёплый пол", "price": 60000, "quantity": 1, "sum": 60000}],
        "nds18": 10000,
        "cashTotalSum": 60000,
        "ecashTotalSum": 0,
        "totalSum": 60000,
        **changes,
    }


def consumer(**changes: Any) -> Fields:
    """Names of consumer services."""
    item = {
        "name": "Холодная вода", "price": 4217, "quantity": 7.5, "sum": 31628, "ndsRate": 1, "ndsSum": 5271,
        "calculationTypeSign": 4, "calculationSubjectSign": 4, "measure": "Куб.м",
    }  # fmt: skip
    return {
        "receiptCode": 3,
        "protocolVersion": 2,
        "dateTime": "2020-09-14T10:31:00",
        "operationType": 1,
        "taxationType": 1,
        "buyerAddress": "payer@example.org",
        "senderAddress": "sender@example.org",
        "items": [item],
        "nds18": 5271,
        "cashTotalSum": 0,
        "ecashTotalSum": 20000,
        "prepaymentSum": 11628,
        "postpaymentSum": 0,
        "counterSubmissionSum": 0,
        "totalSum": 31628,
        "userProperty": {"key": "Лицевой счет", "value": "100200300"},
        **changes,
    }


def modern(**changes: Any) -> Fields:
    """Names of FFD 1.2 and the container of the new rates."""
    item = {
        "name": "Интернет, ноябрь", "price": 80730, "quantity": 1, "sum": 80730, "nds": 11, "ndsSum": 14558,
        "paymentType": 4, "productType": 4, "itemsQuantityMeasure": 0,
    }  # fmt: skip
    return {
        "code": 3,
        "dateTime": 1795186800,
        "operationType": 1,
        "appliedTaxationType": 1,
        "buyerPhoneOrAddress": "+79000000000",
        "items": [item],
        "amountsReceiptNds": {"amountsNds": [{"nds": 11, "ndsSum": 14558}]},
        "nds0": 0,
        "cashTotalSum": 0,
        "ecashTotalSum": 80730,
        "prepaidSum": 0,
        "creditSum": 0,
        "provisionSum": 0,
        "totalSum": 80730,
        "internetPayment": 1,
        **changes,
    }


def with_item(receipt: Fields, **changes: Any) -> Fields:
    """The receipt with its first line changed; a change to ``...`` takes the field away."""
    item = {**receipt["items"][0], **changes}
    return {**receipt, "items": [{name: value for name, value in item.items() if value is not ...}]}


def without(receipt: Fields, *names: str) -> Fields:
    """The receipt without these fields."""
    return {name: value for name, value in receipt.items() if name not in names}


def priced(*sums: int, **changes: Any) -> Fields:
    """A code-less receipt with lines of these sums, all named differently, paid in cash."""
    items = [{"name": f"Строка {n}", "price": kopecks, "quantity": 1, "sum": kopecks} for n, kopecks in enumerate(sums)]
    total = sum(sums)
    return {**without(codeless(), "nds18"), "items": items, "cashTotalSum": total, "totalSum": total, **changes}


def written(receipt: Mapping[str, Any]) -> bytes:
    """The line of the file."""
    return json.dumps(receipt, ensure_ascii=False).encode() + b"\n"


def imported(receipt: Mapping[str, Any] | bytes, policy: ImportPolicy | None = None) -> ImportedReceipt | Rejection:
    """What the import makes of one line."""
    line = receipt if isinstance(receipt, bytes) else written(receipt)
    (found,) = parse_receipts([line], policy or ImportPolicy())
    return found


def accepted(receipt: Mapping[str, Any] | bytes, policy: ImportPolicy | None = None) -> ImportedReceipt:
    """As ``imported``, for a line that must be taken."""
    found = imported(receipt, policy)
    assert isinstance(found, ImportedReceipt), found
    return found


def refused(receipt: Mapping[str, Any] | bytes, policy: ImportPolicy | None = None) -> Rejection:
    """As ``imported``, for a line that must be left out."""
    found = imported(receipt, policy)
    assert isinstance(found, Rejection), found
    return found
