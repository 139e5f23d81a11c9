"""Is a document read back from an FN the one that we handed over? Asked after a lost answer, so never guessed."""

from collections.abc import Iterable

from kkt_drivers.ffd.tags import TAGS, TagType
from kkt_drivers.ffd.tlv import Tlv, decode

_HEAD = (1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020)
_REGISTRATION = (1001, 1002, 1017, 1056, 1057, 1062, 1101, 1108, 1109, 1110, 1126, 1193, 1205, 1207, 1221, 1290)
_VERSIONS_AND_KEYS = (1190, 1209, 1213)
_COUNTERS = (1097, 1098, 1111, 1116, 1118, 1133, 1157, 1158, 1194, 2104)
_WARNINGS = (1050, 1051, 1052, 1053, 1206, 2107, 2112, 2113)

FN_WRITTEN = frozenset((*_HEAD, *_REGISTRATION, *_VERSIONS_AND_KEYS, *_COUNTERS, *_WARNINGS))
"""Tags that an FN adds of its own accord in some version; ignored unless we sent one ourselves."""

_NUMBERS = frozenset((TagType.BYTE, TagType.UINT16, TagType.UINT32, TagType.BITS, TagType.VLN, TagType.UNIXTIME))

_Canonical = tuple[int, object]


def same_content(sent: tuple[bytes, ...] | bytes, archived: bytes) -> bool:
    """Whether ``archived`` holds all that we passed with 07h and nothing else but what an FN writes itself.

    ``sent`` is the records or the frames they were packed into; ``archived`` the document without its outer head.
    Values count, not bytes: numbers without needless zeros, quantities as fractions, text without padding. The order of
    different tags does not matter, that of lines does. Raises CodecError when either is no TLV list.
    """
    ours = decode(sent if isinstance(sent, bytes) else b"".join(sent))
    own_tags = {record.tag for record in ours}
    theirs = [record for record in decode(archived) if record.tag in own_tags or record.tag not in FN_WRITTEN]
    return _canonical(ours) == _canonical(theirs)


def _canonical(records: Iterable[Tlv]) -> list[_Canonical]:
    # sorted() is stable, so records of one tag keep their order.
    return sorted(((record.tag, _value(record)) for record in records), key=lambda pair: pair[0])


def _value(record: Tlv) -> object:
    if record.children is not None:
        return _canonical(record.children)
    tag = TAGS.get(record.tag)
    if tag is None:
        return record.value
    if tag.type in _NUMBERS:
        return int.from_bytes(record.value, "little")
    if tag.type is TagType.STRING:
        return record.value.rstrip(b" ")
    if tag.type is TagType.FVLN and record.value:
        return _fraction(record.value)
    return record.value


def _fraction(value: bytes) -> tuple[int, int]:
    """Mantissa and decimals with the trailing zeros taken off."""
    decimals, mantissa = value[0], int.from_bytes(value[1:], "little")
    while decimals and mantissa % 10 == 0:
        mantissa //= 10
        decimals -= 1
    return mantissa, decimals
