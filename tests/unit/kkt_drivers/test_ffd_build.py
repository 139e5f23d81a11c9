"""Builders refuse what the tables refuse, and say what to do; what others made within the tables they take."""

from datetime import date, datetime

import msgspec
import pytest

from accounting.receipts.codes import DocumentForm, FfdVersion, SettlementSign, SubjectType, VatCode
from accounting.receipts.model import Agent, Correction, Receipt, Tenders, VatTotal
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.documents import FnOwner, build_document, fn_closing_records, receipt_records, registration_records
from kkt_drivers.ffd.tree import decode_document, encode_node
from kkt_drivers.ofd.confirmation import decode_confirmation
from tests.unit.kkt_drivers import golden
from tests.unit.kkt_drivers.ffd_samples import LINE, RECEIPT, REGISTRATION, V1_05, V1_2, order

LINE_WITHOUT_RATE = msgspec.structs.replace(LINE, vat_code=None)
RECEIVED = datetime(2017, 3, 3, 8, 38, 20)  # noqa: DTZ001 - UTC of an operator


def test_operators_confirmation_is_built_byte_for_byte() -> None:
    built = build_document(
        DocumentForm.OPERATOR_CONFIRMATION,
        V1_05,
        {
            1017: "7704358518",
            1041: "9999078900005488",
            1040: 1,
            1012: RECEIVED,
            1068: {1022: 0},
            1078: bytes(range(16)),
        },
    )
    message = golden.document("ofd_message_confirmation")
    assert encode_node(built) in message
    assert decode_confirmation(message[30:]).received_at.replace(tzinfo=None) == RECEIVED


def test_real_receipt_is_built_from_its_values_byte_for_byte() -> None:
    data = golden.document("receipt_two_items")
    tree = decode_document(data)
    items = [{child.tag: child.value for child in item.children} for item in tree.all(1059)]
    values = {node.tag: node.value for node in tree.children if node.tag != 1059}
    rebuilt: dict[int, object] = {}
    for node in tree.children:
        rebuilt[node.tag] = items if node.tag == 1059 else values[node.tag]
    assert encode_node(build_document(DocumentForm.RECEIPT, V1_05, rebuilt)) == data  # type: ignore[arg-type]


def test_texts_get_stand_ins_and_long_ones_are_refused_with_the_tag() -> None:
    tree = decode_document(golden.document("receipt_two_items"))
    values = {node.tag: node.value for node in tree.children if node.tag != 1059}
    items = [{child.tag: child.value for child in item.children} for item in tree.all(1059)]
    built = build_document(DocumentForm.RECEIPT, V1_05, {**values, 1059: items, 1048: "ООО «Тепло»"})  # type: ignore[dict-item]
    assert built.text(1048) == 'ООО "Тепло"'
    with pytest.raises(CodecError) as caught:
        build_document(DocumentForm.RECEIPT, V1_05, {**values, 1059: items, 1048: "ж" * 257})  # type: ignore[dict-item]
    assert caught.value.tag == 1048


def test_what_the_tables_call_an_error_is_not_built_and_the_reason_is_told() -> None:
    with pytest.raises(CodecError, match=r"нет обязательного реквизита .*приказ ЕД-7-20/662@") as caught:
        build_document(DocumentForm.SHIFT_OPENING, V1_05, {1209: 2, 1018: "7702203276"})
    assert caught.value.tag is not None


# Receipts on their way to a device


