"""Whatever the builder makes the tables accept: any receipt that it does not refuse, made whole by an FN and judged."""

from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, assume, given, settings

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.check import check_document
from kkt_drivers.ffd.documents import FnPart, receipt_records, whole_document
from kkt_drivers.ffd.findings import Severity
from kkt_drivers.ffd.tree import Node
from kkt_drivers.kkt import ReceiptOrder
from tests.contract.random_receipts import BROKEN_ORDERS, ORDERS, VERSIONS

LAST = date(2106, 2, 6)
slow_to_draw = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def made_whole(order: ReceiptOrder, ffd: FfdVersion) -> tuple[DocumentForm, Node]:
    """As an FN makes it, a day after what it corrects. Raises CodecError for what the builder or the tables refuse."""
    receipt = order.receipt
    records = receipt_records(order, ffd)
    form = DocumentForm.RECEIPT if receipt.correction is None else DocumentForm.CORRECTION_RECEIPT
    day = date(2026, 11, 1) if receipt.correction is None else receipt.correction.settled_on + timedelta(days=1)
    fn = FnPart(
        fn_number="9999078900005488",
        kkt_registration_number="0000000005008570",
        user_inn="7702203276",
        fd_number=163,
        issued_at=datetime.combine(day, datetime.min.time()),
        fiscal_sign=776_727_275,
        shift_number=1,
        receipt_number=2,
        sign=receipt.sign,
        total_kopecks=receipt.total_kopecks,
    )
    return form, whole_document(form, ffd, fn, records, None if ffd is FfdVersion.FFD_1_05 else {1209: ffd})


@slow_to_draw
@given(ORDERS, VERSIONS)
def test_every_receipt_that_is_built_has_no_error_in_it(order: ReceiptOrder, ffd: FfdVersion) -> None:
    assume(order.receipt.correction is None or order.receipt.correction.settled_on < LAST)
    form, document = made_whole(order, ffd)
    assert [found for found in check_document(form, ffd, document) if found.severity is Severity.ERROR] == []


@settings(slow_to_draw, max_examples=100)
@given(BROKEN_ORDERS, VERSIONS)
def test_a_receipt_with_something_wrong_is_refused_or_has_no_error_in_it(order: ReceiptOrder, ffd: FfdVersion) -> None:
    assume(order.receipt.correction is None or order.receipt.correction.settled_on < LAST)
    try:
        receipt_records(order, ffd)
    except CodecError:
        return
    made_whole(order, ffd)
