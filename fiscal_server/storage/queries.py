"""Named SQL: every query lives in ``sql/<noun>.sql`` under ``-- name: what_it_does``, with a line of intent below.

The text is constant, so asyncpg's cache of prepared statements stays warm, and it can be read and run as SQL.
"""

import re
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: ([a-z][a-z0-9_]*)$", re.MULTILINE)


def parse_queries(text: str) -> dict[str, str]:
    """The queries of one file by name. Raises ValueError for a name that is given twice or has no SQL."""
    parts = _NAME.split(text)
    queries: dict[str, str] = {}
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        if name in queries:
            raise ValueError(f"query {name} is defined twice")
        if not any(line and not line.startswith("--") for line in body.splitlines()):
            raise ValueError(f"query {name} has no SQL")
        queries[name] = body.strip()
    return queries


def load_queries(noun: str, package: str = "fiscal_server.storage") -> MappingProxyType[str, str]:
    """The queries of ``sql/<noun>.sql`` in a package."""
    text = files(package).joinpath("sql", f"{noun}.sql").read_text(encoding="utf-8")
    return MappingProxyType(parse_queries(text))
