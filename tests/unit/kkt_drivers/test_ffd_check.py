"""The tables against documents: correct ones pass in silence, each broken rule is named with what to do."""

from datetime import datetime
from decimal import Decimal

import pytest

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import tlv
from kkt_drivers.ffd.check import check_document, check_records
from kkt_drivers.ffd.composition import Obligation, Supplier, composition, supplier
from kkt_drivers.ffd.documents import receipt_records
from kkt_drivers.ffd.findings import Certainty, Finding, Severity
from kkt_drivers.ffd.tags import TAGS
from kkt_drivers.ffd.tree import Node, decode_document, encode_node, form_of
from tests.unit.kkt_drivers import golden
from tests.unit.kkt_drivers.ffd_samples import ORDER, V1_05, V1_2
from tests.unit.kkt_drivers.ffd_wholes import MADE, changed, utility_receipt, whole

# Tables


@pytest.mark.parametrize(
    ("place", "ffd", "tag", "obligation"),
    [
        (1, V1_05, 1062, Obligation.OPTIONAL),
        (2, V1_05, 1048, Obligation.PRINTED),
        (3, V1_05, 1055, Obligation.MANDATORY),
        (3, V1_05, 1009, Obligation.CONDITIONAL),
        (3, V1_2, 1009, Obligation.MANDATORY),
        (3, V1_2, 1031, Obligation.MANDATORY),  # flattened by the source: the 1.05 obligation
        (1059, V1_05, 1226, Obligation.CONDITIONAL),
        (1174, V1_05, 1178, Obligation.CONDITIONAL),
        (1115, V1_2, 1119, Obligation.MANDATORY),
        (7, V1_2, 1078, Obligation.MANDATORY),
    ],
)
def test_table_says_what_the_order_says(place: int, ffd: FfdVersion, tag: int, obligation: Obligation) -> None:
    assert composition(place, ffd)[tag].obligation is obligation


def test_table_has_no_1057_in_1_2_and_no_1256_before() -> None:
    assert 1057 not in composition(3, V1_2)
    assert 1256 in composition(3, V1_2)
    assert 1256 not in composition(3, V1_05)


def test_every_place_of_the_table_is_a_form_or_a_structure() -> None:
    places = {int(part.split(":")[0]) for tag in TAGS.values() for cell in tag.places for part in cell.split()}
    assert all(place < 100 or TAGS[place].type == "stlv" for place in places)


@pytest.mark.parametrize(
    ("tag", "form", "ffd", "who"),
    [
        (1041, DocumentForm.RECEIPT, V1_05, Supplier.FN),
        (1209, DocumentForm.RECEIPT, V1_05, Supplier.KKT),
        (1209, DocumentForm.RECEIPT, V1_2, Supplier.FN),
        (1108, DocumentForm.REGISTRATION, V1_05, Supplier.FN),
        (1108, DocumentForm.RECEIPT, V1_05, Supplier.KKT),
        (1017, DocumentForm.REGISTRATION, V1_05, Supplier.KKT),
        (1017, DocumentForm.REGISTRATION, V1_2, Supplier.FN),
        (1017, DocumentForm.OPERATOR_CONFIRMATION, V1_2, Supplier.OFD),
    ],
)
def test_who_writes_a_tag(tag: int, form: DocumentForm, ffd: FfdVersion, who: Supplier) -> None:
    assert supplier(tag, form, ffd) is who


# Correct documents


@pytest.mark.parametrize("name", ["receipt_two_items", "receipt_weighed_goods"])
def test_real_receipts_of_1_05_pass_in_silence(name: str) -> None:
    assert check_document(DocumentForm.RECEIPT, V1_05, decode_document(golden.document(name))) == []


def test_real_re_registration_lacks_nothing_but_flags_of_zero() -> None:
    tree = decode_document(golden.document("re_registration"))
    findings = check_document(DocumentForm.RE_REGISTRATION, V1_05, tree)
    assert {finding.rule for finding in findings} == {"flag"}


def test_dropped_kopecks_are_noted_not_refused() -> None:
    tree = decode_document(golden.document("receipt_user_requisite"))
    found = {finding.rule: finding.severity for finding in check_document(DocumentForm.RECEIPT, V1_05, tree)}
    assert found["total_kopecks"] is Severity.NOTE


@pytest.mark.parametrize("ffd", [V1_05, V1_2])
@pytest.mark.parametrize("form", MADE)
def test_what_our_builders_make_passes_in_silence(form: DocumentForm, ffd: FfdVersion) -> None:
    assert check_document(form, ffd, whole(form, ffd)) == []


def test_receipt_with_two_rates_and_an_agent_passes_in_silence() -> None:
    assert check_document(DocumentForm.RECEIPT, V1_2, utility_receipt()) == []


