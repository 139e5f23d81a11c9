"""Plots of figures: well-formed SVG that shows every point where it belongs."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.bench_kernel import plot_curve
from benchmarks.plot import line_plot

_SVG = "{http://www.w3.org/2000/svg}"


def _circles(svg: str) -> list[tuple[float, float]]:
    return [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in ElementTree.fromstring(svg).iter(f"{_SVG}circle")]


def test_a_plot_has_a_point_for_each_figure_and_its_names_escaped() -> None:
    svg = line_plot("a < b", "accounts", "µs", {"one": [(1, 2), (2, 4)], "two": [(1, 1)]})
    assert len(_circles(svg)) == 3
    texts = [text.text for text in ElementTree.fromstring(svg).iter(f"{_SVG}text")]
    assert {"a < b", "accounts", "µs", "one", "two"} <= set(texts)


def test_equal_ratios_are_equal_distances_on_a_logarithmic_axis() -> None:
    (a, _), (b, _), (c, _) = _circles(line_plot("t", "x", "y", {"s": [(10, 1), (100, 1), (1000, 1)]}, log_x=True))
    assert b - a == pytest.approx(c - b, abs=0.2)


def test_larger_figures_stand_higher_and_none_leaves_the_frame() -> None:
    heights = [y for _, y in _circles(line_plot("t", "x", "y", {"s": [(1, 0), (2, 0.37), (3, 0.61)]}))]
    assert heights == sorted(heights, reverse=True)
    assert 44 <= min(heights) <= max(heights) <= 364


@pytest.mark.parametrize(("series", "log_x"), [({}, False), ({"s": []}, False), ({"s": [(0, 1)]}, True)])
def test_what_cannot_be_drawn_is_refused(series: dict[str, list[tuple[float, float]]], log_x: bool) -> None:
    with pytest.raises(ValueError, match=r"plot|positive"):
        line_plot("t", "x", "y", series, log_x=log_x)


def test_the_kernels_curve_is_measured_and_drawn(tmp_path: Path) -> None:
    drawn = plot_curve(tmp_path, (100, 1000), smoke=True)
    assert len(_circles(drawn.read_text(encoding="utf-8"))) == 2 * 3
