"""Tables of rules as CSV: comments first, then the named columns, and every mistake with its file, line and column.

``read_table``  the lines of a text
``Row``         one of them: its cells, read one by one, with the mistakes they make
"""

import csv
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from accounting.office.mistakes import BadText, Mistake, PackRefused

Read = TypeVar("Read")
Choice = TypeVar("Choice", bound=StrEnum)


class Row:
    """One line: its cells, read one by one, with the mistakes they make."""

    def __init__(self, file: str, line: int, cells: Mapping[str, str], mistakes: list[Mistake]) -> None:
        self._file = file
        self._line = line
        self._cells = cells
        self._mistakes = mistakes

    def text(self, column: str) -> str:
        """The cell as it stands, without the spaces around it."""
        return self._cells[column].strip()

    def read(self, column: str, reading: Callable[[str], Read], otherwise: Read) -> Read:
        """What the cell says; ``otherwise`` when it says nothing, which is a mistake of the file then."""
        try:
            return reading(self.text(column))
        except BadText as bad:
            self.wrong(column, bad)
        return otherwise

    def wrong(self, column: str, bad: BadText) -> None:
        """One more mistake of this line."""
        self._mistakes.append(Mistake(self._file, self._line, column, bad.position + 1, bad.reason()))


def read_table(file: str, text: str, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Lines by number and column. Raises PackRefused where the columns are others or a line is no CSV."""
    rows = text.splitlines()
    comments = next((number for number, row in enumerate(rows) if not row.startswith("#")), len(rows))
    reader = csv.reader(rows[comments:])
    found: list[tuple[int, dict[str, str]]] = []

    def refused(reason: str, **values: object) -> PackRefused:
        line = comments + max(1, reader.line_num)
        return PackRefused([Mistake(file, line, "", 1, BadText(0, reason, **values).reason())])

    try:
        if tuple(next(reader, [])) != columns:
            raise refused("Столбцы не те: ожидаются {columns}.", columns=", ".join(columns))
        for cells in reader:
            if len(cells) != len(columns):
                raise refused("Столбцов {found}, а должно быть {wanted}.", found=len(cells), wanted=len(columns))
            found.append((comments + reader.line_num, dict(zip(columns, cells, strict=True))))
    except csv.Error:
        raise refused("Строку нельзя прочесть как CSV.") from None
    return found


def choice(of: type[Choice]) -> Callable[[str], Choice]:
    """A reading of one of the values of ``of``."""

    def read(text: str) -> Choice:
        try:
            return of(text)
        except ValueError:
            choices = ", ".join(of)
            raise BadText(0, "Нет значения «{text}»; есть {choices}.", text=text, choices=choices) from None

    return read


def not_empty(text: str) -> str:
    """The text, which must be there."""
    if not text:
        raise BadText(0, "Здесь пусто.")
    return text
