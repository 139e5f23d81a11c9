"""A document to the receipt that our registers make, and to the control that every receipt passes.

What the format demands and the dialect lacks is an error of the dialect with its place, and so is what the control
finds: nothing unsound is stored. Typography apart, nothing that was sent is changed.
"""

import re
from datetime import date, datetime
from typing import Final

import msgspec

from accounting.receipts.checks.receipt import Severity, check_receipt
from accounting.receipts.codes import FfdVersion, SettlementSign, TaxationSystem
from accounting.receipts.model import Correction, Receipt, ReceiptLine, Requisite, UserRequisite
from fiscal_server.api.atol_online.amounts import MAX_TOTAL_KOPECKS, Faults
from fiscal_server.api.atol_online.documents import (
    Amendment4,
    Amendment5,
    Client,
    Correction4,
    Correction5,
    Document,
    Item4,
    Item5,
    Receipt4,
    Receipt5,
)
from fiscal_server.api.atol_online.errors import BAD_DOCUMENT, FAULTS_BETWEEN, AtolError
from fiscal_server.api.atol_online.lines import NOT_SUPPORTED, Common, industry, line_of, printable
from fiscal_server.api.atol_online.places import place_of
from fiscal_server.api.atol_online.totals import tenders_of, vat_totals, vat_totals_alone
from fiscal_server.api.atol_online.words import CORRECTIONS, OLD_VATS, OLD_VATS_REFUSED, TAXATIONS
from fiscal_server.intake.contacts import contact_fault

RECEIPT_ID_NAME: Final = "ID"
"""Name (1085) under which our own id stands in a document: nobody else's requisite may be called so."""

_AMENDMENTS: Final = (Amendment4, Amendment5)
_SIGNS_OF_SALE: Final = (SettlementSign.INCOME, SettlementSign.EXPENSE)
_NO_18_SINCE: Final = date(2019, 4, 1)
_DIGITS: Final = re.compile(r"[0-9]{7,18}")


class Seller(msgspec.Struct, frozen=True):
    """What the merchant's rules say that a document may leave out, or must agree with."""

    inn: str | None
    ffd: FfdVersion
    taxation: TaxationSystem
    email: str | None


def receipt_of(document: Document, sign: SettlementSign, seller: Seller, today: date) -> Receipt:
    """The receipt of a document, sound. Raises AtolError 32 with every wrong field that was found."""
    faults = Faults()
    content: Receipt4 | Receipt5 | Correction4
    root = "correction"
    if isinstance(document, _AMENDMENTS):
        content = document.correction
    else:
        root, content = "receipt", document.receipt
    _check_moment(document.timestamp, faults)
    if seller.inn is not None and content.company.inn != seller.inn:
        faults.add("OtherCompany", f"{root}.company.inn", "ИНН не тот, что у группы касс")
    if isinstance(content, Correction4):
        receipt = _totals_alone(content, sign, seller, faults)
    else:
        _refuse_old_vats(content, root, sign, today, faults)
        receipt = _whole(content, root, sign, seller, today, faults)
    if not faults.rows:
        findings = check_receipt(receipt, ffd=seller.ffd, settled_on=today)
        exact = not isinstance(content, Receipt4)
        for finding in findings:
            if finding.severity is Severity.ERROR or (exact and finding.rule == "1020_rounded"):
                rule, path = place_of(finding, corrects=receipt.correction is not None)
                faults.add(rule, f"{root}.{path}", finding.message)
    if faults.rows:
        raise AtolError(BAD_DOCUMENT, FAULTS_BETWEEN.join(faults.rows))
    return receipt


def _check_moment(text: str, faults: Faults) -> None:
    if _moment(text) is None:
        faults.add("PatternMismatch", "timestamp")


