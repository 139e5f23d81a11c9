"""The documents of FFD 1.05 and 1.2: one door to the builders.

``*_records`` give what a KKT hands to its FN; ``whole_document`` puts the FN's own requisites to them and
``build_document`` makes any document, the operator's confirmation too, from typed values.
"""

from kkt_drivers.ffd.build import Content, FnPart, build_document, whole_document
from kkt_drivers.ffd.common import KKT_VERSION, Records
from kkt_drivers.ffd.compare import same_content
from kkt_drivers.ffd.receipt import receipt_records, vat_records
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.ffd.registration import re_registration_records, registration_records
from kkt_drivers.ffd.reports import (
    FnOwner,
    fn_closing_records,
    settlements_report_records,
    shift_closing_records,
    shift_opening_records,
)

__all__ = [
    "KKT_VERSION",
    "Content",
    "FnOwner",
    "FnPart",
    "Records",
    "build_document",
    "fn_closing_records",
    "re_registration_records",
    "receipt_id_of",
    "receipt_records",
    "registration_records",
    "same_content",
    "settlements_report_records",
    "shift_closing_records",
    "shift_opening_records",
    "vat_records",
    "whole_document",
]
