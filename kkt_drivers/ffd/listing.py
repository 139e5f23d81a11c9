"""A document as lines of text, requisite by requisite: what ``ffd decode`` shows."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from kkt_drivers.ffd.envelope import Envelope, Wrapping
from kkt_drivers.ffd.forms import FORMS, VERSION_NAMES
from kkt_drivers.ffd.meanings import meaning
from kkt_drivers.ffd.qr import printed_sign
from kkt_drivers.ffd.tags import TAGS, TagType
from kkt_drivers.ffd.tree import Node, encode_node, form_of, version_of

_NAME_WIDTH = 44
_MONEY_BYTES = 6
_WRAPPINGS = {
    Wrapping.MESSAGE: "сообщение оператору",
    Wrapping.CONTAINER: "контейнер",
    Wrapping.RAW_DATA: "rawData",
    Wrapping.RECORDS: "без заголовка документа",
}


def listing(document: Node, envelope: Envelope) -> Iterator[str]:
    """Head line, then a line a requisite, structures indented."""
    version = version_of(document)
    parts = [
        f"{document.tag} {FORMS[form_of(document)].title}",
        f"ФФД {VERSION_NAMES[version]}" if version is not None else "",
        f"{len(encode_node(document))} байт",
        _WRAPPINGS.get(envelope.wrapping, ""),
        f"ФПС {envelope.sign.hex().upper()}" if envelope.sign else "",
    ]
    yield " · ".join(part for part in parts if part)
    yield from _lines(document, 1)


def _lines(structure: Node, depth: int) -> Iterator[str]:
    indent = "  " * depth
    for node in structure.children:
        info = TAGS.get(node.tag)
        name = info.name if info is not None else "неизвестный тег"
        width = _NAME_WIDTH - 2 * depth
        if len(name) > width:
            name = name[: width - 1] + "…"
        if isinstance(node.value, tuple):
            yield f"{indent}{node.tag:<5} {name}"
            yield from _lines(node, depth + 1)
        else:
            yield f"{indent}{node.tag:<5} {name:<{width}} {value_text(node)}"
    if structure.tail:
        yield f"{indent}      {'текст оператора':<{_NAME_WIDTH - 2 * depth}} {structure.tail.decode('cp866')}"


def is_money(tag: int) -> bool:
    """Whether the tag's number is an amount in kopecks."""
    info = TAGS.get(tag)
    return info is not None and info.type is TagType.VLN and info.length == _MONEY_BYTES


def value_text(node: Node) -> str:
    """A value with what it means: ``1  приход``, ``279.90``, a sign in hex and as printed."""
    value = node.value
    if isinstance(value, bytes):
        printed = f"  ФП {printed_sign(value)}" if node.tag == 1077 and len(value) == 6 else ""
        return (value.hex().upper() or "пусто") + printed
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y %H:%M:%S}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        if is_money(node.tag):
            return f"{value // 100}.{value % 100:02d}"
        words = meaning(node.tag, value)
        return f"{value}  {words}" if words else str(value)
    text = str(value)
    # Control characters and spaces at the ends would not be seen.
    return repr(text) if text != text.strip() or not text.isprintable() else text
