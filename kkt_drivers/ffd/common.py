"""What every document builder of this package shares: versions, and texts that come again and again.

A builder gives the encoded records that a KKT hands to its FN (command 07h), in order, each whole. What the FN writes
itself (1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020, counters) is not among them; ``compare.py`` has the
whole list.
"""

from functools import lru_cache

from accounting.receipts.codes import FfdVersion
from accounting.receipts.model import Requisite
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.tags import TAGS, TagType
from kkt_drivers.ffd.tlv import byte_tlv, encode_tlv, stlv, text_tlv
from kkt_drivers.ffd.values import write_value

KKT_VERSION = "1.0"
"""Tag 1188: version of this KKT program."""

Records = tuple[bytes, ...]
"""Encoded top-level TLVs; none of them may be cut when they are handed over."""

repeated_text_tlv = lru_cache(maxsize=8192)(text_tlv)
"""``text_tlv`` for cashiers, addresses, names of services: the same few texts stand in thousands of receipts."""


def check_version(ffd: FfdVersion) -> None:
    """Raises CodecError for FFD 1.1, which this package reads but does not write."""
    if ffd is not FfdVersion.FFD_1_05 and ffd is not FfdVersion.FFD_1_2:
        raise CodecError(f"documents of {ffd.name} are not made", tag=1209)


def version_records(ffd: FfdVersion) -> list[bytes]:
    """1209, which the KKT supplies in FFD 1.05 and the FN itself later."""
    check_version(ffd)
    return [byte_tlv(1209, ffd)] if ffd is FfdVersion.FFD_1_05 else []


def cashier_records(cashier: str) -> tuple[bytes, ...]:
    """1021; left out when empty, as an automatic device does."""
    return (repeated_text_tlv(1021, cashier),) if cashier else ()


def requisite_record(requisite: Requisite) -> bytes:
    """A tag that another system gave, by its type in the table. Raises CodecError for a value that does not fit it."""
    tag, value = requisite.tag, requisite.value
    if isinstance(value, tuple):
        return stlv(tag, *map(requisite_record, value))
    if isinstance(value, int):
        return encode_tlv(tag, write_value(tag, value))
    if tag in TAGS and TAGS[tag].type is TagType.BYTES:
        try:
            return encode_tlv(tag, bytes.fromhex(value))
        except ValueError:
            raise CodecError(f"{value!r} is no row of hexadecimal digits", tag=tag) from None
    return text_tlv(tag, value)
