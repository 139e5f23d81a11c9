"""Document builders: who writes what in FFD 1.05 and 1.2, VAT totals, corrections, our receipt id, comparison."""

from datetime import date

import msgspec
import pytest

from accounting.receipts.codes import FfdVersion, SettlementMethod, SettlementSign, SubjectType, TaxationSystem, VatCode
from accounting.receipts.model import (
    Agent,
    AgentData,
    Correction,
    Receipt,
    ReceiptLine,
    Tenders,
    UserRequisite,
    VatTotal,
)
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import tlv
from kkt_drivers.ffd.compare import FN_WRITTEN
from kkt_drivers.ffd.documents import (
    FnOwner,
    fn_closing_records,
    receipt_id_of,
    receipt_records,
    registration_records,
    same_content,
    settlements_report_records,
    shift_closing_records,
    shift_opening_records,
    vat_records,
)
from kkt_drivers.fn.handover import RECEIPT_LIMIT, pack
from kkt_drivers.kkt import FnWarning, ReceiptOrder, Registration

V1_05, V1_2 = FfdVersion.FFD_1_05, FfdVersion.FFD_1_2

LINE = ReceiptLine(
    name="Отопление, 10.2026",
    price_kopecks=210_000,
    sum_kopecks=210_000,
    method=SettlementMethod.FULL_SETTLEMENT,
    subject=SubjectType.SERVICE,
    vat_code=VatCode.NO_VAT,
)
RECEIPT = Receipt(
    sign=SettlementSign.INCOME,
    taxation=TaxationSystem.GENERAL,
    lines=(LINE,),
    tenders=Tenders(electronic=210_000),
    total_kopecks=210_000,
    vat_totals=(VatTotal(VatCode.NO_VAT, 210_000),),
    contact="+79000000001",
)
ORDER = ReceiptOrder(RECEIPT, "r-17", 1084, "Иванова", "https://pay.example", "109240, Москва")
REGISTRATION = Registration(
    user_inn="7702203276",
    user_name="ООО «Тепло»",
    kkt_registration_number="0000000005008570",
    kkt_serial_number="000000000002",
    taxation_systems=1,
    ffd=V1_2,
    address="109240, Москва",
    place="https://pay.example",
    cashier="Иванова",
    ofd_inn="7704358518",
    ofd_name="ООО Оператор",
    sender_email="check@example.com",
)


def order(id_tag: int = 1084, **changes: object) -> ReceiptOrder:
    receipt = msgspec.structs.replace(RECEIPT, **changes)
    return msgspec.structs.replace(ORDER, receipt=receipt, receipt_id_tag=id_tag)


def tags(records: tuple[bytes, ...] | list[bytes]) -> list[int]:
    return [record.tag for record in tlv.decode(b"".join(records))]


def record(records: tuple[bytes, ...], tag: int) -> tlv.Tlv:
    found = tlv.find(tlv.decode(b"".join(records)), tag)
    assert found is not None
    return found


def item_tags(records: tuple[bytes, ...]) -> list[int]:
    return [child.tag for child in record(records, 1059).children or ()]


# Receipts


def test_receipt_of_1_2_leaves_to_the_fn_what_is_the_fns() -> None:
    assert not FN_WRITTEN.intersection(tags(receipt_records(ORDER, V1_2)))


def test_receipt_of_1_05_brings_its_version_and_nothing_else_of_the_fns() -> None:
    assert FN_WRITTEN.intersection(tags(receipt_records(ORDER, V1_05))) == {1209}


@pytest.mark.parametrize("ffd", [V1_05, V1_2])
def test_all_five_payment_sums_are_written(ffd: FfdVersion) -> None:
    records = receipt_records(ORDER, ffd)
    sums = [record(records, tag).number() for tag in (1031, 1081, 1215, 1216, 1217)]
    assert sums == [0, 210_000, 0, 0, 0]


def test_measure_is_a_code_in_1_2_and_words_in_1_05() -> None:
    line = msgspec.structs.replace(LINE, measure=50, measure_text="кВт·ч".replace("·", "."))
    assert 1197 not in item_tags(receipt_records(order(lines=(line,)), V1_2))
    assert record(receipt_records(order(lines=(line,)), V1_2), 1059).child(2108).number() == 50
    assert 2108 not in item_tags(receipt_records(order(lines=(line,)), V1_05))
    assert 1197 in item_tags(receipt_records(order(lines=(line,)), V1_05))


def test_measure_of_a_service_is_written_as_zero_in_1_2() -> None:
    assert record(receipt_records(ORDER, V1_2), 1059).child(2108).number() == 0


def test_receipt_level_agent_sign_exists_in_1_05_only() -> None:
    assert 1057 in tags(receipt_records(order(agent_sign=64), V1_05))
    assert 1057 not in tags(receipt_records(order(agent_sign=64), V1_2))


