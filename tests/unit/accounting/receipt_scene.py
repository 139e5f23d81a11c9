"""Short cases for the tests: a merchant, its accounts, events; the answer is as the case format writes it."""

from typing import Any

from accounting.receipts.cases.run import run_case

Row = dict[str, Any]

INTERNET: Row = {"id": "internet", "name": "Доступ в интернет", "vat_code": 11}
HEATING: Row = {"id": "heating", "name": "Отопление", "vat_code": 6}
CONTACT = "+79000000001"


def answer(events: list[Row], accounts: list[Row] | None = None, merchant: Row | None = None, **state: Any) -> Row:
    """The ``out`` of events on accounts (default: one account "A" with nothing)."""
    given: Row = {
        "merchant": {"services": [INTERNET], **(merchant or {})},
        "accounts": [{"id": "A", "contact": CONTACT}] if accounts is None else accounts,
        "events": events,
        **state,
    }
    return run_case({"id": "scene", "in": given})


def account(account_id: str = "A", **fields: Any) -> Row:
    """An account that has a contact."""
    return {"id": account_id, "contact": CONTACT, **fields}


def debt(period: str = "2026-10", amount: int = 45000, service: str = "internet", **fields: Any) -> Row:
    return {"period": period, "service": service, "amount": amount, **fields}


def lot(amount: int, day: str = "2026-10-02", vat_code: int = 12, **fields: Any) -> Row:
    return {"date": day, "amount": amount, "vat_code": vat_code, **fields}


def payment(amount: int, key: str = "p1", day: str = "2026-11-17", way: str = "bank_transfer", **fields: Any) -> Row:
    return {"type": "payment", "key": key, "date": day, "tenders": {way: amount}, **fields}


def event(kind: str, key: str = "e1", day: str = "2026-11-17", **fields: Any) -> Row:
    return {"type": kind, "key": key, "date": day, **fields}


def close(period: str = "2026-10", key: str = "c1", charges: list[Row] | None = None) -> Row:
    return {"type": "period_close", "key": key, "period": period, "charges": charges or []}


def lines(receipt: Row) -> list[tuple[int, int, int]]:
    """Method, VAT code and sum of each line."""
    return [(item["1214"], item["1199"], item["1043"]) for item in receipt["items"]]


def forms(receipt: Row) -> Row:
    """The forms of payment that are not zero."""
    return {tag: receipt[tag] for tag in ("1031", "1081", "1215", "1216", "1217") if receipt[tag]}


def errors(out: Row) -> list[str]:
    return [error["code"] for error in out.get("errors", [])]
