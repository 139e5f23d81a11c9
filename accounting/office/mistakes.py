"""What is wrong with a rule, where, and why: nothing of a file with a mistake is taken, and all of them are named.

``BadText``      a cell cannot be read: position in it and the reason
``Mistake``      the same with its file, line and column
``PackRefused``  a file as a whole
"""

import msgspec

from accounting.receipts.wording import translated


class BadText(Exception):
    """A cell that says nothing the rule language knows. ``position``: the character of the cell, from 0."""

    def __init__(self, position: int, reason: str, **values: object) -> None:
        super().__init__(reason, values)
        self.position = position
        self._reason = reason
        self._values = values

    def reason(self) -> str:
        """Why, in the language of the call."""
        return translated(self._reason, **self._values)

    def at(self, position: int) -> "BadText":
        """The same of a text that stands there in a longer one."""
        return BadText(position + self.position, self._reason, **self._values)


class Mistake(msgspec.Struct, frozen=True):
    """One mistake of a file: where it stands and why it is one. ``line`` and ``character`` count from 1."""

    file: str
    line: int
    column: str
    character: int
    reason: str

    def text(self) -> str:
        """For people, in the language of the call; the reason is in that of the reading."""
        return translated(
            "{file}, строка {line}, столбец {column}, знак {character}: {reason}",
            file=self.file,
            line=self.line,
            column=self.column,
            character=self.character,
            reason=self.reason,
        )


class PackRefused(Exception):
    """A file of rules with mistakes."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("; ".join(mistake.text() for mistake in mistakes))
        self.mistakes = mistakes
