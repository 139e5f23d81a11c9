"""The record of one receipt line (1059, предмет расчёта). FFD 1.05 table 21 and on; FFD 1.2 tables 97-117."""

from accounting.receipts.codes import FfdVersion
from accounting.receipts.model import Agent, AgentData, ReceiptLine
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.common import repeated_text_tlv, requisite_record
from kkt_drivers.ffd.tlv import byte_tlv, encode_tlv, fvln, money_tlv, stlv, text_tlv

MAX_ITEM = 1024
"""Most bytes of an item's value; one that fills it does not fit an FN frame any more (``fn/handover.py``)."""


def item_record(line: ReceiptLine, ffd: FfdVersion, additional: str | None) -> bytes:
    """1059 of one line; ``additional`` goes to 1191, the line's own or our receipt id.

    1.05 names the unit (1197), 1.2 has a code for it (2108, always written, 0 for services). Raises CodecError for a
    value that does not fit its tag and for an item above 1024 bytes.
    """
    parts = [
        repeated_text_tlv(1030, line.name),
        money_tlv(1079, line.price_kopecks),
        encode_tlv(1023, fvln(line.quantity_micro)),
    ]
    if ffd is not FfdVersion.FFD_1_05:
        parts.append(byte_tlv(2108, line.measure))
    elif line.measure_text:
        parts.append(repeated_text_tlv(1197, line.measure_text))
    parts.append(money_tlv(1043, line.sum_kopecks))
    if line.vat_code is not None:
        parts.append(byte_tlv(1199, line.vat_code))
    if line.vat_kopecks:
        parts.append(money_tlv(1200, line.vat_kopecks))
    if line.method is not None:
        parts.append(byte_tlv(1214, line.method))
    if line.subject is not None:
        parts.append(byte_tlv(1212, line.subject))
    if line.agent is not None:
        parts += _agent_parts(line.agent)
    if additional:
        parts.append(text_tlv(1191, additional))
    parts += map(requisite_record, line.requisites)
    value = b"".join(parts)
    if len(value) > MAX_ITEM:
        raise CodecError(f"an item of {len(value)} bytes is longer than {MAX_ITEM}", tag=1059)
    return encode_tlv(1059, value)


def _agent_parts(agent: Agent) -> list[bytes]:
    parts = [byte_tlv(1222, agent.sign)]
    if agent.data is not None:
        data = _agent_data(agent.data)
        if data:
            parts.append(stlv(1223, *data))
    supplier = [repeated_text_tlv(1171, phone) for phone in agent.supplier_phones]
    if agent.supplier_name:
        supplier.append(repeated_text_tlv(1225, agent.supplier_name))
    if supplier:
        parts.append(stlv(1224, *supplier))
    parts.append(repeated_text_tlv(1226, agent.supplier_inn))
    return parts


def _agent_data(data: AgentData) -> list[bytes]:
    named = (
        (1005, data.transfer_operator_address),
        (1016, data.transfer_operator_inn),
        (1026, data.transfer_operator_name),
        (1044, data.operation),
    )
    parts = [repeated_text_tlv(tag, text) for tag, text in named if text]
    for tag, phones in (
        (1073, data.agent_phones),
        (1074, data.receiver_phones),
        (1075, data.transfer_operator_phones),
    ):
        parts += (repeated_text_tlv(tag, phone) for phone in phones)
    return parts
