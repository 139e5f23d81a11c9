"""Records of the reports between registration and closing of an FN: shifts, settlements, the end. FFD tables 18-31."""

import msgspec

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.ffd.check import refuse_records
from kkt_drivers.ffd.common import KKT_VERSION, Records, cashier_records, version_records
from kkt_drivers.ffd.tlv import byte_tlv, text_tlv
from kkt_drivers.kkt import FnWarning

_WARNING_TAGS = ((FnWarning.RESOURCE, 1050), (FnWarning.URGENT_REPLACEMENT, 1051), (FnWarning.ARCHIVE_FULL, 1052))


class FnOwner(msgspec.Struct, frozen=True):
    """What a closing report repeats from the registration; None: no longer readable, then it is left out."""

    user_name: str | None = None  # 1048
    address: str | None = None  # 1009
    place: str | None = None  # 1187


def shift_opening_records(ffd: FfdVersion, cashier: str) -> Records:
    """Form 2. Raises CodecError when the cashier's name does not fit 64 bytes."""
    records = version_records(ffd)
    records += (*cashier_records(cashier), text_tlv(1188, KKT_VERSION), byte_tlv(1189, ffd))
    return refuse_records(DocumentForm.SHIFT_OPENING, ffd, tuple(records))


def shift_closing_records(ffd: FfdVersion, cashier: str, warnings: FnWarning) -> Records:
    """Form 5. In FFD 1.05 the KKT reports the FN's warnings itself, each only when it is raised; later the FN does."""
    records = version_records(ffd)
    records += cashier_records(cashier)
    if ffd is FfdVersion.FFD_1_05:
        records += (byte_tlv(tag, 1) for flag, tag in _WARNING_TAGS if flag in warnings)
    return refuse_records(DocumentForm.SHIFT_CLOSING, ffd, tuple(records))


def settlements_report_records(ffd: FfdVersion) -> Records:
    """Form 21: everything in it is the FN's own but the version in FFD 1.05; may be empty."""
    return tuple(version_records(ffd))


def fn_closing_records(ffd: FfdVersion, cashier: str, owner: FnOwner) -> Records:
    """Form 6. What the owner's requisites lack is left out even where the table demands it: an FN must be closed."""
    records = version_records(ffd)
    records += cashier_records(cashier)
    for tag, text in ((1048, owner.user_name), (1009, owner.address), (1187, owner.place)):
        if text:
            records.append(text_tlv(tag, text))
    return refuse_records(DocumentForm.FN_CLOSING, ffd, tuple(records), may_miss=True)
