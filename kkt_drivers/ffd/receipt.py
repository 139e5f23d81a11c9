"""Records of a receipt or BSO (forms 3, 4) and of their corrections (31, 41). FFD 1.05 tables 20-29, 1.2 tables 96-120.

A receipt and a BSO have the same records: which of the two an FN makes was decided by its registration (mode bit 4).
"""

from datetime import datetime, time

from accounting.receipts.codes import FfdVersion, VatCode
from accounting.receipts.model import Correction, Receipt, VatTotal
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.common import Records, cashier_records, repeated_text_tlv, requisite_record, version_records
from kkt_drivers.ffd.item import item_record
from kkt_drivers.ffd.receipt_id import id_place, id_requisite
from kkt_drivers.ffd.receipt_rules import MAX_PASSED, is_filled, refuse_receipt
from kkt_drivers.ffd.tlv import byte_tlv, encode_tlv, money_tlv, stlv, text_tlv, unixtime
from kkt_drivers.kkt import ReceiptOrder

_FLAT_VAT_TAGS = {
    VatCode.VAT_20: 1102,
    VatCode.VAT_10: 1103,
    VatCode.VAT_20_120: 1106,
    VatCode.VAT_10_110: 1107,
    VatCode.VAT_0: 1104,
    VatCode.NO_VAT: 1105,
}


def receipt_records(order: ReceiptOrder, ffd: FfdVersion) -> Records:
    """What the KKT passes between 15h (17h for a correction) and 16h; 1054 and 1020 go with 16h.

    Raises CodecError with tag and rule when the receipt cannot be written in this format: what ``receipt_rules.py``
    refuses, a text or an amount too long, a character without a stand-in, both places for our id taken. ``check.py``
    says more of a document that is written already.
    """
    receipt = order.receipt
    records = version_records(ffd)
    in_full = receipt.correction is None or ffd is not FfdVersion.FFD_1_05
    refuse_receipt(order, ffd, with_lines=in_full)
    id_tag = id_place(order, has_lines=in_full and bool(receipt.lines))
    given = {requisite.tag for requisite in receipt.requisites}
    records += (byte_tlv(1055, receipt.taxation), *cashier_records("" if 1021 in given else order.cashier))
    if receipt.correction is not None:
        number = receipt.correction.order_number
        if not is_filled(number):
            number = order.filler_1179 if ffd is FfdVersion.FFD_1_05 else None
        records += _correction_records(receipt.correction, number)
    if order.address and 1009 not in given:
        records.append(repeated_text_tlv(1009, order.address))
    if order.place and 1187 not in given:
        records.append(repeated_text_tlv(1187, order.place))
    records += map(requisite_record, receipt.requisites)
    if in_full:
        records += _contact_records(receipt)
        for index, line in enumerate(receipt.lines):
            additional = order.receipt_id if id_tag == 1191 and index == 0 else line.additional
            records.append(item_record(line, ffd, additional))
    records += _tender_records(receipt)
    records += vat_records(receipt.vat_totals)
    if receipt.agent_sign is not None and ffd is FfdVersion.FFD_1_05:
        records.append(byte_tlv(1057, receipt.agent_sign))
    if receipt.additional:
        records.append(text_tlv(1192, receipt.additional))
    if id_tag == 1084:
        records.append(id_requisite(order.receipt_id))
    elif receipt.user_requisite is not None:
        requisite = receipt.user_requisite
        records.append(stlv(1084, text_tlv(1085, requisite.name), text_tlv(1086, requisite.value)))
    size = sum(map(len, records))
    if size > MAX_PASSED:
        raise CodecError(f"the receipt has {size} bytes, an FN takes {MAX_PASSED}: it must be divided")
    return tuple(records)


def vat_records(totals: tuple[VatTotal, ...]) -> list[bytes]:
    """VAT totals of a receipt. Raises CodecError unless the codes ascend without repeats.

    Codes 1 to 6 have tags of their own. The rates that came later (5, 7, 22 % and their calculated forms) stand in 1115
    with one 1119 each; then a ``1104 = 0`` is added, because one of 1102-1107 must always be there (order
    ЕД-7-20/662@ as amended on 26.03.2025, table 11.2).
    """
    flat: list[bytes] = []
    later: list[bytes] = []
    last = 0
    for total in totals:
        if total.code <= last:
            raise CodecError("VAT totals ascend by code, one each", tag=1115)
        last = total.code
        tag = _FLAT_VAT_TAGS.get(total.code)
        if tag is None:
            later.append(stlv(1119, byte_tlv(1199, total.code), money_tlv(1120, total.kopecks)))
        else:
            flat.append(money_tlv(tag, total.kopecks))
    if not flat:
        flat.append(money_tlv(1104, 0))
    if later:
        flat.append(stlv(1115, *later))
    return flat


def _tender_records(receipt: Receipt) -> tuple[bytes, ...]:
    """All five sums, zeros too: the electronic form never leaves one out."""
    tenders = receipt.tenders
    return (
        money_tlv(1031, tenders.cash),
        money_tlv(1081, tenders.electronic),
        money_tlv(1215, tenders.prepaid),
        money_tlv(1216, tenders.credit),
        money_tlv(1217, tenders.provision),
    )


def _contact_records(receipt: Receipt) -> list[bytes]:
    """Only an electronic receipt has these, and a correction of FFD 1.05 is not sent to anyone."""
    records: list[bytes] = []
    if receipt.contact:
        records.append(text_tlv(1008, receipt.contact))
    if receipt.sender_email:
        records.append(repeated_text_tlv(1117, receipt.sender_email))
    if receipt.internet:
        records.append(byte_tlv(1125, 1))
    return records


def _correction_records(correction: Correction, number: str | None) -> tuple[bytes, ...]:
    settled_on = unixtime(datetime.combine(correction.settled_on, time.min))
    basis = [encode_tlv(1178, settled_on)]
    if number:
        basis.append(text_tlv(1179, number))
    return (byte_tlv(1173, correction.kind), stlv(1174, *basis))
