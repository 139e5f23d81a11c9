"""The documents of FFD 1.05 and 1.2 that a KKT makes, as the records it hands to its FN: one door to the builders."""

from kkt_drivers.ffd.common import KKT_VERSION, Records
from kkt_drivers.ffd.compare import same_content
from kkt_drivers.ffd.receipt import receipt_records, vat_records
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.ffd.registration import registration_records
from kkt_drivers.ffd.reports import (
    FnOwner,
    fn_closing_records,
    settlements_report_records,
    shift_closing_records,
    shift_opening_records,
)

__all__ = [
    "KKT_VERSION",
    "FnOwner",
    "Records",
    "fn_closing_records",
    "receipt_id_of",
    "receipt_records",
    "registration_records",
    "same_content",
    "settlements_report_records",
    "shift_closing_records",
    "shift_opening_records",
    "vat_records",
]
