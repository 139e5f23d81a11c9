"""A fiscal document as a typed tree, and back byte for byte.

A node's value is typed by the tag table (``values.py``); a structure's value is its nodes. What the bytes had beyond
the value (a number's needless zeros, a text's odd padding) is its ``width``: encoding gives the bytes that were read.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from decimal import Decimal

import msgspec

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd import tlv
from kkt_drivers.ffd.tags import STRUCTURES
from kkt_drivers.ffd.values import Scalar, read_value, write_value

_MESSAGE = 1068  # its records may be followed by raw text without a head
_MAX_DEPTH = 8
_FORMS = frozenset(int(form) for form in DocumentForm)


class Node(msgspec.Struct, frozen=True):
    """One requisite. ``width``: bytes of the value when not the usual ones; ``tail``: raw bytes behind the nodes."""

    tag: int
    value: "Scalar | tuple[Node, ...]"
    width: int | None = None
    tail: bytes = b""

    @property
    def children(self) -> "tuple[Node, ...]":
        """Nodes of a structure; none of any other tag."""
        return self.value if isinstance(self.value, tuple) else ()

    def all(self, tag: int) -> "tuple[Node, ...]":
        """Every child of this tag, in order."""
        return tuple(child for child in self.children if child.tag == tag)

    def find(self, tag: int) -> "Node | None":
        """The first child of this tag."""
        return next((child for child in self.children if child.tag == tag), None)

    def number(self, tag: int) -> int | None:
        """Value of a numeric child; None when it is missing or not a number."""
        child = self.find(tag)
        return child.value if child is not None and isinstance(child.value, int) else None

    def text(self, tag: int) -> str | None:
        """Value of a text child without spaces at its end; None when it is missing."""
        child = self.find(tag)
        return child.value.rstrip(" ") if child is not None and isinstance(child.value, str) else None

    def moment(self, tag: int) -> datetime | None:
        """Value of a time child: naive wall clock (in form 7 it is UTC)."""
        child = self.find(tag)
        return child.value if child is not None and isinstance(child.value, datetime) else None

    def quantity(self, tag: int) -> Decimal | None:
        """Value of an FVLN child."""
        child = self.find(tag)
        return child.value if child is not None and isinstance(child.value, Decimal) else None


def decode_nodes(data: bytes, *, strict: bool = True) -> tuple[Node, ...]:
    """The records of ``data``, structures opened; unknown tags keep their bytes.

    Strict: raises CodecError with offset, tag and rule for anything that breaks the tag table or the nesting. Lenient:
    only for a cut record at the top; what breaks deeper stays bytes.
    """
    try:
        records = tlv.decode(data)
    except CodecError:
        if strict:
            raise
        return tuple(_lenient(data, 0, 0))
    return tuple(_typed(records, 0, strict))


def decode_document(data: bytes, *, strict: bool = True) -> Node:
    """One whole document with its outer head. Raises CodecError as ``decode_nodes``, and for anything around it."""
    nodes = decode_nodes(data, strict=strict)
    if not nodes:
        raise CodecError("there is no document", offset=0)
    if nodes[0].tag not in _FORMS:
        raise CodecError("a document begins with the code of its form", offset=0, tag=nodes[0].tag)
    if len(nodes) > 1:
        raise CodecError("one document was expected", offset=len(encode_node(nodes[0])), tag=nodes[1].tag)
    if not isinstance(nodes[0].value, tuple):
        raise CodecError("the records of the document cannot be read", offset=0, tag=nodes[0].tag)
    return nodes[0]


def encode_node(node: Node) -> bytes:
    """The record with its head. Raises CodecError naming the tag whose value does not fit."""
    if isinstance(node.value, tuple):
        return tlv.encode_tlv(node.tag, b"".join(map(encode_node, node.value)) + node.tail)
    return tlv.encode_tlv(node.tag, write_value(node.tag, node.value, node.width))


def encode_nodes(nodes: Iterable[Node]) -> bytes:
    """Records one after another, without an outer head."""
    return b"".join(map(encode_node, nodes))


def form_of(document: Node) -> DocumentForm:
    """The document's form. Raises CodecError when the node is no document."""
    if document.tag not in _FORMS:
        raise CodecError("not the code of a document form", tag=document.tag)
    return DocumentForm(document.tag)


def version_of(document: Node) -> FfdVersion | None:
    """FFD version by 1209; None: 1.0, or a form without it (7)."""
    number = document.number(1209)
    return FfdVersion(number) if number in (2, 3, 4) else None


def same_values(one: Node, other: Node) -> bool:
    """Equal whatever the widths: 1 and 1.000, padding and none."""
    if one.tag != other.tag or one.tail != other.tail:
        return False
    if isinstance(one.value, tuple) and isinstance(other.value, tuple):
        pairs = zip(one.value, other.value, strict=False)
        return len(one.value) == len(other.value) and all(same_values(*pair) for pair in pairs)
    return one.value == other.value


def _typed(records: Iterable[tlv.Tlv], at: int, strict: bool) -> Iterator[Node]:
    for record in records:
        start = at + tlv.HEAD_SIZE
        if record.children is None:
            value, width = read_value(record.tag, record.value, start, strict=strict)
            yield Node(record.tag, value, width)
        else:
            inside = tuple(_typed(record.children, start, strict))
            tail = record.value[len(tlv.encode(record.children)) :] if record.tag == _MESSAGE else b""
            yield Node(record.tag, inside, tail=tail)
        at = start + len(record.value)


def _lenient(data: bytes, offset: int, depth: int) -> Iterator[Node]:
    """Records one level at a time; raises CodecError when a head or a value of this level is cut."""
    at = 0
    while at < len(data):
        if len(data) - at < tlv.HEAD_SIZE:
            raise CodecError("a TLV head is cut", offset=offset + at)
        tag = int.from_bytes(data[at : at + 2], "little")
        start = at + tlv.HEAD_SIZE
        at = start + int.from_bytes(data[at + 2 : start], "little")
        if at > len(data):
            raise CodecError("a value runs out", offset=offset + start, tag=tag)
        yield _lenient_node(tag, data[start:at], offset + start, depth)


def _lenient_node(tag: int, value: bytes, offset: int, depth: int) -> Node:
    if tag not in STRUCTURES or tag == _MESSAGE or depth >= _MAX_DEPTH:
        return Node(tag, *read_value(tag, value, strict=False))
    try:
        return Node(tag, tuple(_lenient(value, offset, depth + 1)))
    except CodecError:
        return Node(tag, value)


__all__ = [
    "Node",
    "Scalar",
    "decode_document",
    "decode_nodes",
    "encode_node",
    "encode_nodes",
    "form_of",
    "same_values",
    "version_of",
]
