"""Each value by itself: its length, its range, its meaning, midnight in dates. FFD 1 and the tag table."""

from collections.abc import Iterator
from datetime import datetime, time
from decimal import Decimal

from kkt_drivers.ffd.findings import Case, Finding, named, walk
from kkt_drivers.ffd.meanings import is_flags, meaning, meanings
from kkt_drivers.ffd.receipt_rules import is_inn
from kkt_drivers.ffd.tags import TAGS, Tag, TagType
from kkt_drivers.ffd.tlv import HEAD_SIZE
from kkt_drivers.ffd.tree import Node, encode_node

_DATES = frozenset((1098, 1178))
_INNS = frozenset((1016, 1017, 1018, 1203, 1226, 1228))
_MONEY_BYTES = 6
_OWN_RULES = frozenset((1055, 1059))  # check_receipt.py and check_sizes.py say more


def check_values(case: Case) -> Iterator[Finding]:
    """Every known requisite in the document and in its structures, and the version that the document names."""
    version = case.document.number(1209)
    if version is not None and version != case.version:
        text = f"в документе версия ФФД {meaning(1209, version) or version}"
        yield case.error("ffd", 1209, text, "проверить по таблицам этой версии или исправить 1209")
    for node, path in walk(case.document):
        info = TAGS.get(node.tag)
        if info is None:
            continue
        yield from _check_length(case, node, info, path)
        if isinstance(node.value, bool | tuple):
            continue
        if isinstance(node.value, int) and node.tag not in _OWN_RULES:
            yield from _check_number(case, node.tag, node.value, path)
        elif isinstance(node.value, datetime):
            yield from _check_moment(case, node.tag, node.value, path)
        elif isinstance(node.value, str) and node.tag in _INNS:
            yield from _check_inn(case, node.tag, node.value, path)
        elif isinstance(node.value, bytes) and info.type not in (TagType.BYTES, TagType.PRINT_ONLY):
            text = f"значение {named(node.tag)} не читается: {node.value[:16].hex()}"
            yield case.error("unreadable", node.tag, text, "исправить длину и тип значения", path)
        if isinstance(node.value, Decimal) and node.value.is_signed():
            yield case.error("negative", node.tag, "количество отрицательно", "указать положительное", path)


def _check_length(case: Case, node: Node, info: Tag, path: str) -> Iterator[Finding]:
    if info.length is None or node.tag in _OWN_RULES:
        return
    size = len(encode_node(node)) - HEAD_SIZE
    most = _MONEY_BYTES if info.type is TagType.VLN and info.length == _MONEY_BYTES else info.length
    if info.fixed and size != most:
        text = f"длина {named(node.tag)} — {size} байт, должна быть {most}"
        yield case.error("length", node.tag, text, "дополнить или сократить значение", path)
    elif size > most:
        text = f"длина {named(node.tag)} — {size} байт, можно {most}"
        seen = info.length_seen is not None and size <= info.length_seen
        yield (case.doubt if seen else case.error)("length", node.tag, text, "сократить значение", path)


def _check_number(case: Case, tag: int, value: int, path: str) -> Iterator[Finding]:
    known = meanings(tag)
    if not known:
        return
    if is_flags(tag):
        unknown = [bit for bit in range(value.bit_length()) if value >> bit & 1 and bit not in known]
        if unknown:
            text = f"в {named(tag)} стоят неизвестные биты: {', '.join(map(str, unknown))}"
            yield case.guess("flags", tag, text, "снять их", path)
    elif value not in known:
        text = f"значения {value} у реквизита {named(tag)} нет"
        yield case.error("value", tag, text, f"бывают: {', '.join(map(str, sorted(known)))}", path)


def _check_moment(case: Case, tag: int, value: datetime, path: str) -> Iterator[Finding]:
    if tag in _DATES and value.time() != time.min:
        text = f"{named(tag)} — дата, а время в ней {value:%H:%M:%S}"
        yield case.guess("date_only", tag, text, "записать 00:00:00", path)
    if tag == 1012 and value.second and case.form != 7:
        yield case.note("seconds", tag, "время с секундами", "команды ФН знают только минуты", path)


def _check_inn(case: Case, tag: int, value: str, path: str) -> Iterator[Finding]:
    if not is_inn(value):
        text = f"{named(tag)}: «{value.strip(' ')}» — не ИНН"
        yield case.error("inn", tag, text, "10 цифр у организации, 12 у человека", path)