def _refuse_old_vats(
    content: Receipt4 | Receipt5 | Correction5, root: str, sign: SettlementSign, today: date, faults: Faults
) -> None:
    """18 % is known of settlements of its time and of their returns; else the vendor's own sentence says it."""
    if sign not in _SIGNS_OF_SALE:
        return
    settled_on = today
    if isinstance(content, Correction5):
        settled_on = _day(content.correction_info.base_date, f"{root}.correction_info.base_date", faults) or today
    for place, item in enumerate(content.items):
        if item.vat is not None and item.vat.type in OLD_VATS and settled_on >= _NO_18_SINCE:
            faults.add("NotInEnumeration", f"{root}.items[{place}].vat.type", OLD_VATS_REFUSED)


def _whole(
    content: Receipt4 | Receipt5 | Correction5,
    root: str,
    sign: SettlementSign,
    seller: Seller,
    today: date,
    faults: Faults,
) -> Receipt:
    correction = _correction(content, root, faults) if isinstance(content, Correction5) else None
    taxed_on = correction.settled_on if correction is not None else today
    common = Common(seller.ffd, taxed_on)
    if isinstance(content, Receipt4):
        common = Common(seller.ffd, taxed_on, content.agent_info, content.supplier_info)
    items: tuple[Item4 | Item5, ...] = content.items
    lines = (*[line_of(item, f"{root}.items[{place}]", common, faults) for place, item in enumerate(items)],)
    total = faults.kopecks(content.total, root, "total", MAX_TOTAL_KOPECKS)
    contact = _contact(content.client)
    if correction is None and contact is None:
        faults.add("PropertyRequired", f"{root}.client.email")
    _check_addresses(contact, content.company.email, root, faults)
    props = content.additional_user_props
    _check_places_for_our_id(content, root, faults)
    return Receipt(
        sign=sign,
        taxation=TAXATIONS[content.company.sno] if content.company.sno else seller.taxation,
        lines=lines,
        tenders=tenders_of(content.payments, total, root, faults),
        total_kopecks=total,
        vat_totals=vat_totals(lines, content.vats or (), taxed_on, root, faults),
        contact=contact,
        agent_sign=_agent_of_all(lines) if seller.ffd is FfdVersion.FFD_1_05 else None,
        user_requisite=UserRequisite(printable(props.name), printable(props.value)) if props else None,
        additional=printable(content.additional_check_props) if content.additional_check_props else None,
        correction=correction,
        internet=isinstance(content, Receipt5) and bool(content.internet),
        sender_email=content.company.email or seller.email,
        requisites=(*_own(content), *_buyer(content.client, seller.ffd), *_of_version_5(content, root, faults)),
    )


def _agent_of_all(lines: tuple[ReceiptLine, ...]) -> int | None:
    """1057 of FFD 1.05: what all lines have alike."""
    signs = {line.agent.sign if line.agent else None for line in lines}
    return signs.pop() if len(signs) == 1 else None


def _totals_alone(content: Correction4, sign: SettlementSign, seller: Seller, faults: Faults) -> Receipt:
    """A correction of v4: FFD 1.05 writes it so, FFD 1.2 wants lines, which the control says."""
    correction = _correction(content, "correction", faults)
    if content.correction_info.base_number is None:
        faults.add("PropertyRequired", "correction.correction_info.base_number")
    tenders = tenders_of(content.payments, None, "correction", faults)
    total = tenders.total()
    if total > MAX_TOTAL_KOPECKS:
        faults.add("NumberTooBig", "correction.payments")
    taxed_on = correction.settled_on if correction is not None else None
    return Receipt(
        sign=sign,
        taxation=TAXATIONS[content.company.sno] if content.company.sno else seller.taxation,
        lines=(),
        tenders=tenders,
        total_kopecks=total,
        vat_totals=vat_totals_alone(content.vats, total, taxed_on, faults),
        correction=correction,
        requisites=tuple(_own(content)),
    )


def _correction(content: Correction4 | Correction5, root: str, faults: Faults) -> Correction | None:
    info = content.correction_info
    settled_on = _day(info.base_date, f"{root}.correction_info.base_date", faults)
    number = printable(info.base_number) if info.base_number else None
    return None if settled_on is None else Correction(CORRECTIONS[info.type], settled_on, number)


