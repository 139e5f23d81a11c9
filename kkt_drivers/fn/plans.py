"""Which commands, with which data, make each document. FN protocol 7, 12; no I/O.

Every function raises KktRefused BAD_REQUEST with code 0 for content that cannot be written in the FN's format: another
try would give the same answer.
"""

from accounting.receipts.codes import FfdVersion
from kkt_drivers.change_reasons import ChangeReason
from kkt_drivers.ffd import documents
from kkt_drivers.ffd.documents import FnOwner
from kkt_drivers.ffd.receipt_bytes import encode_receipt
from kkt_drivers.fn import commands, handover
from kkt_drivers.fn.document import DocumentPlan, building
from kkt_drivers.fn.registration import reasons_argument, registration_kind
from kkt_drivers.fn.values import moment
from kkt_drivers.kkt import FnWarning, KktLocalTime, ReceiptOrder, Registration


def registration(registration: Registration, at: KktLocalTime, reasons: ChangeReason) -> DocumentPlan:
    """Forms 1 and 11; ``reasons`` are empty for the first registration. FFD 1.05 has commands of its own."""
    ffd, kind = registration.ffd, registration_kind(reasons)
    base = ffd is FfdVersion.FFD_1_05
    records = documents.re_registration_records if reasons else documents.registration_records
    with building("registration"):
        arguments = commands.finish_registration if base else commands.finish_registration_1_1
        return DocumentPlan(
            begin=commands.BEGIN_REGISTRATION if base else commands.BEGIN_REGISTRATION_1_1,
            begin_data=commands.begin_registration(kind) if base else commands.begin_registration_1_1(ffd, kind),
            frames=handover.pack(records(registration), handover.REGISTRATION_LIMIT),
            finish=commands.FINISH_REGISTRATION if base else commands.FINISH_REGISTRATION_1_1,
            finish_data=arguments(registration, at) + reasons_argument(ffd, reasons),
        )


def shift_opening(ffd: FfdVersion, at: KktLocalTime, cashier: str) -> DocumentPlan:
    """Form 2."""
    with building("shift opening"):
        return DocumentPlan(
            begin=commands.BEGIN_SHIFT_OPENING,
            begin_data=moment(at),
            frames=handover.pack(documents.shift_opening_records(ffd, cashier), handover.SHIFT_LIMIT),
            finish=commands.FINISH_SHIFT_OPENING,
        )


def shift_closing(ffd: FfdVersion, at: KktLocalTime, cashier: str, warnings: FnWarning) -> DocumentPlan:
    """Form 5."""
    with building("shift closing"):
        return DocumentPlan(
            begin=commands.BEGIN_SHIFT_CLOSING,
            begin_data=moment(at),
            frames=handover.pack(documents.shift_closing_records(ffd, cashier, warnings), handover.SHIFT_LIMIT),
            finish=commands.FINISH_SHIFT_CLOSING,
        )


def receipt(order: ReceiptOrder, ffd: FfdVersion, at: KktLocalTime) -> DocumentPlan:
    """Forms 3 and 31."""
    paper = order.receipt
    with building("receipt"):
        return DocumentPlan(
            begin=commands.BEGIN_CORRECTION if paper.correction is not None else commands.BEGIN_RECEIPT,
            begin_data=moment(at),
            frames=handover.cut(encode_receipt(order, ffd), handover.RECEIPT_LIMIT),
            finish=commands.FINISH_RECEIPT,
            finish_data=commands.finish_receipt(at, paper.sign, paper.total_kopecks),
        )


def settlements_report(ffd: FfdVersion, at: KktLocalTime) -> DocumentPlan:
    """Form 21."""
    with building("settlements report"):
        return DocumentPlan(
            begin=commands.BEGIN_SETTLEMENTS,
            begin_data=moment(at),
            frames=handover.pack(documents.settlements_report_records(ffd), handover.SETTLEMENTS_LIMIT),
            finish=commands.FINISH_SETTLEMENTS,
        )


def fn_closing(ffd: FfdVersion, at: KktLocalTime, cashier: str, rnm: str, owner: FnOwner) -> DocumentPlan:
    """Form 6."""
    with building("FN closing"):
        return DocumentPlan(
            begin=commands.BEGIN_FN_CLOSING,
            frames=handover.pack(documents.fn_closing_records(ffd, cashier, owner), handover.FN_CLOSING_LIMIT),
            finish=commands.FINISH_FN_CLOSING,
            finish_data=commands.finish_fn_closing(at, rnm),
        )
