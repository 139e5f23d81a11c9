"""What PostgreSQL's binary COPY sends, as rows of int64."""

from array import array
from collections.abc import Sequence

class Plan:
    """How fields make up a row: for each field (kind, place in the row, argument, texts).

    Kinds: 0 number (null: -1), 1 date (as ``toordinal()``), 2 month (YYYY-MM as ``layout`` has it), 3 text (its place
    among ``texts``, -2: none of them, null: the argument), 4 flag (the argument is its bit). Raises IndexError.
    """

    def __init__(self, width: int, fields: Sequence[tuple[int, int, int, Sequence[bytes]]]) -> None: ...

def ledger_rows(
    stream: bytes | bytearray, plan: Plan, accounts: array[int] | memoryview
) -> tuple[array[int], array[int]]:
    """The rows, whose first number is an account's id, and the ordinal that comes behind the plan's fields.

    The account's place among ``accounts`` (ids, ascending) stands in the rows instead of its id; rows of other accounts
    are left out. Raises ValueError for a stream that is not what the plan says.
    """

def integers_and_texts(stream: bytes | bytearray, width: int, known: bytes) -> tuple[array[int], array[int], bytearray]:
    """Rows of ``width`` bigints and one text behind them.

    Gives the rows, whose last field becomes the text's number (-1: null), and the texts as ``rule_tables.PackedTexts``
    of MessagePack strings; ``known``, which is packed already, has the number 0.
    """
