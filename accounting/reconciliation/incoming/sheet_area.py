"""How large a sheet of an XLSX file is before a library makes room for it: one strict look at each part's XML.

ECMA-376, part 1, 18.3.1: a sheet is of ``row`` elements with ``c`` elements in them; either names its place in ``r`` or
stands behind the one before. What is well-formed has one reading, so the library cannot see cells that were not seen
here; what is not well-formed is refused.
"""

import re
from collections.abc import Callable
from typing import IO, Final
from xml.parsers import expat

_PIECE: Final = 1 << 20
_LONGEST: Final = 1 << 16
_LONGEST_TOKEN: Final = 1 << 20
"""Of a tag or a comment, bytes: the parser keeps one until it is whole, and looks at it again with every piece."""
_DEEPEST: Final = 256
"""Elements in elements; a sheet has seven. The parser keeps a hundred bytes of each that is open."""
_PLACE: Final = re.compile(r"([A-Za-z]{0,7})([0-9]{1,10})")
_LETTERS: Final = 26

_CELL: Final = re.compile(rb"<(?:[^<>\s/:]+:)?c[\s/>]")
_PLAIN_CELL: Final = re.compile(rb'<c r="([A-Z]{1,7})([0-9]{1,10})"')
"""As the usual programs write them."""


def area_of(part: IO[bytes]) -> tuple[int, int]:
    """Rows and columns up to the last cell with anything in it; (0, 0) for a part that is no sheet. Raises ValueError
    for what is no XML, or has a document type."""
    area = _Area()
    parser = _parser()
    parser.StartElementHandler = area.begin
    parser.EndElementHandler = area.end
    _parse(parser, part)
    return area.rows, area.columns


def rough_area_of(part: IO[bytes], copy: IO[bytes]) -> tuple[int, int] | None:
    """The same or more, for empty cells count as well, in a fraction of the time; None: only ``area_of`` can tell.

    ``copy`` gets the very bytes that were looked at. Raises ValueError as ``area_of``.
    """
    area, parser = _RoughArea(), _parser()

    def look(piece: bytes) -> None:
        copy.write(piece)
        area.add(piece)
        if not area.plain and parser.StartElementHandler is None:
            depth = _Depth()
            parser.StartElementHandler, parser.EndElementHandler = depth.begin, depth.end

    _parse(parser, part, look)
    area.add(b"<")
    return (area.rows, area.columns) if area.plain else None


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate("utf-8")  # whatever a part says of itself: its bytes have one reading only
    parser.StartDoctypeDeclHandler = _no_document_type
    return parser


def _no_document_type(*_: object) -> None:
    raise ValueError("a document type in a spreadsheet")


def _parse(parser: expat.XMLParserType, part: IO[bytes], look: Callable[[bytes], None] | None = None) -> None:
    fed = 0
    try:
        while piece := part.read(_PIECE):
            if b"\0" in piece:  # UTF-16: the parser takes it, and another would read its bytes as something else
                raise ValueError("a spreadsheet that is not UTF-8")
            parser.Parse(piece, False)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > _LONGEST_TOKEN + _PIECE:
                raise ValueError("a tag without an end in a spreadsheet")
            if look is not None:
                look(piece)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from error


class _Depth:
    """How many elements are open, from wherever it begins to look. Raises ValueError for more than any sheet has."""

    def __init__(self) -> None:
        self._open = 0

    def begin(self, *_: object) -> None:
        """One more."""
        self.add(1)

    def end(self, *_: object) -> None:
        """One less."""
        self.add(-1)

    def add(self, opened: int) -> None:
        """So many more than were closed."""
        self._open += opened
        if self._open > _DEEPEST:
            raise ValueError("elements in elements without an end in a spreadsheet")


class _RoughArea:
    """``plain``: nothing but elements has come, and every cell names its place first, so expressions see all of it."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns = 0
        self.plain = True
        self._depth = _Depth()
        self._left = b""
        self._begun = False

    def add(self, piece: bytes) -> None:
        """More of a part that is well-formed; a "<" ends it."""
        if not self.plain:
            return
        text = self._left + piece
        end = max(text.rfind(b"<"), 0)  # the last tag may have been cut
        self._left, text = text[end:], text[:end]
        cells = _PLAIN_CELL.findall(text)
        self.plain = (
            len(self._left) < _LONGEST
            and b"<!" not in text
            and b"<?" not in (text if self._begun else text[1:])
            and len(cells) == len(_CELL.findall(text))
            and text.count(b"<") == text.count(b">")  # none in a text or a value: what looks closed is closed
        )
        if self.plain:
            self._depth.add(text.count(b"<") - 2 * text.count(b"</") - text.count(b"<?") - text.count(b"/>"))
        self._begun = self._begun or bool(text)
        for letters in {letters for letters, _ in cells}:
            self.columns = max(self.columns, _number_of(letters.decode()))
        self.rows = max(self.rows, max((int(number) for _, number in cells), default=0))


class _Area:
    """The farthest cell so far; places count from 0, ``rows`` and ``columns`` are counts."""

    def __init__(self) -> None:
        self.rows = 0
        self.columns = 0
        self._row = 0
        self._column = 0
        self._in_cell = False
        self._depth = _Depth()

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element: a place, or something inside a cell, which is then not empty."""
        self._depth.begin()
        local = name.rpartition(":")[2]
        if local == "c":
            self._in_cell = True
            if (place := attributes.get("r")) is not None:
                self._column, self._row = _place_of(place)
        elif local == "row":
            if (place := attributes.get("r")) is not None:
                self._row = _place_of(place)[1]
        elif self._in_cell:
            self.rows = max(self.rows, self._row + 1)
            self.columns = max(self.columns, self._column + 1)

    def end(self, name: str) -> None:
        """What has no place of its own stands behind."""
        self._depth.end()
        local = name.rpartition(":")[2]
        if local == "c":
            self._in_cell = False
            self._column += 1
        elif local == "row":
            self._row += 1
            self._column = 0


def _place_of(text: str) -> tuple[int, int]:
    """``B3`` -> (1, 2), ``3`` -> (0, 2). Raises ValueError."""
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ValueError(f"no place of a cell: {text[:20]}")
    return max(_number_of(found[1]) - 1, 0), max(int(found[2]) - 1, 0)


def _number_of(letters: str) -> int:
    """``B`` -> 2."""
    number = 0
    for letter in letters.upper():
        number = number * _LETTERS + ord(letter) - ord("A") + 1
    return number
