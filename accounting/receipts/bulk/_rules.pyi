"""A merchant's rules and texts as the kernel reads them."""

from array import array

from accounting.receipts.bulk.rule_tables import RuleTables

class Texts:
    """Strings by number. Shapes: starts int64[n + 1], data bytes."""

    count: int
    def __init__(self, starts: array[int], data: bytes | bytearray) -> None: ...

class Rules:
    """The tables of ``rule_tables.RuleTables``; they are kept, not copied."""

    services: int
    def __init__(self, tables: RuleTables) -> None: ...
