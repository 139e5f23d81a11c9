"""Whole documents from typed values, as they stand in an archive or in JSON; what the tables refuse is not built."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from accounting.receipts.codes import DocumentForm, FfdVersion, SettlementSign
from kkt_drivers.ffd.check import check_document
from kkt_drivers.ffd.common import Records
from kkt_drivers.ffd.composition import FN_HEAD
from kkt_drivers.ffd.findings import refuse
from kkt_drivers.ffd.text import decode_text, encode_text
from kkt_drivers.ffd.tree import Node, decode_document, decode_nodes, encode_node
from kkt_drivers.ffd.values import Scalar

Content = Scalar | Mapping[int, "Content"] | Sequence["Content"]
"""A value; the requisites of a structure by tag; or several of either for a tag that repeats."""

SIGN_HEAD = b"\x31\x04"
"""First two bytes of 1077 in real receipts; meaning unknown (FFD 5)."""


class FnPart(msgspec.Struct, frozen=True, kw_only=True):
    """What an FN writes at the head of a document; None: this form does not have it."""

    fn_number: str  # 1041, 16 characters
    kkt_registration_number: str  # 1037
    user_inn: str  # 1018
    fd_number: int  # 1040
    issued_at: datetime  # 1012: naive wall clock
    fiscal_sign: int  # 1077 as printed, uint32
    shift_number: int | None = None  # 1038
    receipt_number: int | None = None  # 1042
    sign: SettlementSign | None = None  # 1054
    total_kopecks: int | None = None  # 1020

    def values(self) -> dict[int, Content]:
        """By tag, in the order of an FN."""
        given: dict[int, Content | None] = {
            1041: self.fn_number,
            1037: self.kkt_registration_number,
            1018: self.user_inn,
            1040: self.fd_number,
            1012: self.issued_at,
            1077: SIGN_HEAD + self.fiscal_sign.to_bytes(4, "big"),
            1038: self.shift_number,
            1042: self.receipt_number,
            1054: self.sign,
            1020: self.total_kopecks,
        }
        return {tag: value for tag, value in given.items() if value is not None}


def build_document(form: DocumentForm, version: FfdVersion, values: Mapping[int, Content]) -> Node:
    """A document of these requisites: the FN's head first, the others in the order given.

    Texts get the stand-ins of CP866. Raises CodecError for a value that does not fit its tag, and for the first thing
    that ``check_document`` calls an error.
    """
    head = {} if form is DocumentForm.OPERATOR_CONFIRMATION else {tag: values[tag] for tag in FN_HEAD if tag in values}
    nodes = _nodes({**head, **{tag: value for tag, value in values.items() if tag not in head}})
    return _checked(form, version, nodes)


def whole_document(
    form: DocumentForm, version: FfdVersion, fn: FnPart, records: Records, more: Mapping[int, Content] | None = None
) -> Node:  # fmt: skip
    """The document that an FN makes of what a KKT passed. ``more``: its flags, versions and counters.

    Raises CodecError as ``build_document``.
    """
    nodes = _nodes({**fn.values(), **(more or {})})
    return _checked(form, version, [*nodes, *decode_nodes(b"".join(records))])


def _checked(form: DocumentForm, version: FfdVersion, nodes: list[Node]) -> Node:
    # Through the bytes: they are what counts, and the strict decoder knows every length.
    document = decode_document(encode_node(Node(int(form), tuple(nodes))))
    refuse(check_document(form, version, document))
    return document


def _nodes(values: Mapping[int, Content]) -> list[Node]:
    return [node for tag, value in values.items() for node in _of_value(tag, value)]


def _of_value(tag: int, value: Content) -> list[Node]:
    if isinstance(value, str):
        return [Node(tag, decode_text(encode_text(value, tag)))]
    if isinstance(value, Mapping):
        return [Node(tag, tuple(_nodes(value)))]
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [node for one in value for node in _of_value(tag, one)]
    return [Node(tag, value)]
