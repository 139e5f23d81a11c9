"""Rows of int64 as PostgreSQL's binary COPY takes them."""

from array import array
from collections.abc import Sequence

class CopyPlan:
    """How the rows of a table of int64 become rows of a table of the database; made of ``copying.Column``s.

    ``width``: fields of a row. -1 becomes null, except where the column is an INT8. Raises IndexError for a field that
    a row has not.
    """

    def __init__(self, width: int, columns: Sequence[tuple[int, int, object]]) -> None: ...
    def encode(self, table: array[int] | memoryview) -> bytes:
        """The whole stream, header and trailer included. The GIL is released.

        Raises ValueError for a table that is cut inside a row, IndexError for a number that its list does not hold.
        """
