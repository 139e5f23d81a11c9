"""Documents of the dialect in the hands of its tests: made into receipts, changed in one field, refused."""

import copy
import json
from datetime import date
from typing import Any

import pytest

from accounting.receipts.codes import FfdVersion, SettlementSign, TaxationSystem
from accounting.receipts.model import Receipt
from fiscal_server.api.atol_online.errors import AtolError
from fiscal_server.api.atol_online.reading import read_document
from fiscal_server.api.atol_online.receipts import Seller, receipt_of

INN = "7700000016"
TODAY = date(2026, 10, 20)
Json = dict[str, Any]


def seller_of(version: int, inn: str = INN, ffd: FfdVersion | None = None) -> Seller:
    ffd = ffd or (FfdVersion.FFD_1_05 if version == 4 else FfdVersion.FFD_1_2)
    return Seller(inn, ffd, TaxationSystem.GENERAL, "check@provider.example")


def made(
    document: Json,
    version: int = 5,
    sign: SettlementSign = SettlementSign.INCOME,
    *,
    inn: str = INN,
    ffd: FfdVersion | None = None,
    today: date = TODAY,
) -> Receipt:
    body = json.dumps(document).encode()
    read = read_document(version, body, correction="correction" in document)
    return receipt_of(read, sign, seller_of(version, inn, ffd), today)


def refusal(document: Json, version: int = 5, **more: Any) -> str:
    with pytest.raises(AtolError) as caught:
        made(document, version, **more)
    assert caught.value.code == 32
    assert caught.value.text.startswith("Ошибка валидации входного чека. Ошибочные поля : ")
    return caught.value.text.partition(" : ")[2]


def with_field(document: Json, path: str, value: Any) -> Json:
    """A copy with one field replaced; the path as errors write it."""
    changed = copy.deepcopy(document)
    *parents, last = [int(p) if p.isdigit() else p for p in path.replace("[", ".").replace("]", "").split(".")]
    place: Any = changed
    for part in parents:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return changed