def test_agent_and_supplier_stand_in_the_line() -> None:
    data = AgentData(operation="Перевод", agent_phones=("+71", "+72"))
    agent = Agent(sign=64, supplier_inn="7702203276", supplier_name="ООО Тепло", supplier_phones=("+73",), data=data)
    item = record(receipt_records(order(lines=(msgspec.structs.replace(LINE, agent=agent),)), V1_2), 1059)
    assert [child.tag for child in item.child(1223).children or ()] == [1044, 1073, 1073]
    assert [child.tag for child in item.child(1224).children or ()] == [1171, 1225]
    assert item.child(1226).value == b"7702203276  "
    assert item.child(1222).number() == 64


def test_internet_sign_is_written_when_the_receipt_has_it() -> None:
    assert record(receipt_records(order(internet=True), V1_2), 1125).number() == 1
    assert 1125 not in tags(receipt_records(ORDER, V1_2))


def test_amount_that_fits_no_tag_is_refused_with_the_tag() -> None:
    with pytest.raises(CodecError) as caught:
        receipt_records(order(tenders=Tenders(cash=1 << 48)), V1_2)
    assert caught.value.tag == 1031


def test_version_1_1_is_not_made() -> None:
    with pytest.raises(CodecError):
        receipt_records(ORDER, FfdVersion.FFD_1_1)


# VAT totals


def test_first_six_codes_have_tags_of_their_own() -> None:
    totals = tuple(VatTotal(VatCode(code), code) for code in range(1, 7))
    assert tags(vat_records(totals)) == [1102, 1103, 1106, 1107, 1104, 1105]


def test_later_codes_stand_in_1115_with_a_zero_1104() -> None:
    records = vat_records((VatTotal(VatCode.VAT_5, 500), VatTotal(VatCode.VAT_22, 8115)))
    assert tags(records) == [1104, 1115]
    assert record(tuple(records), 1104).value == b"\x00"
    entries = record(tuple(records), 1115).children or ()
    pairs = [(entry.child(1199).number(), entry.child(1120).number()) for entry in entries]
    assert pairs == [(7, 500), (11, 8115)]


def test_later_code_beside_an_old_one_needs_no_zero_1104() -> None:
    assert tags(vat_records((VatTotal(VatCode.NO_VAT, 1), VatTotal(VatCode.VAT_22, 2)))) == [1105, 1115]


def test_code_22_is_written_as_these_bytes() -> None:
    (zero, later) = vat_records((VatTotal(VatCode.VAT_22, 8115),))
    assert zero.hex() == "5004010000"
    assert later.hex() == "5b040f00" + "5f040b00" + "af0401000b" + "60040200b31f"


@pytest.mark.parametrize("codes", [(VatCode.NO_VAT, VatCode.VAT_20), (VatCode.VAT_20, VatCode.VAT_20)])
def test_vat_totals_out_of_order_are_refused(codes: tuple[VatCode, VatCode]) -> None:
    with pytest.raises(CodecError):
        vat_records(tuple(VatTotal(code, 1) for code in codes))


# Corrections


def test_correction_of_1_05_has_neither_items_nor_contact() -> None:
    found = tags(receipt_records(order(correction=Correction(0, date(2026, 9, 1))), V1_05))
    assert {1173, 1174} <= set(found)
    assert not {1059, 1008} & set(found)


def test_correction_of_1_2_is_a_receipt_with_its_basis() -> None:
    records = receipt_records(order(correction=Correction(1, date(2026, 9, 1), "15-04/12")), V1_2)
    assert {1059, 1008, 1173} <= set(tags(records))
    basis = record(records, 1174)
    assert basis.child(1178).moment().isoformat() == "2026-09-01T00:00:00"
    assert basis.child(1179).text() == "15-04/12"


def test_correction_of_a_return_does_not_exist_in_1_05() -> None:
    changed = order(correction=Correction(0, date(2026, 9, 1)), sign=SettlementSign.INCOME_RETURN)
    with pytest.raises(CodecError):
        receipt_records(changed, V1_05)
    assert receipt_records(changed, V1_2)


# Our receipt id

USER = UserRequisite("Договор", "15")
NOTED = (msgspec.structs.replace(LINE, additional="л/с 40817"),)


@pytest.mark.parametrize(
    ("id_tag", "changes", "place"),
    [
        (1084, {}, 1084),
        (1191, {}, 1191),
        (1084, {"user_requisite": USER}, 1191),
        (1191, {"lines": NOTED}, 1084),
        (1191, {"user_requisite": USER}, 1191),
    ],
)
@pytest.mark.parametrize("ffd", [V1_05, V1_2])
def test_receipt_id_is_found_where_it_was_put(
    id_tag: int, changes: dict[str, object], place: int, ffd: FfdVersion
) -> None:
    records = receipt_records(order(id_tag, **changes), ffd)
    assert receipt_id_of(b"".join(records)) == "r-17"
    item = record(records, 1059).child(1191)
    assert (item is not None and item.text() == "r-17") is (place == 1191)


def test_both_places_taken_is_refused() -> None:
    with pytest.raises(CodecError, match="no place is left"):
        receipt_records(order(user_requisite=USER, lines=NOTED), V1_2)


