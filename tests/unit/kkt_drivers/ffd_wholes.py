"""Whole documents for tests of checks, JSON and drawings: what an FN would make of the records of ``ffd_samples``."""

from datetime import date, datetime

import msgspec

from accounting.receipts.codes import DocumentForm, FfdVersion, SettlementMethod, SubjectType, VatCode
from accounting.receipts.model import Agent, Correction, ReceiptLine, Tenders, UserRequisite, VatTotal
from kkt_drivers.ffd.documents import (
    Content,
    FnOwner,
    FnPart,
    fn_closing_records,
    re_registration_records,
    receipt_records,
    registration_records,
    settlements_report_records,
    shift_closing_records,
    shift_opening_records,
    whole_document,
)
from kkt_drivers.ffd.tree import Node
from kkt_drivers.kkt import FnWarning
from tests.unit.kkt_drivers.ffd_samples import ORDER, REGISTRATION, V1_05, V1_2, order

AT = datetime(2026, 11, 3, 12, 5)  # noqa: DTZ001 - wall clock

FN = FnPart(
    fn_number="9999078900005488",
    kkt_registration_number="0000000005008570",
    user_inn="7702203276",
    fd_number=25,
    issued_at=AT,
    fiscal_sign=2_853_205_313,
)
RECEIPT_FN = msgspec.structs.replace(
    FN, shift_number=3, receipt_number=7, sign=ORDER.receipt.sign, total_kopecks=ORDER.receipt.total_kopecks
)

_CORRECTED = order(correction=Correction(1, date(2026, 9, 1), "15-04/12"))
_MODES: dict[FfdVersion, dict[int, Content]] = {
    V1_05: {1001: 0, 1002: 0, 1056: 0, 1108: 1, 1109: 1, 1110: 0, 1062: 1},
    V1_2: {1190: 4, 1001: 0, 1002: 0, 1056: 0, 1062: 1, 1290: 1 << 5, 1017: "7704358518", 1213: 410, 1209: 4},
}
_EMPTY_TOTALS: dict[int, Content] = {1134: 7, 1129: {1135: 7, 1201: 1000, 1136: 400, 1138: 600}}


def whole(form: DocumentForm, ffd: FfdVersion) -> Node:
    """A correct document of this form."""
    later = ffd is V1_2
    version: dict[int, Content] = {1209: 4} if later else {}
    shift = msgspec.structs.replace(FN, shift_number=3)
    registration = msgspec.structs.replace(REGISTRATION, ffd=ffd)
    first = msgspec.structs.replace(FN, fd_number=1)
    match form:
        case DocumentForm.REGISTRATION:
            return whole_document(form, ffd, first, registration_records(registration), _MODES[ffd])
        case DocumentForm.RE_REGISTRATION:
            more = {**_MODES[ffd], (1205 if later else 1101): 4}
            return whole_document(form, ffd, FN, re_registration_records(registration), more)
        case DocumentForm.SHIFT_OPENING:
            return whole_document(form, ffd, shift, shift_opening_records(ffd, "Иванова"), version)
        case DocumentForm.SHIFT_CLOSING:
            more = {**version, 1111: 9, 1118: 7, 1097: 2, 1098: datetime(2026, 11, 2)}  # noqa: DTZ001
            more |= {1194: _EMPTY_TOTALS, 1157: _EMPTY_TOTALS, 1213: 400} if later else {}
            return whole_document(form, ffd, shift, shift_closing_records(ffd, "Иванова", FnWarning(0)), more)
        case DocumentForm.SETTLEMENTS_REPORT:
            more = {**version, 1097: 1, 1116: 24, 1098: datetime(2026, 11, 2)}  # noqa: DTZ001
            more |= {1157: _EMPTY_TOTALS, 1213: 400} if later else {}
            return whole_document(form, ffd, FN, settlements_report_records(ffd), more)
        case DocumentForm.FN_CLOSING:
            owner = FnOwner("ООО Тепло", "109240, Москва", "https://pay.example")
            more = {**version, 1157: _EMPTY_TOTALS} if later else {}
            return whole_document(form, ffd, shift, fn_closing_records(ffd, "Иванова", owner), more)
        case DocumentForm.CORRECTION_RECEIPT | DocumentForm.BSO_CORRECTION:
            return whole_document(form, ffd, RECEIPT_FN, receipt_records(_CORRECTED, ffd), version)
        case _:
            return whole_document(form, ffd, RECEIPT_FN, receipt_records(ORDER, ffd), version)


MADE = tuple(form for form in DocumentForm if form is not DocumentForm.OPERATOR_CONFIRMATION)
"""Forms that a KKT and its FN make."""


def changed(document: Node, *without: int, **values: object) -> Node:
    """The document without some tags and with others: ``t1020=5``; a tag that is there keeps its place."""
    given = {int(name[1:]): value for name, value in values.items()}
    kept = []
    for node in document.children:
        if node.tag in given:
            kept.append(Node(node.tag, given.pop(node.tag)))  # type: ignore[arg-type]
        elif node.tag not in without:
            kept.append(node)
    kept += [Node(tag, value) for tag, value in given.items()]  # type: ignore[arg-type]
    return Node(document.tag, tuple(kept))


def utility_receipt() -> Node:
    """A receipt of 1.2 as a company of utilities gives it: agent, two rates, requisites, an FN that is real."""
    lines = (
        ReceiptLine(
            "Отопление, 10.2026", 5_017, 112_883, SettlementMethod.FULL_SETTLEMENT, SubjectType.SERVICE,
            VatCode.VAT_22, quantity_micro=22_500_000, vat_kopecks=20_356, measure=51, additional="л/с 40817-015",
            agent=Agent(64, "7702203276", "АО «Теплосеть»", ("+74950000000",)),
        ),
        ReceiptLine(
            "Обращение с твёрдыми коммунальными отходами, 10.2026", 48_750, 48_750, SettlementMethod.FULL_SETTLEMENT,
            SubjectType.SERVICE, VatCode.NO_VAT,
        ),
    )  # fmt: skip
    total = 161_633
    given = order(
        lines=lines,
        total_kopecks=total,
        tenders=Tenders(electronic=100_000, prepaid=61_633),
        vat_totals=(VatTotal(VatCode.NO_VAT, 48_750), VatTotal(VatCode.VAT_22, 20_356)),
        contact="anna@example.com",
        sender_email="check@example.com",
        internet=True,
        user_requisite=UserRequisite("Лицевой счёт", "40817-015"),
    )
    given = msgspec.structs.replace(given, receipt_id_tag=1191, receipt_id="r-17")
    given = msgspec.structs.replace(
        given, receipt=msgspec.structs.replace(given.receipt, lines=(lines[1], lines[0]))
    )  # the first line is free for our id
    fn = msgspec.structs.replace(RECEIPT_FN, fn_number="7380440902582955", total_kopecks=total)
    document = whole_document(DocumentForm.RECEIPT, V1_2, fn, receipt_records(given, V1_2), {1209: 4})
    seller = (Node(1048, 'ООО "Единый расчётный центр"'), Node(1060, "www.nalog.gov.ru"))
    return Node(document.tag, document.children + seller)