@pytest.mark.parametrize(
    ("changes", "tag"),
    [
        ({"total_kopecks": 210_001}, 1020),
        ({"tenders": Tenders(cash=1)}, 1020),
        ({"lines": ()}, 1059),
        # Each form fits into six bytes, their sum, which the FN writes, does not.
        (
            {
                "tenders": Tenders(cash=2**48 - 1, electronic=1),
                "total_kopecks": 2**48,
                "correction": Correction(0, date(2026, 9, 1)),
                "lines": (),
            },
            1020,
        ),
        ({"vat_totals": ()}, 1105),
        ({"lines": (msgspec.structs.replace(LINE, price_kopecks=5),)}, 1043),
        ({"total_kopecks": 200_000, "tenders": Tenders(cash=200_000)}, 1020),
        ({"total_kopecks": 210_100, "tenders": Tenders(cash=210_100)}, 1020),
        ({"vat_totals": (VatTotal(VatCode.VAT_22, 1),)}, 1105),
        ({"lines": (LINE,) * 600, "total_kopecks": 126_000_000, "tenders": Tenders(cash=126_000_000)}, None),
        # Of lines without a rate no total can be wanted, yet a rate that no order knows is none of a total's either.
        (
            {
                "lines": (LINE_WITHOUT_RATE,),
                "vat_totals": (VatTotal(VatCode.VAT_20, 0), VatTotal(13, 256)),  # type: ignore[arg-type]
            },
            1199,
        ),
        ({"lines": (msgspec.structs.replace(LINE, vat_code=13), LINE_WITHOUT_RATE)}, 1199),
        ({"lines": (msgspec.structs.replace(LINE, subject=SubjectType.NOT_ASSIGNED_28),)}, 1212),
        ({"lines": (msgspec.structs.replace(LINE, agent=Agent(3, "7702203276")),)}, 1222),
        ({"lines": (msgspec.structs.replace(LINE, agent=Agent(64, "77022")),)}, 1226),
        ({"correction": Correction(2, date(2026, 9, 1))}, 1173),
        ({"agent_sign": 3}, 1057),
    ],
)
@pytest.mark.parametrize("ffd", [V1_05, V1_2])
def test_receipt_that_breaks_a_rule_is_refused_with_its_tag(
    changes: dict[str, object], tag: int | None, ffd: FfdVersion
) -> None:
    with pytest.raises(CodecError) as caught:
        receipt_records(order(**changes), ffd)
    assert caught.value.tag == tag


def imported() -> Receipt:
    """As receipts of others come: no method, no subject, no VAT code, and the kopecks of the total dropped."""
    line = msgspec.structs.replace(
        LINE, price_kopecks=3_999, sum_kopecks=3_999, method=None, subject=None, vat_code=None
    )
    return msgspec.structs.replace(
        RECEIPT,
        lines=(line,),
        total_kopecks=3_900,
        tenders=Tenders(cash=3_900),
        vat_totals=(VatTotal(VatCode.VAT_10, 364),),
    )


@pytest.mark.parametrize("ffd", [V1_05, V1_2])
def test_receipt_of_others_is_written_as_far_as_the_tables_go(ffd: FfdVersion) -> None:
    records = b"".join(receipt_records(order(**msgspec.structs.asdict(imported())), ffd))
    assert records


def test_total_that_lacks_roubles_of_its_lines_is_refused_in_words() -> None:
    receipt = msgspec.structs.replace(imported(), total_kopecks=3_800, tenders=Tenders(cash=3_800))
    with pytest.raises(CodecError, match="only the kopecks may differ"):
        receipt_records(order(**msgspec.structs.asdict(receipt)), V1_05)


def test_return_is_no_correction_of_1_05() -> None:
    changed = order(sign=SettlementSign.EXPENSE_RETURN)
    assert receipt_records(changed, V1_05)


# Reports


@pytest.mark.parametrize("ffd", [V1_05, V1_2])
def test_registration_with_a_serial_number_too_long_is_refused(ffd: FfdVersion) -> None:
    with pytest.raises(CodecError) as caught:
        registration_records(msgspec.structs.replace(REGISTRATION, kkt_serial_number="7" * 21, ffd=ffd))
    assert caught.value.tag == 1013


def test_fn_is_closed_even_when_its_owner_is_no_longer_readable() -> None:
    assert fn_closing_records(V1_2, "Иванова", FnOwner())
