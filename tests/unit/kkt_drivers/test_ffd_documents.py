"""Receipts as documents: who writes what in FFD 1.05 and 1.2, VAT totals, corrections, our receipt id."""

from datetime import date

import msgspec
import pytest

from accounting.receipts.codes import FfdVersion, SettlementSign, VatCode
from accounting.receipts.model import (
    Agent,
    AgentData,
    Correction,
    Tenders,
    UserRequisite,
    VatTotal,
)
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import tlv
from kkt_drivers.ffd.compare import FN_WRITTEN
from kkt_drivers.ffd.documents import (
    receipt_id_of,
    receipt_records,
    vat_records,
)
from tests.unit.kkt_drivers.ffd_samples import (
    LINE,
    NOTED,
    ORDER,
    V1_05,
    V1_2,
    item_tags,
    order,
    record,
    tags,
)

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
    line = msgspec.structs.replace(LINE, price_kopecks=1 << 48, quantity_micro=0, sum_kopecks=0)
    with pytest.raises(CodecError) as caught:
        receipt_records(order(tenders=Tenders(), total_kopecks=0, lines=(line,)), V1_2)
    assert caught.value.tag == 1079


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


def test_correction_of_1_05_without_a_number_carries_the_filler() -> None:
    own = order(correction=Correction(0, date(2026, 9, 1)))
    assert record(receipt_records(own, V1_05), 1174).child(1179).text() == "б/н"
    act = msgspec.structs.replace(own, filler_1179="акт № 7")
    assert record(receipt_records(act, V1_05), 1174).child(1179).text() == "акт № 7"
    numbered = order(correction=Correction(0, date(2026, 9, 1), "12"))
    assert record(receipt_records(numbered, V1_05), 1174).child(1179).text() == "12"


def test_correction_of_1_2_on_own_initiative_carries_no_number() -> None:
    basis = record(receipt_records(order(correction=Correction(0, date(2026, 9, 1))), V1_2), 1174)
    assert basis.child(1179) is None


@pytest.mark.parametrize("ffd", [V1_05, V1_2])
def test_correction_by_order_is_refused_without_the_number_of_the_order(ffd: FfdVersion) -> None:
    with pytest.raises(CodecError) as caught:
        receipt_records(order(correction=Correction(1, date(2026, 9, 1))), ffd)
    assert caught.value.tag == 1179


def test_an_empty_filler_is_refused_where_a_number_must_stand() -> None:
    own = msgspec.structs.replace(order(correction=Correction(0, date(2026, 9, 1))), filler_1179="")
    with pytest.raises(CodecError, match="filler_1179"):
        receipt_records(own, V1_05)
    assert receipt_records(own, V1_2)


# Our receipt id

USER = UserRequisite("Договор", "15")


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
