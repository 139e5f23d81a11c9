"""Examples for the OpenAPI document, one story throughout: subscriber 100482 of an invented provider pays for October.

A test compares each with the type that it is an example of.
"""

from datetime import UTC, date, datetime
from typing import Final

from accounting.receipts.codes import SettlementMethod, SettlementSign, SubjectType, TaxationSystem, VatCode
from accounting.receipts.model import Receipt, ReceiptLine, Tenders, VatTotal
from fiscal_server.api.schemas import FiscalDocumentAnswer, ReceiptAnswer

ACCOUNT: Final = "100482"
NOON: Final = datetime(2026, 10, 20, 9, tzinfo=UTC)
KKT_NOON: Final = NOON.replace(hour=12, second=4, tzinfo=None)
"""The same on a cash register in Moscow."""

RECEIPT: Final = ReceiptAnswer(
    id="370154790420480001",
    event_key="bank-2026-10-20-118",
    account=ACCOUNT,
    state="OFD_ACKED",
    sign=1,
    total_kopecks=45_000,
    deadline=date(2026, 10, 21),
    consolidated=None,
    part=None,
    created_at=NOON,
    fiscal_document=FiscalDocumentAnswer(
        fn_number="9999078900000001",
        fd_number=184,
        fiscal_sign=2_318_604_117,
        issued_at=KKT_NOON,
        shift_number=12,
        number_in_shift=7,
        emulated=True,
    ),
    ofd_confirmed_at=datetime(2026, 10, 20, 9, 0, 6, tzinfo=UTC),
    error=None,
    receipt=Receipt(
        sign=SettlementSign.INCOME,
        taxation=TaxationSystem.GENERAL,
        lines=(
            ReceiptLine(
                name="Доступ в интернет",
                price_kopecks=45_000,
                sum_kopecks=45_000,
                method=SettlementMethod.FULL_SETTLEMENT,
                subject=SubjectType.SERVICE,
                vat_code=VatCode.VAT_22,
                vat_kopecks=8_115,
                service="internet",
                period="2026-10",
            ),
        ),
        tenders=Tenders(electronic=45_000),
        total_kopecks=45_000,
        vat_totals=(VatTotal(VatCode.VAT_22, 8_115),),
        contact="+79990000001",
    ),
)
