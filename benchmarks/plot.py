"""Line plots of figures as SVG: pages and repositories show them without a program.

No library: the ones that draw bring numpy and megabytes for what is a few lines of text here.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 44, 66, 56
_COLORS = ("#1f6f8b", "#c8553d", "#588157", "#7b4b94", "#b08900")
_STEPS = 5
_WIDTH_OF_NAME = 90  # names of lines stand in a row between the title and the frame

Series = Mapping[str, Sequence[tuple[float, float]]]


def line_plot(title: str, x_label: str, y_label: str, series: Series, *, log_x: bool = False) -> str:
    """An SVG of ``series`` (name → points), y from 0. ValueError without points, or for x ≤ 0 on a logarithmic axis."""
    points = [point for line in series.values() for point in line]
    if not points:
        raise ValueError("nothing to plot")
    if log_x and min(x for x, _ in points) <= 0:
        raise ValueError("a logarithmic axis has positive numbers only")
    place = math.log10 if log_x else float
    low, high = min(place(x) for x, _ in points), max(place(x) for x, _ in points)
    step = _round_step(max(y for _, y in points))
    top = step * max(1, math.ceil(max(y for _, y in points) / step))

    def at(x: float, y: float) -> tuple[float, float]:
        share = (place(x) - low) / (high - low) if high > low else 0.5
        right, down = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BOTTOM
        return round(_LEFT + share * right, 1), round(_TOP + (1 - y / top) * down, 1)

    end, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    drawn = [_text(_WIDTH / 2, 24, title, size=16), _text(_WIDTH / 2, _HEIGHT - 14, x_label)]
    drawn.append(_text(18, _HEIGHT / 2, y_label, more=f' transform="rotate(-90 18 {_HEIGHT / 2})"'))
    for number in range(round(top / step) + 1):
        y = at(points[0][0], number * step)[1]
        drawn.append(f'<path d="M{_LEFT} {y}H{end}" stroke="#ddd"/>')
        drawn.append(_text(_LEFT - 8, y + 4, f"{number * step:g}", anchor="end"))
    for x in sorted({x for x, _ in points}):
        drawn.append(_text(at(x, 0)[0], bottom + 18, f"{x:,g}" if x < 1e6 else f"{x:,.0f}"))
    for number, (name, line) in enumerate(series.items()):
        color, places = _COLORS[number % len(_COLORS)], [at(*point) for point in sorted(line)]
        path = " ".join(f"{x},{y}" for x, y in places)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>')
        drawn.extend(f'<circle cx="{x}" cy="{y}" r="3" fill="{color}"/>' for x, y in places)
        drawn.append(_text(_LEFT + _WIDTH_OF_NAME * number, _TOP - 16, name, anchor="start", more=f' fill="{color}"'))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *drawn, "</svg>", ""])


def keep_plot(path: Path, svg: str) -> Path:
    """Write the plot; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(svg, encoding="utf-8")
    return path


def _round_step(most: float) -> float:
    """1, 2 or 5 times a power of ten, about five to the axis."""
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most / _STEPS))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor * _STEPS >= most)


def _text(x: float, y: float, text: str, *, anchor: str = "middle", size: int = 12, more: str = "") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" text-anchor="{anchor}"{more}>{escape(text)}</text>'