def test_records_of_a_kkt_are_not_asked_for_what_the_fn_writes() -> None:
    for ffd in (V1_05, V1_2):
        assert check_records(DocumentForm.RECEIPT, ffd, b"".join(receipt_records(ORDER, ffd))) == []


# Broken ones


def one(form: DocumentForm, ffd: FfdVersion, tree: Node, rule: str) -> Finding:
    found = [finding for finding in check_document(form, ffd, tree) if finding.rule == rule]
    assert found, f"no finding {rule}"
    assert found[0].text
    assert found[0].advice
    assert found[0].source
    return found[0]


RECEIPT = DocumentForm.RECEIPT
ITEM = whole(RECEIPT, V1_05).all(1059)[0]


def lines(*items: Node) -> Node:
    base = whole(RECEIPT, V1_05)
    return Node(3, (*(node for node in base.children if node.tag != 1059), *items))


@pytest.mark.parametrize(
    ("tree", "rule", "tag"),
    [
        (changed(whole(RECEIPT, V1_05), 1209), "missing", 1209),
        (changed(whole(RECEIPT, V1_05), 1041), "missing", 1041),
        (changed(whole(RECEIPT, V1_05), t1020=209_000), "tenders", 1020),
        (changed(whole(RECEIPT, V1_05), t1020=209_000), "total_of_lines", 1020),
        (changed(whole(RECEIPT, V1_05), t1055=3), "one_taxation", 1055),
        (changed(whole(RECEIPT, V1_05), 1105), "vat_totals", 1105),
        (changed(whole(RECEIPT, V1_05), 1105, t1103=1), "vat_total_missing", 1105),
        (changed(whole(RECEIPT, V1_05), t1103=500), "vat_total_alone", 1103),
        (changed(whole(RECEIPT, V1_05), t1105=100), "vat_total", 1105),
        (changed(whole(RECEIPT, V1_05), 1105, t1115=(Node(1119, (Node(1199, 11), Node(1120, 9))),)), "vat_stub", 1104),
        (changed(whole(RECEIPT, V1_05), t1054=5), "value", 1054),
        (changed(whole(RECEIPT, V1_05), t1256=()), "foreign", 1256),
        (changed(whole(RECEIPT, V1_05), t1041="77"), "length", 1041),
        (changed(whole(RECEIPT, V1_05), t1203="Иванова     "), "inn", 1203),
        (changed(whole(RECEIPT, V1_05), t9999=b"\x01"), "unknown", 9999),
        (changed(whole(RECEIPT, V1_05), t1057=3), "one_agent", 1057),
        (changed(whole(RECEIPT, V1_05), t1012=datetime(2026, 11, 3, 12, 5, 7)), "seconds", 1012),  # noqa: DTZ001
        (lines(changed(ITEM, t1043=5)), "line_sum", 1043),
        (lines(changed(ITEM, t1023=Decimal(2))), "line_sum", 1043),
        (lines(changed(ITEM, t1199=1, t1200=9)), "line_vat", 1200),
        (lines(changed(ITEM, t1222=64)), "supplier_inn", 1226),
        (lines(changed(ITEM, t1224=(Node(1225, "АО"),))), "agent_sign", 1222),
        (lines(changed(ITEM, t1191="a" * 1000)), "item_size", 1059),
        (lines(changed(ITEM, t1191="a" * (1022 - len(encode_node(ITEM))))), "item_frame", 1059),
        (lines(*(changed(ITEM, t1191="a" * 900) for _ in range(33))), "passed_size", 3),
        (lines(*(changed(ITEM, t1191="a" * 900) for _ in range(36))), "document_size", 3),
        (Node(3, (*whole(RECEIPT, V1_05).children, Node(1054, 1))), "repeated", 1054),
    ],
)
def test_broken_receipt_is_named_by_rule_and_tag(tree: Node, rule: str, tag: int) -> None:
    assert one(RECEIPT, V1_05, tree, rule).tag == tag


CORRECTION = DocumentForm.CORRECTION_RECEIPT
REGISTRATION = DocumentForm.REGISTRATION
CLOSING = DocumentForm.SHIFT_CLOSING