def _day(text: str, path: str, faults: Faults) -> date | None:
    found = _moment(f"{text} 00:00:00")
    if found is None:
        faults.add("PatternMismatch", path)
        return None
    return found.date()


def _moment(text: str) -> datetime | None:
    """``dd.mm.yyyy HH:MM:SS`` whose digits were seen to be digits; without a zone, as on a wall clock."""
    try:
        return datetime.fromisoformat(f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}")
    except ValueError:
        return None


def _contact(client: Client | None) -> str | None:
    """E-mail before phone; ``+7`` may have been dropped. What is neither goes as it is, as the vendor lets it."""
    if client is None:
        return None
    if client.email:
        return client.email
    phone = client.phone or ""
    if not _DIGITS.fullmatch(phone):
        return phone or None
    if len(phone) == 10:
        return f"+7{phone}"
    return f"+7{phone[1:]}" if len(phone) == 11 and phone[0] in "78" else f"+{phone}"


def _check_addresses(contact: str | None, company_email: str | None, root: str, faults: Faults) -> None:
    """Whatever they are, a document must be able to carry them: a device would refuse it, and for good."""
    for path, address in (("client", contact), ("company.email", company_email)):
        if address and (fault := contact_fault(address)):
            faults.add("PatternMismatch", f"{root}.{path}", fault)


def _check_places_for_our_id(content: Receipt4 | Receipt5, root: str, faults: Faults) -> None:
    """Every document carries our id, in 1084 or in 1191 of its first line: one of them must be free."""
    props = content.additional_user_props
    if props is not None and props.name == RECEIPT_ID_NAME:
        faults.add("NotSupported", f"{root}.additional_user_props.name", "это имя занято номером чека")
    if props is not None and content.items[0].user_data:
        faults.add("NotSupported", f"{root}.items[0].user_data", "вместе с additional_user_props места не хватает")


def _own(content: Receipt4 | Receipt5 | Correction4) -> list[Requisite]:
    """Place, address and cashier as the document names them."""
    found = [Requisite(1187, printable(content.company.payment_address))]
    if content.company.location:
        found.append(Requisite(1009, printable(content.company.location)))
    if content.cashier:
        found.append(Requisite(1021, printable(content.cashier)))
    return found


def _buyer(client: Client | None, ffd: FfdVersion) -> list[Requisite]:
    """1227 and 1228; FFD 1.2 has them and more inside 1256."""
    if client is None:
        return []
    given: tuple[tuple[int, str | None], ...] = ((1227, client.name), (1228, client.inn))
    if ffd is not FfdVersion.FFD_1_05:
        given += (
            (1243, client.birthdate),
            (1244, client.citizenship),
            (1245, client.document_code),
            (1246, client.document_data),
            (1254, client.address),
        )
    found = [Requisite(tag, printable(text)) for tag, text in given if text]
    return [Requisite(1256, tuple(found))] if found and ffd is not FfdVersion.FFD_1_05 else found


def _of_version_5(content: Receipt4 | Receipt5, root: str, faults: Faults) -> list[Requisite]:
    if not isinstance(content, Receipt5):
        return []
    if content.cashless_payments:
        faults.add("NotSupported", f"{root}.cashless_payments", NOT_SUPPORTED)
    found = [industry(1261, one) for one in content.sectoral_check_props or ()]
    if content.cashier_inn:
        found.append(Requisite(1203, content.cashier_inn))
    if (props := content.operating_check_props) is not None:
        moment = _moment(props.timestamp)
        if moment is None:
            faults.add("PatternMismatch", f"{root}.operating_check_props.timestamp")
            return found
        seconds = int((moment - datetime(1970, 1, 1)).total_seconds())  # noqa: DTZ001 - wall clock, tag 1273
        inside = (Requisite(1271, 0), Requisite(1272, printable(props.value)), Requisite(1273, seconds))
        found.append(Requisite(1270, inside))
    return found
