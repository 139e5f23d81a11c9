"""A document as the JSON that operators send to the tax service: one key naming the document. FFD 6.

Money is integer kopecks, times are the integers of the TLV (local time as if UTC), flags and bit sets are integers,
fixed strings keep their padding, lines are a list. A requisite without a name in JSON has its tag number for a name;
unknown bytes are base64.
"""

import base64
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.ffd import tlv
from kkt_drivers.ffd.envelope import Envelope, Wrapping, open_envelope, raw_data
from kkt_drivers.ffd.forms import FORMS, RECEIPTS
from kkt_drivers.ffd.json_names import name_at
from kkt_drivers.ffd.qr import printed_sign
from kkt_drivers.ffd.tags import TAGS
from kkt_drivers.ffd.tree import Node, decode_document, encode_node, form_of, version_of
from kkt_drivers.ffd.values import Scalar, write_value

ALWAYS_LISTS = frozenset((1059, 1119))
FISCAL_SIGN = 1077
TAIL_NAME = "message"
"""Key of ours for an operator's raw text behind 1022."""


def document_to_json(document: Node | bytes) -> dict[str, Any]:
    """``{"receipt": {...}}``. Bytes may be a document, a container, a message or ``rawData`` as bytes.

    ``rawData`` is always there, ``messageFiscalSign`` when the bytes carried it. Raises CodecError for bytes that are
    no document.
    """
    if isinstance(document, Node):
        envelope = Envelope(Wrapping.DOCUMENT, encode_node(document))
    else:
        envelope = open_envelope(document)
        document = decode_document(envelope.document)
    form = form_of(document)
    fields: dict[str, Any] = {"code": int(form)}
    if envelope.sign and form is not DocumentForm.OPERATOR_CONFIRMATION:
        fields["messageFiscalSign"] = int.from_bytes(envelope.sign, "big")
    fields |= _fields(document, form, version_of(document))
    raw = raw_data(envelope.document, envelope.sign, envelope.head)
    fields["rawData"] = base64.b64encode(raw).decode("ascii")
    return {FORMS[form].json_name: fields}


def _fields(structure: Node, form: DocumentForm, version: FfdVersion | None) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    done: set[int] = set()
    for child in structure.children:
        if child.tag in done:
            continue  # the first one brought all of this tag
        done.add(child.tag)
        name = name_at(child.tag, structure.tag, version)
        if name in fields:
            name = str(child.tag)  # another tag has taken the name
        values = [_json_value(same, form, version) for same in structure.all(child.tag)]
        fields[name] = values if child.tag in ALWAYS_LISTS or len(values) > 1 else values[0]
    if structure.tail:
        fields[TAIL_NAME] = structure.tail.decode("cp866")
    return fields


def _json_value(node: Node, form: DocumentForm, version: FfdVersion | None) -> object:
    if isinstance(node.value, tuple):
        return _fields(node, form, version)
    if node.tag == FISCAL_SIGN and isinstance(node.value, bytes) and len(node.value) == 6:
        # Receipts have the printed number, all other documents the six bytes.
        return printed_sign(node.value) if form in RECEIPTS else int.from_bytes(node.value, "big")
    return _scalar(node.tag, node.value, node.width)


def _scalar(tag: int, value: Scalar, width: int | None) -> object:
    if isinstance(value, datetime):
        return int.from_bytes(tlv.unixtime(value), "little")
    if isinstance(value, Decimal):
        return json_number(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, str) and tag in TAGS and TAGS[tag].padded:
        return write_value(tag, value, width).decode("cp866")
    return value


def json_number(value: Decimal) -> int | float | str:
    """An integer when it is one, else the nearest float; text when a float would change it."""
    if value == value.to_integral_value():
        return int(value)
    number = float(value)
    return number if Decimal(repr(number)) == value else str(value)
