"""A small spreadsheet cannot ask for the room of a huge one, however it is written."""

import io
import zipfile

import pytest

from accounting.reconciliation.incoming.adapter import packaged_adapters
from accounting.reconciliation.incoming.findings import FileRefusal, Finding
from accounting.reconciliation.incoming.register import read_register
from accounting.reconciliation.incoming.sheet_area import area_of, rough_area_of
from tests.unit.reconciliation.incoming_files import many, table_rows, table_xlsx

CELL = '<c r="{}" t="inlineStr"><is><t>x</t></is></c>'
LAST_COLUMN = 16_384
MANY = 400_000
"""Elements of which no piece of a part holds all."""


def with_rows(rows: str, *, head: str = "", encoding: str = "utf-8") -> bytes:
    """A sound table of three payments with more behind its rows."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(table_xlsx(table_rows(many(3))))) as sound,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in sound.namelist():
            text = sound.read(name).decode()
            if name.endswith("sheet1.xml"):
                text = text.replace("</sheetData>", f"{rows}</sheetData>").replace("<worksheet", f"{head}<worksheet")
                made.writestr(name, text.encode(encoding))
            else:
                made.writestr(name, text)
    return out.getvalue()


def refusal(content: bytes) -> FileRefusal:
    [found] = read_register(content, packaged_adapters()["table"]).refusals
    return found


@pytest.mark.parametrize(
    ("rows", "area"),
    [
        (f'<row r="100000">{CELL.format("XFD100000")}</row>', f"100000 × {LAST_COLUMN}"),
        (f"<row>{CELL.format('XFD100000')}</row>", f"100000 × {LAST_COLUMN}"),
        (f'<x:row r="100000" xmlns:x="urn:x">{CELL.format("ZZ100000")}</x:row>', "100000 × 702"),
        ('<row r="100000"/><row>' + "<c><v>1</v></c>" * LAST_COLUMN + "</row>", f"100001 × {LAST_COLUMN}"),
        ('<row r="100000"><c a="&gt;" r = "XFD100000"><v>1</v></c></row>', f"100000 × {LAST_COLUMN}"),
        ('<!-- " --><row r="100000"><c s="1" r="XFD100000"><v>1</v></c></row>', f"100000 × {LAST_COLUMN}"),
        ('<row r="100000"><c a=\' r="A1"\'><v>1</v></c>' + "<c><v/></c>" * 50 + "</row>", "100000 × 51"),
    ],
)  # fmt: skip
def test_cells_far_apart_are_refused_before_room_is_made_for_what_lies_between(rows: str, area: str) -> None:
    found = refusal(with_rows(rows))
    assert (found.code, found.value) == (Finding.UNREADABLE_SPREADSHEET, area)


def test_cells_below_the_last_row_that_may_be_are_too_many_lines() -> None:
    assert refusal(with_rows(f"<row>{CELL.format('A1048576')}</row>")).code is Finding.TOO_MANY_LINES


@pytest.mark.parametrize(
    "content",
    [
        with_rows("<row><c r='A9'>"),
        with_rows('<row><c r="A9" r="B9"/></row>'),
        with_rows('<row><c r="9A"/></row>'),
        with_rows("", head='<!DOCTYPE x [<!ENTITY a "b">]>'),
        with_rows("", encoding="utf-16"),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(content: bytes) -> None:
    assert refusal(content).code is Finding.UNREADABLE_SPREADSHEET


@pytest.mark.parametrize("inside", [
    "<a>" * MANY + "</a>" * MANY,
    "<a>/>" * MANY + "</a>" * MANY,
    "<a b='/>'>" * MANY + "</a>" * MANY,
    "<!-- --><row>" + "<a>" * MANY + "</a>" * MANY + "</row>",
    f"<a b='{'x' * (3 << 20)}'/>",
    f"<!-- {'< ' * (2 << 20)}-->",
], ids=["deep", "closing_text", "closing_value", "behind_a_comment", "long_value", "long_comment"])  # fmt: skip
def test_what_a_parser_would_keep_for_ever_is_refused(inside: str) -> None:
    """Of 300 KB packed, 200 MB of elements in elements took five gigabytes."""
    assert refusal(with_rows(inside)).code is Finding.UNREADABLE_SPREADSHEET


def test_many_rows_closed_at_once_and_a_sign_in_a_text_do_no_harm() -> None:
    read = read_register(with_rows("<row/>" * 2_000 + "<row><is>a > b</is></row>"), packaged_adapters()["table"])
    assert not read.refusals


def test_empty_cells_of_a_formatted_row_do_no_harm() -> None:
    formatted = '<row r="90000"><c r="XFD90000" s="1"/><c r="XFE90000" s="1"></c></row>'
    assert len(read_register(with_rows(formatted), packaged_adapters()["table"]).lines) == 3


def test_parts_that_nobody_looks_at_are_left_out() -> None:
    content = io.BytesIO(table_xlsx(table_rows(many(3))))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\x89PNG <sheetData>")
        archive.writestr("content.xml", "<office:document-content>")
    assert len(read_register(content.getvalue(), packaged_adapters()["table"]).lines) == 3


@pytest.mark.parametrize("size", [1, 3, 40])
def test_the_quick_look_sees_what_the_slow_one_does(size: int) -> None:
    with zipfile.ZipFile(io.BytesIO(table_xlsx(table_rows(many(size))))) as archive:
        for name in archive.namelist():
            text = archive.read(name)
            assert rough_area_of(io.BytesIO(text), io.BytesIO()) == area_of(io.BytesIO(text)), name
