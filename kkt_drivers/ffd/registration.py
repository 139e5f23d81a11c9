"""Records of a registration report (form 1) and of a re-registration (11). FFD 1.05 tables 15-17; 1.2 tables 87, 88."""

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.ffd.check import refuse_records
from kkt_drivers.ffd.common import KKT_VERSION, Records, version_records
from kkt_drivers.ffd.tlv import byte_tlv, text_tlv
from kkt_drivers.kkt import Registration

_FLAGS_OF_1_05 = (1057, 1126, 1193, 1207, 1221)
"""Agent, lottery, gambling, excise, printer in a vending machine. Never left out in 1.05; in 1.2 the FN writes 1290."""


def registration_records(registration: Registration) -> Records:
    """What the KKT passes between 02h/A2h and 03h/A3h.

    The user's INN, RNM, taxation systems and working modes are arguments of 03h/A3h, so the FN writes them. The FN also
    writes 1017 in FFD 1.2 and takes it from the KKT in 1.05. Raises CodecError for a text that does not fit its tag,
    and for what the tables do not allow.
    """
    return refuse_records(DocumentForm.REGISTRATION, registration.ffd, _records(registration))


def re_registration_records(registration: Registration) -> Records:
    """As ``registration_records``, for form 11: the same list.

    The reason (1101 in FFD 1.05, 1205 later) is an argument of 03h/A3h too, and the FN itself writes it when the FN was
    replaced.
    """
    return refuse_records(DocumentForm.RE_REGISTRATION, registration.ffd, _records(registration))


def _records(registration: Registration) -> Records:
    ffd = registration.ffd
    records = version_records(ffd)
    records += (
        text_tlv(1013, registration.kkt_serial_number),
        text_tlv(1048, registration.user_name),
        text_tlv(1009, registration.address),
        text_tlv(1187, registration.place),
        text_tlv(1021, registration.cashier),
        text_tlv(1060, registration.fns_site),
        text_tlv(1117, registration.sender_email),
        text_tlv(1046, registration.ofd_name),
        text_tlv(1188, KKT_VERSION),
        byte_tlv(1189, ffd),
    )
    if ffd is FfdVersion.FFD_1_05:
        records.append(text_tlv(1017, registration.ofd_inn))
        records += (byte_tlv(tag, 0) for tag in _FLAGS_OF_1_05)
    return tuple(records)