def test_requisite_named_like_ours_is_refused() -> None:
    with pytest.raises(CodecError):
        receipt_records(order(user_requisite=UserRequisite("ID", "r-18")), V1_2)


def test_id_of_a_1_05_correction_falls_back_to_the_requisite() -> None:
    records = receipt_records(order(1191, correction=Correction(0, date(2026, 9, 1))), V1_05)
    assert receipt_id_of(b"".join(records)) == "r-17"


def test_document_without_our_id_has_none() -> None:
    assert receipt_id_of(tlv.byte_tlv(1055, 1)) is None


# Other documents


def test_registration_of_1_2_leaves_to_the_fn_what_is_the_fns() -> None:
    found = tags(registration_records(REGISTRATION))
    assert not FN_WRITTEN.intersection(found)
    assert {1048, 1009, 1187, 1013, 1021, 1060, 1117, 1046, 1188, 1189} == set(found)


def test_registration_of_1_05_brings_operator_version_and_flags() -> None:
    found = tags(registration_records(msgspec.structs.replace(REGISTRATION, ffd=V1_05)))
    assert {1209, 1017, 1057, 1126, 1193, 1207, 1221} <= set(found)


def test_registration_replaces_typographic_quotes() -> None:
    assert record(registration_records(REGISTRATION), 1048).text() == 'ООО "Тепло"'


def test_closing_of_1_05_reports_raised_warnings_only() -> None:
    warnings = FnWarning.URGENT_REPLACEMENT | FnWarning.OFD_TIMEOUT
    assert tags(shift_closing_records(V1_05, "Иванова", warnings)) == [1209, 1021, 1051]
    assert tags(shift_closing_records(V1_2, "Иванова", warnings)) == [1021]


def test_reports_hold_what_the_kkt_supplies() -> None:
    assert tags(shift_opening_records(V1_2, "Иванова")) == [1021, 1188, 1189]
    assert settlements_report_records(V1_2) == ()
    assert tags(settlements_report_records(V1_05)) == [1209]
    assert tags(fn_closing_records(V1_2, "Иванова", FnOwner("ООО", None, "сайт"))) == [1021, 1048, 1187]


# Comparison with what an FN gives back


def archived(records: tuple[bytes, ...], *more: bytes) -> bytes:
    head = (tlv.text_tlv(1041, "9999078900005488"), tlv.encode_tlv(1040, tlv.uint32(7)), tlv.money_tlv(1020, 210_000))
    return b"".join((*head, *records, *more))


@pytest.mark.parametrize("ffd", [V1_05, V1_2])
def test_what_was_sent_is_recognised_among_the_fns_own_tags(ffd: FfdVersion) -> None:
    records = receipt_records(ORDER, ffd)
    more = () if ffd is V1_05 else (tlv.byte_tlv(1209, 4),)
    assert same_content(records, archived(records, *more))
    assert same_content(tuple(pack(records, RECEIPT_LIMIT)), archived(records, *more))
    assert same_content(b"".join(records), archived(records, *more))


def test_number_with_needless_zeros_is_the_same_number() -> None:
    sent = (tlv.money_tlv(1031, 0), tlv.encode_tlv(1059, tlv.encode_tlv(1023, b"\x00\x01")))
    kept = (tlv.encode_tlv(1031, b""), tlv.encode_tlv(1059, tlv.encode_tlv(1023, b"\x03\xe8\x03")))
    assert same_content(sent, b"".join(kept))


@pytest.mark.parametrize(
    "other",
    [
        order(contact="+79000000002"),
        order(lines=(LINE, LINE)),
        order(lines=()),
        msgspec.structs.replace(ORDER, receipt_id="r-18"),
        order(tenders=Tenders(cash=210_000)),
    ],
)
def test_another_receipt_is_not_the_same(other: ReceiptOrder) -> None:
    assert not same_content(receipt_records(ORDER, V1_2), archived(receipt_records(other, V1_2)))


def test_lines_in_another_order_are_another_receipt() -> None:
    second = msgspec.structs.replace(LINE, name="Вода, 10.2026")
    one = receipt_records(order(lines=(LINE, second)), V1_2)
    other = receipt_records(order(lines=(second, LINE)), V1_2)
    assert not same_content(one, archived(other))


# Handing over


def test_records_are_packed_tightly_and_none_is_cut() -> None:
    records = [tlv.encode_tlv(1059, bytes(296)) for _ in range(7)]
    frames = pack(records, RECEIPT_LIMIT)
    assert [len(frame) for frame in frames] == [900, 900, 300]
    assert b"".join(frames) == b"".join(records)


def test_item_that_fits_no_frame_is_refused() -> None:
    assert pack([tlv.encode_tlv(1059, bytes(1020))], RECEIPT_LIMIT)
    with pytest.raises(CodecError) as caught:
        pack([tlv.encode_tlv(1059, bytes(1021))], RECEIPT_LIMIT)
    assert caught.value.tag == 1059


def test_more_than_the_fn_takes_is_refused() -> None:
    with pytest.raises(CodecError):
        pack([bytes(1024)] * 31, RECEIPT_LIMIT)