@pytest.mark.parametrize(
    ("form", "ffd", "tree", "rule", "tag"),
    [
        (CORRECTION, V1_05, changed(whole(CORRECTION, V1_05), t1054=2), "correction_sign", 1054),
        (CORRECTION, V1_2, changed(whole(CORRECTION, V1_2), 1059), "missing", 1059),
        (
            CORRECTION,
            V1_05,
            changed(whole(CORRECTION, V1_05), t1174=(Node(1178, datetime(2027, 1, 1)), Node(1179, "1"))),  # noqa: DTZ001
            "correction_date",
            1178,
        ),
        (
            CORRECTION,
            V1_05,
            changed(whole(CORRECTION, V1_05), t1174=(Node(1178, datetime(2026, 1, 1, 5)),)),  # noqa: DTZ001
            "correction_order",
            1179,
        ),
        (
            CORRECTION,
            V1_2,
            changed(whole(CORRECTION, V1_2), t1174=(Node(1178, datetime(2026, 1, 1)),)),  # noqa: DTZ001
            "correction_order",
            1179,
        ),
        (
            CORRECTION,
            V1_05,
            changed(whole(CORRECTION, V1_05), t1173=0, t1174=(Node(1178, datetime(2026, 1, 1)),)),  # noqa: DTZ001
            "missing",
            1179,
        ),
        (REGISTRATION, V1_05, changed(whole(REGISTRATION, V1_05), t1001=1), "machine", 1036),
        (REGISTRATION, V1_05, changed(whole(REGISTRATION, V1_05), t1002=1, t1056=1), "autonomous", 1056),
        (REGISTRATION, V1_05, changed(whole(REGISTRATION, V1_05), t1002=1), "autonomous", 1017),
        (REGISTRATION, V1_2, changed(whole(REGISTRATION, V1_2), 1117), "network", 1117),
        (REGISTRATION, V1_05, changed(whole(REGISTRATION, V1_05), 1057), "flag", 1057),
        (REGISTRATION, V1_05, changed(whole(REGISTRATION, V1_05), t1013="7"), "rnm", 1037),
        (REGISTRATION, V1_05, changed(whole(REGISTRATION, V1_05), t1190=2), "version", 1190),
        (REGISTRATION, V1_05, changed(whole(REGISTRATION, V1_05), t1040=2), "first", 1040),
        (REGISTRATION, V1_05, changed(whole(REGISTRATION, V1_05), t1101=2), "foreign", 1101),
        (
            DocumentForm.RE_REGISTRATION,
            V1_2,
            changed(whole(DocumentForm.RE_REGISTRATION, V1_2), t1205=0),
            "reason",
            1205,
        ),
        (CLOSING, V1_05, changed(whole(CLOSING, V1_05), t1111=3), "counts", 1111),
        (CLOSING, V1_05, changed(whole(CLOSING, V1_05), 1098), "unsent", 1098),
        (CLOSING, V1_05, changed(whole(CLOSING, V1_05), t1098=datetime(2027, 1, 1)), "unsent_date", 1098),  # noqa: DTZ001
        (CLOSING, V1_2, changed(whole(CLOSING, V1_2), 1194), "missing", 1194),
        (CLOSING, V1_2, changed(whole(CLOSING, V1_2), t1194=(Node(1134, 8), Node(1129, ()))), "counters", 1134),
        (
            DocumentForm.SETTLEMENTS_REPORT,
            V1_05,
            changed(whole(DocumentForm.SETTLEMENTS_REPORT, V1_05), 1097),
            "mode",
            1097,
        ),
        (
            DocumentForm.SHIFT_OPENING,
            V1_05,
            changed(whole(DocumentForm.SHIFT_OPENING, V1_05), t1048="ООО"),
            "printed_only",
            1048,
        ),
    ],
)
def test_broken_document_is_named_by_rule_and_tag(
    form: DocumentForm, ffd: FfdVersion, tree: Node, rule: str, tag: int
) -> None:
    assert one(form, ffd, tree, rule).tag == tag


def test_what_one_source_says_is_a_doubt_and_says_so() -> None:
    found = one(REGISTRATION, V1_2, changed(whole(REGISTRATION, V1_2), 1290), "missing")
    assert (found.severity, found.certainty) == (Severity.WARNING, Certainty.ONE_SOURCE)


def test_errors_come_first_and_the_place_is_told() -> None:
    tree = lines(ITEM, changed(ITEM, 1030, t1043=5))
    findings = check_document(RECEIPT, V1_05, tree)
    assert [finding.severity for finding in findings] == sorted(
        (finding.severity for finding in findings), key=["error", "warning", "note"].index
    )
    assert "1059[2]/1043" in {finding.where for finding in findings}


def test_confirmation_that_refuses_is_noted() -> None:
    tree = decode_document(tlv.stlv(7, tlv.encode_tlv(1068, tlv.byte_tlv(1022, 14))))
    rules = {finding.rule for finding in check_document(form_of(tree), V1_2, tree)}
    assert {"not_accepted", "missing"} <= rules


def test_tree_of_another_form_is_refused() -> None:
    with pytest.raises(CodecError):
        check_document(DocumentForm.BSO, V1_05, whole(RECEIPT, V1_05))


def test_own_initiative_needs_no_number_in_1_2() -> None:
    own = changed(whole(CORRECTION, V1_2), t1173=0, t1174=(Node(1178, datetime(2026, 1, 1)),))  # noqa: DTZ001
    assert check_document(CORRECTION, V1_2, own) == []
