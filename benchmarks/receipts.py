"""The receipt that is measured: five lines as a management company writes them, the same in every run."""

import random

from accounting.receipts.codes import (
    SettlementMethod,
    SettlementSign,
    SubjectType,
    TaxationSystem,
    VatCode,
)
from accounting.receipts.model import Receipt, ReceiptLine, Tenders, VatTotal
from kkt_drivers.kkt import ReceiptOrder

SEED = 54
_SERVICES = (
    "Холодное водоснабжение, 10.2026",
    "Водоотведение, 10.2026",
    "Отопление, 10.2026",
    "Обращение с ТКО, 10.2026",
    "Содержание жилого помещения, 10.2026",
)


def order(lines: int = 5, seed: int = SEED) -> ReceiptOrder:
    """As it stands before a driver: 22 % VAT inside, paid by card."""
    chance = random.Random(seed)
    made = []
    for number in range(lines):
        kopecks = chance.randrange(10_000, 900_000)
        made.append(
            ReceiptLine(
                name=_SERVICES[number % len(_SERVICES)],
                price_kopecks=kopecks,
                sum_kopecks=kopecks,
                method=SettlementMethod.FULL_SETTLEMENT,
                subject=SubjectType.SERVICE,
                vat_code=VatCode.VAT_22,
                vat_kopecks=(2 * kopecks * 22 + 122) // 244,
            )
        )
    total = sum(line.sum_kopecks for line in made)
    receipt = Receipt(
        sign=SettlementSign.INCOME,
        taxation=TaxationSystem.GENERAL,
        lines=tuple(made),
        tenders=Tenders(electronic=total),
        total_kopecks=total,
        vat_totals=(VatTotal(VatCode.VAT_22, sum(line.vat_kopecks for line in made)),),
        contact="payer@example.org",
        internet=True,
        sender_email="receipts@water.example",
    )
    return ReceiptOrder(
        receipt,
        "01935f6e-2c5b-7d1e-9a3f-4b1c2d3e4f50",
        1084,
        "Сервер",
        "https://water.example",
        "111141, г. Москва, ул. Кусковская, д. 20А",
    )
