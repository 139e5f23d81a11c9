"""Reading a foreign receipt: from a line of bytes to ``ForeignReceipt``, whichever dialect it is written in."""

from typing import Final

import msgspec

from accounting.receipts.codes import SettlementSign, TaxationSystem, VatCode
from accounting.receipts.model import Tenders, UserRequisite, VatTotal
from accounting.reconciliation.dialect_fields import (
    FOREIGN_WRAPPERS,
    FORM_NAMES,
    RATE_NAMES,
    RECEIPT_NAMES,
    REGISTER_NAMES,
    REQUISITE_NAMES,
    WRAPPERS,
)
from accounting.reconciliation.field_reader import FieldReader, Json, decode_object
from accounting.reconciliation.foreign_lines import flat_vat_totals, read_agent_sign, read_lines
from accounting.reconciliation.foreign_receipt import ForeignReceipt
from accounting.reconciliation.import_findings import Note, NoteKind, Reason, Refused
from accounting.reconciliation.receipt_texts import payer_contact
from accounting.reconciliation.settlement_date import settlement_date
from accounting.reconciliation.vat_timetable import TURNOVER_CODES

RECEIPT_FORM: Final = 3
CORRECTION_FORM: Final = 31
ADDITIONAL_LIMIT: Final = 16
EMAIL_LIMIT: Final = 64
REQUISITE_LIMIT: Final = 235
"""Name and value of 1084 together (receipt-rules, 2)."""
DOCUMENT_NUMBER_DIGITS: Final = 10


def read_receipt(line: bytes) -> ForeignReceipt:
    """The receipt that a line of the file holds. Raises Refused for the first thing in it that cannot be read."""
    reader = FieldReader(_unwrapped(decode_object(line)), RECEIPT_NAMES)
    reader.skip(REGISTER_NAMES)
    _require_receipt_form(reader)
    agent_sign = read_agent_sign(reader, 1057)
    lines, line_notes = read_lines(reader, agent_sign)
    sign = reader.code(1054, SettlementSign)
    total_kopecks = reader.kopecks(1020)
    dated = reader.value(1012)
    for tag, value in ((1054, sign), (1020, total_kopecks), (1012, dated)):
        if value is None:
            raise Refused(reader.name(tag), Reason.MISSING)
    assert sign is not None
    assert total_kopecks is not None
    receipt = ForeignReceipt(
        settled_on=settlement_date(dated, reader.name(1012)),
        sign=sign,
        taxation=_read_taxation(reader),
        lines=lines,
        tenders=_read_tenders(reader),
        total_kopecks=total_kopecks,
        vat_totals=_read_vat_totals(reader),
        contact=_read_contact(reader),
        agent_sign=agent_sign,
        user_requisite=_read_requisite(reader),
        additional=reader.text(1192, ADDITIONAL_LIMIT),
        internet=_read_flag(reader, 1125),
        sender_email=reader.text(1117, EMAIL_LIMIT),
        document_number=_read_document_number(reader),
        notes=(),
    )
    return msgspec.structs.replace(receipt, notes=(*line_notes, *reader.leftovers()))


def _unwrapped(fields: dict[str, Json]) -> dict[str, Json]:
    """The receipt's own fields: answers may stand inside ``{"document": {"receipt": …}}``."""
    for wrapper in WRAPPERS:
        inner = fields.get(wrapper)
        if isinstance(inner, dict):
            fields = inner
    other = FOREIGN_WRAPPERS.intersection(fields)
    if other and len(fields) == 1:
        raise Refused(min(other), Reason.OTHER_DOCUMENT)
    return fields


def _require_receipt_form(reader: FieldReader) -> None:
    """Form 3, named or by silence. A correction needs its basis and reason, which the answers do not give in full."""
    form = reader.pick(FORM_NAMES)
    if form == CORRECTION_FORM or reader.value(1173) is not None or reader.value(1174) is not None:
        raise Refused(reader.name_of(FORM_NAMES), Reason.CORRECTION)
    if form is not None and form != RECEIPT_FORM:
        raise Refused(reader.name_of(FORM_NAMES), Reason.OTHER_DOCUMENT, str(form)[:40])
    if reader.value(1071) is not None:
        # FFD 1.0 could take lines back inside a receipt; our receipt has no such thing.
        raise Refused(reader.name(1071), Reason.STORNO)


