"""Is a document what the tables say? One call for every form; the rules themselves stand in the ``check_*`` files."""

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.check_composition import MISSING, check_composition
from kkt_drivers.ffd.check_counters import check_counters
from kkt_drivers.ffd.check_lines import check_lines, check_vat_totals
from kkt_drivers.ffd.check_receipt import check_correction, check_receipt
from kkt_drivers.ffd.check_registration import check_registration
from kkt_drivers.ffd.check_reports import check_confirmation, check_settlements_report, check_shift_closing
from kkt_drivers.ffd.check_sizes import check_sizes
from kkt_drivers.ffd.check_values import check_values
from kkt_drivers.ffd.composition import Supplier, supplier
from kkt_drivers.ffd.findings import Case, Finding, Severity, refuse
from kkt_drivers.ffd.forms import CORRECTIONS, RECEIPTS, REGISTRATIONS
from kkt_drivers.ffd.tree import Node, decode_nodes

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}


def check_document(form: DocumentForm, version: FfdVersion, tree: Node) -> list[Finding]:
    """Everything that the tables and their notes say against this document, worst first.

    Only what the document itself can tell: whether an address differs from the registered one is not known here. FFD
    1.0 has no tables of ours, so ``version`` is 1.05 or later. Raises CodecError when the tree is of another form.
    """
    if tree.tag != form:
        raise CodecError(f"the tree is a document of form {tree.tag}, not {int(form)}", tag=tree.tag)
    case = Case(form, version, tree)
    findings = [*check_composition(case), *check_sizes(case), *check_values(case), *check_counters(case)]
    if form in RECEIPTS | CORRECTIONS:
        findings += [*check_receipt(case), *check_lines(case), *check_vat_totals(case)]
    if form in CORRECTIONS:
        findings += check_correction(case)
    if form in REGISTRATIONS:
        findings += check_registration(case)
    if form is DocumentForm.SHIFT_CLOSING:
        findings += check_shift_closing(case)
    if form is DocumentForm.SETTLEMENTS_REPORT:
        findings += check_settlements_report(case)
    if form is DocumentForm.OPERATOR_CONFIRMATION:
        findings += check_confirmation(case)
    return sorted(findings, key=lambda finding: _ORDER[finding.severity])


def check_records(form: DocumentForm, version: FfdVersion, records: bytes) -> list[Finding]:
    """As ``check_document``, for what a KKT passes with 07h: what the FN writes itself is not missed.

    Raises CodecError when the records cannot be read.
    """
    passed = Node(int(form), decode_nodes(records))
    return [
        finding
        for finding in check_document(form, version, passed)
        if passed.find(finding.tag) is not None or supplier(finding.tag, form, version) is Supplier.KKT
    ]


def refuse_records(
    form: DocumentForm, version: FfdVersion, records: tuple[bytes, ...], *, may_miss: bool = False
) -> tuple[bytes, ...]:  # fmt: skip
    """The records, if nothing in them is an error. ``may_miss``: a report that must go out even when it is incomplete.

    Raises CodecError with the tag, what is wrong and what to do.
    """
    findings = check_records(form, version, b"".join(records))
    refuse([finding for finding in findings if not (may_miss and finding.rule == MISSING)])
    return records


__all__ = ["check_document", "check_records", "refuse_records"]
