"""Files of money as a fuzzer makes them: any bytes are read to lines and refusals, and nothing is raised."""

import contextlib
from collections.abc import Iterator

from accounting.reconciliation.incoming.adapter import AdapterError, packaged_adapters, parse_adapter
from accounting.reconciliation.incoming.received import Line, Outcome, ReceivedFile
from accounting.reconciliation.incoming.register import read_register
from accounting.reconciliation.incoming.statement import read_statement
from tests.unit.reconciliation.incoming_files import (
    Document,
    Paid,
    fixed_places,
    many,
    named_fields,
    payout,
    spending,
    statement,
    table_csv,
    table_rows,
    table_xlsx,
    total_line,
)

ADAPTERS = packaged_adapters()
NAMES = sorted(ADAPTERS)
_DESCRIPTION = 255
"""The first byte of what is read as a description of a format."""


def imports(data: bytes) -> None:
    """The first byte says in which format the rest is."""
    if data[:1] == bytes((_DESCRIPTION,)):
        with contextlib.suppress(AdapterError):
            parse_adapter(data[1:], "own.toml")
        return
    name = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
    file = _read(name, data[1:])
    assert file.refusals or file.lines
    assert all(one.text() for one in file.refusals)
    if not file.refusals:
        assert all(check.agrees for check in file.totals)
    paid = [line for line in file.lines if _checked(line)]
    assert len({line.key for line in paid}) == len(paid)
    numbers = [line.number for line in file.lines]
    assert numbers == sorted(set(numbers))
    assert list(_read(name, data[1:]).lines) == list(file.lines)


def _read(name: str, content: bytes) -> ReceivedFile:
    if ADAPTERS[name].kind == "statement":
        return read_statement(content, ADAPTERS[name], inn="7700000016")
    return read_register(content, ADAPTERS[name])


def _checked(line: Line) -> bool:
    """Whether it is a payment; then it has all that one needs, else it says why it is none."""
    if line.outcome is not Outcome.PAYMENT:
        assert line.reason()
        return False
    assert line.amount_kopecks is not None
    assert line.amount_kopecks > 0
    assert line.paid_on is not None
    assert line.key
    return True


def import_seeds() -> Iterator[bytes]:
    """A file of each format, and a description."""
    paid, documents = many(3), [payout(), Document(), spending()]
    files = {
        "total-line": [total_line(paid)],
        "named-fields": [named_fields(paid)],
        "table": [table_csv(table_rows(paid)), table_xlsx(table_rows([Paid()]))],
        "fixed-places": [fixed_places(paid)],
        "1c-exchange": [statement(documents, encoding=one) for one in ("cp1251", "cp866", "utf-8")],
    }
    for name, contents in files.items():
        for content in contents:
            yield bytes((NAMES.index(name),)) + content
    yield bytes((_DESCRIPTION,)) + (
        b'id = "own"\ntitle = "x"\nsource = "x"\nlayout = "fixed"\n[columns]\n'
        b"date = { start = 1, length = 8 }\namount = { start = 9, length = 8 }\naccount = { start = 17, length = 8 }\n"
    )