def _read_taxation(reader: FieldReader) -> TaxationSystem | None:
    """Tag 1055: one bit. 0 is how services write that it is unknown."""
    return None if reader.number(1055) == 0 else reader.code(1055, TaxationSystem)


def _read_flag(reader: FieldReader, tag: int) -> bool:
    """A flag: 0 and 1, or false and true."""
    value = reader.value(tag)
    if value not in (None, 0, 1):
        raise Refused(reader.name(tag), Reason.NOT_CODE, str(value)[:40])
    return bool(value)


def _read_tenders(reader: FieldReader) -> Tenders:
    return Tenders(
        cash=reader.kopecks(1031) or 0,
        electronic=reader.kopecks(1081) or 0,
        prepaid=reader.kopecks(1215) or 0,
        credit=reader.kopecks(1216) or 0,
        provision=reader.kopecks(1217) or 0,
    )


def _read_vat_totals(reader: FieldReader) -> tuple[VatTotal, ...]:
    """The container 1115 first, then the flat tags; a zero turnover beside the container is a stub."""
    totals: dict[VatCode, int] = {}
    container = reader.inner(1115, RATE_NAMES)
    for rate in container.objects(1119, RATE_NAMES) if container else ():
        code, kopecks = rate.code(1199, VatCode), rate.kopecks(1120)
        if code is None or kopecks is None:
            raise Refused(rate.name(1199 if code is None else 1120), Reason.MISSING)
        if code in totals:
            raise Refused(rate.name(1199), Reason.CONFLICT, str(code.value))
        totals[code] = kopecks
        reader.notes += rate.leftovers()
    for total in flat_vat_totals(reader):
        if container and not total.kopecks and total.code in TURNOVER_CODES:
            continue
        if totals.get(total.code) not in (None, 0, total.kopecks):
            raise Refused(reader.name(1115), Reason.CONFLICT, f"{totals[total.code]} / {total.kopecks}")
        totals[total.code] = total.kopecks or totals.get(total.code, 0)
    return tuple(VatTotal(code, totals[code]) for code in sorted(totals))


def _read_document_number(reader: FieldReader) -> int | None:
    """Tag 1040. It only helps people to find the original, so an odd one is no reason to refuse the receipt."""
    number = reader.value(1040)
    if isinstance(number, str) and number.isdecimal() and len(number) <= DOCUMENT_NUMBER_DIGITS:
        number = int(number)
    return number if isinstance(number, int) and 0 < number < 10**DOCUMENT_NUMBER_DIGITS else None


def _read_contact(reader: FieldReader) -> str | None:
    value = reader.value(1008)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Refused(reader.name(1008), Reason.NOT_TEXT, str(value)[:40])
    contact = payer_contact(value, reader.name(1008))
    if contact != value.strip():
        reader.notes.append(Note(NoteKind.CONTACT_NORMALISED, reader.name(1008), value))
    return contact


def _read_requisite(reader: FieldReader) -> UserRequisite | None:
    """Tag 1084, once in a receipt. Services write it as an object or as a list of one."""
    found: list[UserRequisite] = []
    for requisite in reader.objects(1084, REQUISITE_NAMES):
        name, value = requisite.text(1085, REQUISITE_LIMIT), requisite.text(1086, REQUISITE_LIMIT)
        if name is None or value is None:
            raise Refused(requisite.name(1085 if name is None else 1086), Reason.MISSING)
        if len(name) + len(value) > REQUISITE_LIMIT:
            raise Refused(reader.name(1084), Reason.TEXT_TOO_LONG, f"{len(name) + len(value)} > {REQUISITE_LIMIT}")
        found.append(UserRequisite(name, value))
        reader.notes += requisite.leftovers()
    if len(found) > 1:
        raise Refused(reader.name(1084), Reason.CONFLICT, str(len(found)))
    return found[0] if found else None
