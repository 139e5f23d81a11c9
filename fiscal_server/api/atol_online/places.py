"""Where in a document a finding of the control has its place."""

from typing import Final

from accounting.receipts.checks.findings import Finding

_OF_LINE: Final = {
    "1043>0": ("NumberTooSmall", "sum"),
    "1043=1079*1023": ("Unsound", "sum"),
    "1030": ("Unsound", "name"),
    "1191": ("StringTooLong", "user_data"),
    "1199": ("PropertyRequired", "vat"),
    "1199/1214": ("Unsound", "vat.type"),
    "vat_date": ("Unsound", "vat.type"),
    "1200": ("Unsound", "vat.sum"),
    "1222": ("Unsound", "agent_info.type"),
    "1226": ("PropertyRequired", "supplier_info.inn"),
    "agent_text": ("StringTooLong", "agent_info"),
    "1197": ("Unsound", "measurement_unit"),
    "1197_length": ("StringTooLong", "measurement_unit"),
    "2108": ("Unsound", "measure"),
}
_OF_RECEIPT: Final = {
    "lines": ("PropertyRequired", "items"),
    "correction_lines": ("PropertyRequired", "items"),
    "1020=sum(1043)": ("Unsound", "total"),
    "1020_rounded": ("Unsound", "total"),
    "1020>0": ("NumberTooSmall", "total"),
    "1020=forms": ("Unsound", "payments"),
    "1055": ("Unsound", "company.sno"),
    "1055_date": ("Unsound", "company.sno"),
    "vat_totals": ("Unsound", "vats"),
    "vat_totals=lines": ("Unsound", "vats"),
    "vat_total": ("Unsound", "vats"),
    "form31_rates": ("Unsound", "vats"),
    "1008": ("Unsound", "client"),
    "1117": ("StringTooLong", "company.email"),
    "1192": ("StringTooLong", "additional_check_props"),
    "1084": ("StringTooLong", "additional_user_props"),
    "max_bytes": ("TooManyItems", "items"),
    "1173": ("Unsound", "correction_info.type"),
    "1178": ("Unsound", "correction_info.base_date"),
    "1179": ("PropertyRequired", "correction_info.base_number"),
}
_OF_CORRECTION: Final = {"1020>0": ("NumberTooSmall", "payments")}
"""A correction of v4 has no total of its own; of v5 the sum of its payments is it as well."""


def place_of(finding: Finding, *, corrects: bool) -> tuple[str, str]:
    """Kind of the mistake and path below the document's root; the nearest object when no field is to blame alone."""
    if finding.line is not None:
        rule, field = _OF_LINE.get(finding.rule, ("Unsound", ""))
        return rule, f"items[{finding.line}].{field}" if field else f"items[{finding.line}]"
    if corrects and finding.rule in _OF_CORRECTION:
        return _OF_CORRECTION[finding.rule]
    return _OF_RECEIPT.get(finding.rule, ("Unsound", "company"))
