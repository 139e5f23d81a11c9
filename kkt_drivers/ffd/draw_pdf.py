"""A receipt as a PDF of one page, 80 mm wide, as long as it needs; fonts are inside, the system's are not asked."""

import io
from importlib import resources

import msgspec
import segno
import typst

from kkt_drivers.ffd.drawing import drawing_of
from kkt_drivers.ffd.tree import Node


def draw_pdf(document: Node) -> bytes:
    """The file. Raises CodecError when the node is no document."""
    drawing = drawing_of(document)
    template = resources.files("kkt_drivers.ffd.data").joinpath("receipt.typ").read_bytes()
    inputs = {"receipt": msgspec.json.encode(drawing).decode("utf-8"), "qr": _svg(drawing.qr)}
    return bytes(typst.compile(template, format="pdf", sys_inputs=inputs, ignore_system_fonts=True))


def _svg(text: str) -> str:
    if not text:
        return ""
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=2)
    return out.getvalue().decode("utf-8")
