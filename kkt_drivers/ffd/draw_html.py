"""A receipt as one HTML page: nothing is loaded from anywhere, and it prints on a roll or on a sheet."""

from html import escape

import segno

from kkt_drivers.ffd.drawing import Drawing, Pairs, drawing_of
from kkt_drivers.ffd.drawing_lines import Line
from kkt_drivers.ffd.tree import Node

_STYLE = """
*{box-sizing:border-box}
body{margin:0;padding:24px 12px;background:#eef0f3;color:#16181d;
font:14px/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums}
main{max-width:380px;margin:0 auto;padding:24px 22px;background:#fff;border-radius:6px;box-shadow:0 1px 6px #0002}
h1{font-size:17px;margin:0;text-align:center}
p{margin:0}
.mark{margin-bottom:16px;padding:8px;border:2px solid #b3261e;border-radius:4px;color:#b3261e;text-align:center}
.mark b{display:block;font-size:17px;text-transform:uppercase;letter-spacing:.04em}
.seller{margin-bottom:16px;text-align:center;overflow-wrap:anywhere}
.seller b{display:block;font-size:15px}
.sign{text-align:center;color:#4a4f58}
hr{margin:14px 0;border:0;border-top:1px dashed #9aa0aa}
dl{display:grid;grid-template-columns:auto 1fr;gap:2px 16px;margin:0}
dt{color:#4a4f58;max-width:15em}
dd{margin:0;text-align:right;overflow-wrap:anywhere}
.line{margin-bottom:10px;break-inside:avoid}
.line div{display:flex;justify-content:space-between;gap:12px}
.line div b{white-space:nowrap}
.name{overflow-wrap:anywhere}
small{display:block;color:#4a4f58;font-size:12px;overflow-wrap:anywhere}
.total{display:flex;justify-content:space-between;margin-bottom:6px;font-size:20px;font-weight:700}
.qr{margin-top:16px;text-align:center}
.qr svg{width:42mm;height:42mm}
@media print{
@page{margin:4mm}
body{padding:0;background:none}
main{max-width:72mm;padding:0;box-shadow:none;border-radius:0}
}
"""


def draw_html(document: Node) -> str:
    """The whole page, in Russian. Raises CodecError when the node is no document."""
    drawing = drawing_of(document)
    body = "".join(
        (
            _marks(drawing),
            _seller(drawing),
            f"<h1>{escape(drawing.title)}</h1>",
            f'<p class="sign">{escape(drawing.sign)}</p>' if drawing.sign else "",
            _section(_pairs(drawing.head)),
            _section("".join(map(_line, drawing.lines))),
            _section(_sums(drawing)),
            _section(_pairs(drawing.details)),
            _section(_pairs(drawing.fiscal)),
            _qr(drawing.qr),
        )
    )
    return (
        '<!doctype html>\n<html lang="ru"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(drawing.title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def _marks(drawing: Drawing) -> str:
    if not drawing.marks:
        return ""
    first, *rest = drawing.marks
    return f'<p class="mark"><b>{escape(first)}</b>{escape(", ".join(rest))}</p>'


def _seller(drawing: Drawing) -> str:
    if not drawing.seller:
        return ""
    name, *rest = drawing.seller
    return f'<p class="seller"><b>{escape(name)}</b>{"<br>".join(map(escape, rest))}</p>'


def _section(content: str) -> str:
    return f"<hr>{content}" if content else ""


def _pairs(pairs: Pairs) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in pairs)
    return f"<dl>{rows}</dl>" if rows else ""


def _line(line: Line) -> str:
    notes = "".join(f"<small>{escape(note)}</small>" for note in line.notes)
    return (
        f'<div class="line"><p class="name">{escape(line.name)}</p>'
        f"<div><span>{escape(line.count)}</span><b>= {escape(line.total)}</b></div>{notes}</div>"
    )


def _sums(drawing: Drawing) -> str:
    if not drawing.total:
        return ""
    total = f'<p class="total"><span>ИТОГ</span><span>{escape(drawing.total)} руб.</span></p>'
    return total + _pairs(drawing.tenders + drawing.taxes)


def _qr(text: str) -> str:
    if not text:
        return ""
    code = segno.make(text, error="m", micro=False)
    return f'<div class="qr">{code.svg_inline(border=2, omitsize=True)}</div>'
