"""House rules that a machine can hold. A list of exceptions may only shrink: an entry no longer needed fails too."""

import ast
import fnmatch
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.sources import PACKAGES, ROOT, dotted, files, nodes, place, python_files

FILE_LINES_MAX = 300
FUNCTION_LINES_MAX = 60

LONG_FILES: frozenset[str] = frozenset()
"""`path`"""
LONG_FUNCTIONS: frozenset[str] = frozenset()
"""`path:name`"""

DECIMAL_AT_THE_TEXT_BOUNDARY = frozenset({"accounting/reconciliation/field_reader.py"})
"""Foreign JSON carries amounts such as 450.00; they become kopecks in these files."""

ENTRY_POINTS = frozenset(
    {
        "fiscal_server.__main__",
        "fiscal_server.supervisor.launch",  # run by path, before a child becomes itself
        "fiscal_server.supervisor.warden",  # likewise
        "kkt_drivers.emulator.__main__",
        "admin.__main__",
    }
)

CLOCKS = frozenset(
    {
        "datetime.now",
        "datetime.today",
        "datetime.utcnow",
        "datetime.datetime.now",
        "datetime.datetime.today",
        "datetime.datetime.utcnow",
        "date.today",
        "datetime.date.today",
        "time.time",
        "time.time_ns",
    }
)
MAY_READ_THE_CLOCK = ("fiscal_server/clock.py", "kkt_drivers/emulator/*")

# Loaded when needed: `"fiscal_server.commands.run:run"`.
NAMED_IN_TEXT = re.compile(r"(accounting|kkt_drivers|fiscal_server|admin)(\.\w+)+:\w+$")

BANNED_NAMES = frozenset({"utils", "util", "helpers", "helper", "manager", "misc"})
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")

SQL = re.compile(
    r"\b(select\b.*\bfrom|insert\s+into|update\s+\S+\s+set|delete\s+from"
    r"|(create|alter|drop)\s+(table|index|view|schema|type|function|policy))\b",
    re.IGNORECASE | re.DOTALL,
)

pytestmark = pytest.mark.xdist_group("sources")  # one process: every file is parsed once


def test_files_are_short() -> None:
    long = {place(path) for path in python_files() if len(path.read_text().splitlines()) > FILE_LINES_MAX}
    assert long == LONG_FILES


def test_functions_fit_a_screen() -> None:
    long = {
        f"{place(path)}:{node.name}"
        for path in python_files()
        for node in nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > FUNCTION_LINES_MAX
    }
    assert long == LONG_FUNCTIONS


def test_no_float_and_no_true_division_comes_near_money() -> None:
    found = [f"{place(path, node)}: {what}" for path in python_files("accounting") for node, what in _inexact(path)]
    assert found == []


def _inexact(path: Path) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    decimal_is_fine = place(path) in DECIMAL_AT_THE_TEXT_BOUNDARY
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield node, f"float {node.value}"
        elif isinstance(node, ast.Name) and node.id == "float":
            yield node, "float"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield node, "true division"
        elif isinstance(node, ast.Name) and node.id == "Decimal" and not decimal_is_fine:
            yield node, "Decimal"


def test_exceptions_for_decimal_are_still_needed() -> None:
    users = {place(path) for path in python_files("accounting") if "Decimal" in path.read_text()}
    assert users >= DECIMAL_AT_THE_TEXT_BOUNDARY


def test_only_the_clock_reads_the_clock() -> None:
    found = [
        f"{place(path, node)}: {dotted(node.func)}"
        for path in python_files(*PACKAGES)
        if not any(fnmatch.fnmatch(place(path), pattern) for pattern in MAY_READ_THE_CLOCK)
        for node in nodes(path)
        if isinstance(node, ast.Call) and dotted(node.func) in CLOCKS
    ]
    assert found == []


def test_every_module_is_imported_by_something_or_is_an_entry_point() -> None:
    imported = {name for path in python_files() for name in _imported(path)}
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in python_files(*PACKAGES)}
    unused = {name for name in modules if not name.endswith("__init__")} - imported - ENTRY_POINTS
    assert unused == set()


def _imported(path: Path) -> Iterator[str]:
    package = path.relative_to(ROOT).parent.parts
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and NAMED_IN_TEXT.match(node.value):
            yield node.value.partition(":")[0]
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            target = ".".join((*base, *([node.module] if node.module else [])))
            yield target
            yield from (f"{target}.{alias.name}" for alias in node.names)


def test_sql_stands_in_files_not_in_f_strings() -> None:
    found = [
        place(path, node)
        for path in python_files("accounting", "kkt_drivers", "fiscal_server", "admin")
        if not place(path).startswith("fiscal_server/storage/")
        for node in nodes(path)
        if isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.FormattedValue) for part in node.values)
        if SQL.search("".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values))
    ]
    assert found == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    found = [place(path) for path in python_files() if BANNED_NAMES & {*path.relative_to(ROOT).parts, path.stem}]
    assert found == []


@pytest.mark.parametrize("suffix", [".py", ".pyx", ".sql", ".sh", ".html", ".md"])
def test_nothing_is_marked_as_unfinished(suffix: str) -> None:
    found = [
        f"{place(path)}:{number}"
        for path in files(suffix)
        if path != Path(__file__)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert found == []


def test_tests_do_not_sleep() -> None:
    """A test waits for the thing itself, or moves a virtual clock; a sleep is too long on good days or too short."""
    found = [
        place(path, node)
        for path in python_files("tests")
        if path.name.startswith("test_")
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and dotted(node.func) in ("time.sleep", "asyncio.sleep")
        and not (node.args and isinstance(node.args[0], ast.Constant) and node.args[0].value == 0)
    ]
    assert found == []


def test_the_wheel_takes_every_kind_of_file_that_the_packages_have() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    taken = {Path(pattern).name for pattern in project["tool"]["setuptools"]["package-data"]["*"]}
    at_build_only = ["*.py", "*.pyx", "*.c", "*.so", "*.md", "*.pot", "_*.html"]
    left_out = [
        place(path)
        for path in files("", *PACKAGES)
        if not any(fnmatch.fnmatch(path.name, pattern) for pattern in [*taken, *at_build_only])
    ]
    assert left_out == []
