"""Reading the lines (1059) of a foreign receipt."""

from typing import Final

from accounting.receipts.codes import SettlementMethod, SubjectType, VatCode
from accounting.receipts.model import QUANTITY_ONE, Agent, AgentData, VatTotal
from accounting.reconciliation.dialect_fields import AGENT_NAMES, FLAT_VAT_NAMES, LINE_NAMES, PROVIDER_NAMES
from accounting.reconciliation.field_reader import FieldReader, amount_kopecks
from accounting.reconciliation.foreign_receipt import ForeignLine
from accounting.reconciliation.import_findings import Note, NoteKind, Reason, Refused
from accounting.reconciliation.receipt_texts import taxpayer_number

# Characters, by the order's tables (ffd-tags.csv).
NAME_LIMIT: Final = 128
MEASURE_LIMIT: Final = 16
ADDITIONAL_LIMIT: Final = 64
ADDRESS_LIMIT: Final = 256
OPERATOR_LIMIT: Final = 64
OPERATION_LIMIT: Final = 24
PHONE_LIMIT: Final = 19
SUPPLIER_LIMIT: Final = 256
INN_LIMIT: Final = 12

AGENT_SIGNS: Final = frozenset({1, 2, 4, 8, 16, 32, 64})
MEASURES: Final = frozenset({
    0, 10, 11, 12, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 70, 71, 72, 73, 80, 81, 82, 83, 255
})  # fmt: skip
_NO_AGENT: Final = (None, 0, -1)
"""How services write that nobody is an agent."""


def read_lines(receipt: FieldReader, agent_sign: int | None) -> tuple[tuple[ForeignLine, ...], list[Note]]:
    """The lines and the notes on them. ``agent_sign`` of the receipt (1057) covers its lines with a supplier's INN."""
    lines: list[ForeignLine] = []
    notes: list[Note] = []
    for reader in receipt.objects(1059, LINE_NAMES):
        lines.append(_read_line(reader, agent_sign))
        notes += reader.leftovers()
    if not lines:
        raise Refused(receipt.name(1059), Reason.MISSING)
    return tuple(lines), notes


def _read_line(reader: FieldReader, agent_sign: int | None) -> ForeignLine:
    name = reader.text(1030, NAME_LIMIT)
    sum_kopecks = reader.kopecks(1043)
    for tag, value in ((1030, name), (1043, sum_kopecks)):
        if value is None:
            raise Refused(reader.name(tag), Reason.MISSING)
    assert name is not None
    assert sum_kopecks is not None
    price_kopecks, quantity_micro = _price_and_quantity(reader, sum_kopecks)
    measure = reader.number(2108) or 0
    if measure not in MEASURES:
        raise Refused(reader.name(2108), Reason.NOT_CODE, str(measure))
    return ForeignLine(
        name=name,
        price_kopecks=price_kopecks,
        quantity_micro=quantity_micro,
        sum_kopecks=sum_kopecks,
        method=reader.code(1214, SettlementMethod),
        subject=reader.code(1212, SubjectType),
        vat_code=reader.code(1199, VatCode),
        vat_kopecks=reader.kopecks(1200) or 0,
        flat_vat=tuple(total for total in flat_vat_totals(reader) if total.kopecks),
        measure=measure,
        measure_text=reader.text(1197, MEASURE_LIMIT),
        agent=_read_agent(reader, agent_sign),
        additional=reader.text(1191, ADDITIONAL_LIMIT),
    )


def _price_and_quantity(reader: FieldReader, sum_kopecks: int) -> tuple[int, int]:
    """Price and quantity; old registers leave out the quantity where it is 1, and the price with it."""
    price_kopecks = reader.kopecks(1079)
    quantity_micro = reader.quantity_micro(1023)
    if quantity_micro is None:
        if price_kopecks not in (None, sum_kopecks):
            raise Refused(reader.name(1023), Reason.MISSING)
        reader.notes.append(Note(NoteKind.QUANTITY_ASSUMED, reader.name(1023), "1"))
        return sum_kopecks, QUANTITY_ONE
    if price_kopecks is None:
        raise Refused(reader.name(1079), Reason.MISSING)
    return price_kopecks, quantity_micro


def flat_vat_totals(reader: FieldReader) -> list[VatTotal]:
    """Tags 1102-1107 that are present, zeros included, ascending by code."""
    totals = []
    for code, names in FLAT_VAT_NAMES.items():
        value = reader.pick(names)
        if value is not None:
            totals.append(VatTotal(code, amount_kopecks(value, reader.name_of(names))))
    return totals


def read_agent_sign(reader: FieldReader, tag: int) -> int | None:
    """Tag 1057 or 1222: one bit, or None."""
    sign = reader.number(tag)
    if sign in _NO_AGENT:
        return None
    if sign not in AGENT_SIGNS:
        raise Refused(reader.name(tag), Reason.NOT_CODE, str(sign))
    return sign


def _read_agent(reader: FieldReader, agent_sign: int | None) -> Agent | None:
    """The agent of a line. A sign without the supplier's INN is refused: our line cannot say whose service it is."""
    sign = read_agent_sign(reader, 1222)
    inn = reader.text(1226, INN_LIMIT)
    if sign is None and (agent_sign is None or inn is None):
        if inn is not None:
            reader.notes.append(Note(NoteKind.FIELD_NOT_KEPT, reader.name(1226), inn))
        return None
    if inn is None:
        raise Refused(reader.name(1226), Reason.AGENT_SUPPLIER)
    names = [reader.text(1225, SUPPLIER_LIMIT)]
    phones = reader.texts(1171, PHONE_LIMIT)
    provider = reader.inner(1224, PROVIDER_NAMES)
    if provider is not None:
        names.append(provider.text(1225, SUPPLIER_LIMIT))
        phones += provider.texts(1171, PHONE_LIMIT)
        reader.notes += provider.leftovers()
    known = sign if sign is not None else agent_sign
    assert known is not None
    return Agent(
        sign=known,
        supplier_inn=taxpayer_number(inn, reader.name(1226)),
        supplier_name=next((name for name in names if name), None),
        supplier_phones=tuple(dict.fromkeys(phones)),
        data=_read_agent_data(reader),
    )


def _read_agent_data(reader: FieldReader) -> AgentData | None:
    data = reader.inner(1223, AGENT_NAMES)
    if data is None:
        return None
    inn = data.text(1016, INN_LIMIT)
    read = AgentData(
        transfer_operator_address=data.text(1005, ADDRESS_LIMIT),
        transfer_operator_inn=None if inn is None else taxpayer_number(inn, data.name(1016)),
        transfer_operator_name=data.text(1026, OPERATOR_LIMIT),
        operation=data.text(1044, OPERATION_LIMIT),
        agent_phones=data.texts(1073, PHONE_LIMIT),
        receiver_phones=data.texts(1074, PHONE_LIMIT),
        transfer_operator_phones=data.texts(1075, PHONE_LIMIT),
    )
    reader.notes += data.leftovers()
    return None if read == AgentData() else read
