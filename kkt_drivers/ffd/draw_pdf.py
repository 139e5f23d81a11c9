"""Receipts as a PDF, each a page 80 mm wide, as long as it needs; fonts are inside, the system's are not asked."""

import io
from collections.abc import Sequence
from importlib import resources

import msgspec
import segno
import typst

from kkt_drivers.ffd.drawing import drawing_of
from kkt_drivers.ffd.tree import Node


def draw_pdf(*documents: Node) -> bytes:
    """The file, a page for each. Raises CodecError when a node is no document."""
    template = resources.files("kkt_drivers.ffd.data").joinpath("receipt.typ").read_bytes()
    inputs = {"receipts": msgspec.json.encode(_papers(documents)).decode("utf-8")}
    return bytes(typst.compile(template, format="pdf", sys_inputs=inputs, ignore_system_fonts=True))


def _papers(documents: Sequence[Node]) -> list[dict[str, object]]:
    drawings = [drawing_of(one) for one in documents]
    return [{"drawing": one, "qr": _svg(one.qr)} for one in drawings]


def _svg(text: str) -> str:
    if not text:
        return ""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2)
    return out.getvalue().decode("utf-8")
