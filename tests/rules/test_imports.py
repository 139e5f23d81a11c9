"""Who may import what. The table is the rule: to open a door, change the table and say why in the commit.

Arrows point one way: accounting <- kkt_drivers <- fiscal_server <- admin. A module belongs to the room with the longest
matching name; `*` stands for one part of it. A room may always import itself.
"""

import ast
import functools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.rules.sources import nodes

pytestmark = pytest.mark.xdist_group("sources")  # one process: every file is parsed once

ROOT = Path(__file__).parents[2]
PACKAGES = ("accounting", "kkt_drivers", "fiscal_server", "admin")

# Rules and formats neither wait nor look around: whatever they need is handed in.
IO = frozenset({"asyncio", "http", "multiprocessing", "socket", "sqlite3", "ssl", "subprocess", "threading", "urllib"})


@dataclass(frozen=True)
class Room:
    """What a room may import besides itself and the standard library."""

    ours: tuple[str, ...] = ()
    """Names of our modules, with what is below them."""
    packages: frozenset[str] = frozenset()
    """Third-party packages."""
    not_stdlib: frozenset[str] = frozenset()
    not_ours: tuple[str, ...] = ()
    """Exceptions to `ours`, and to "a room may import itself"."""


def _room(ours: str = "", packages: str = "", **limits: object) -> Room:
    return Room(tuple(ours.split()), frozenset(packages.split()), **limits)  # type: ignore[arg-type]


_COMMON = (
    "fiscal_server.clock fiscal_server.errors fiscal_server.formulas fiscal_server.ids "
    "fiscal_server.lifecycle fiscal_server.log fiscal_server.troubles"
)
_SHARED = f"{_COMMON} fiscal_server.metrics fiscal_server.public_addresses fiscal_server.settings"
# Forecasts and alarms read the books and touch no device: whoever answers people may ask for them.
_FORESIGHT = (
    "fiscal_server.cassette.alarms fiscal_server.cassette.forecast fiscal_server.cassette.outlook"
    " fiscal_server.webhooks.endpoint_alarms"
)
_FORMAT = _room(
    "accounting.receipts kkt_drivers.change_reasons kkt_drivers.errors kkt_drivers.kkt kkt_drivers.ffd",
    "msgspec",
    not_stdlib=IO,
    not_ours=("kkt_drivers.transport", "kkt_drivers.emulator"),
)

ROOMS: dict[str, Room] = {
    "accounting": _room("", "msgspec", not_stdlib=IO),
    # Registers come as spreadsheets too: bytes in, rows out.
    "accounting.reconciliation.incoming.spreadsheet": _room(
        "accounting.reconciliation.incoming", "python_calamine", not_stdlib=IO
    ),
    # Drivers: usable alone, without HTTP server or SQL.
    "kkt_drivers": _room("accounting.receipts kkt_drivers", "msgspec", not_ours=("kkt_drivers.emulator",)),
    "kkt_drivers.transport": _room("kkt_drivers.errors"),
    "kkt_drivers.transport.usb": _room("kkt_drivers.errors kkt_drivers.transport", "usb"),
    "kkt_drivers.transport.serial": _room("kkt_drivers.errors kkt_drivers.transport", "serial"),
    "kkt_drivers.devices": _room(
        "accounting.receipts kkt_drivers", "msgspec serial", not_ours=("kkt_drivers.emulator",)
    ),
    "kkt_drivers.change_reasons": _FORMAT,
    "kkt_drivers.ffd": _FORMAT,
    # Documents come wrapped in the operator's container.
    "kkt_drivers.ffd.envelope": _room(
        "kkt_drivers.errors kkt_drivers.ffd kkt_drivers.ofd.message accounting.receipts", "msgspec"
    ),
    # A receipt drawn: the QR code, the PDF.
    "kkt_drivers.ffd.draw_html": _room("kkt_drivers.errors kkt_drivers.ffd", "segno"),
    "kkt_drivers.ffd.draw_pdf": _room("kkt_drivers.errors kkt_drivers.ffd", "msgspec segno typst"),
    "kkt_drivers.ffd.cli": _room("accounting.receipts kkt_drivers.errors kkt_drivers.ffd", "msgspec typer"),
    "kkt_drivers.*.frame": _FORMAT,
    "kkt_drivers.*.commands": _FORMAT,
    "kkt_drivers.fn.later_commands": _FORMAT,
    "kkt_drivers.fn.counters": _FORMAT,
    "kkt_drivers.fn.registration": _FORMAT,
    "kkt_drivers.fn.words": _FORMAT,
    "kkt_drivers.*.error_codes": _FORMAT,
    "kkt_drivers.ofd.message": _FORMAT,
    # The other end of the wire. It shares no code with the drivers, else both ends err together; frames are the
    # exception where golden data test them.
    "kkt_drivers.emulator": _room(
        "accounting.receipts kkt_drivers.errors kkt_drivers.fn.frame kkt_drivers.ffd", "msgspec typer"
    ),
    # A backend for pyusb: what tests plug in where others have libusb.
    "kkt_drivers.emulator.usb_bridge": _room("kkt_drivers.emulator", "usb"),
    # The service.
    "fiscal_server.settings": _room("", "msgspec"),
    "fiscal_server.clock": _room(),
    "fiscal_server.errors": _room("", "msgspec"),
    "fiscal_server.ids": _room("fiscal_server.clock"),
    "fiscal_server.lifecycle": _room("", "msgspec"),
    "fiscal_server.troubles": _room(),
    "fiscal_server.public_addresses": _room(),
    "fiscal_server.log": _room("fiscal_server.settings", "structlog msgspec"),
    "fiscal_server.metrics": _room("", "prometheus_client"),
    "fiscal_server.supervisor": _room("fiscal_server.settings"),
    "fiscal_server.embedded": _room("fiscal_server.settings fiscal_server.supervisor.spec"),
    "fiscal_server.storage": _room(f"accounting {_SHARED}", "asyncpg msgspec structlog"),
    "fiscal_server.intake": _room(f"accounting fiscal_server.storage {_SHARED}", "asyncpg msgspec structlog"),
    "fiscal_server.intake.contacts": _room("kkt_drivers.errors kkt_drivers.ffd.text"),
    "fiscal_server.dispatch": _room(
        f"accounting kkt_drivers fiscal_server.storage fiscal_server.cassette fiscal_server.operator {_SHARED}",
        "asyncpg msgspec structlog",
        not_ours=("kkt_drivers.emulator",),
    ),
    "fiscal_server.cassette": _room(
        f"accounting kkt_drivers fiscal_server.storage {_SHARED}",
        "asyncpg msgspec structlog",
        not_ours=("kkt_drivers.emulator",),
    ),
    "fiscal_server.operator": _room(
        f"accounting kkt_drivers fiscal_server.storage fiscal_server.dispatch {_SHARED}",
        "asyncpg msgspec structlog",
        not_ours=("kkt_drivers.emulator",),
    ),
    "fiscal_server.webhooks": _room(
        f"accounting.receipts.wording fiscal_server.storage {_FORESIGHT} {_SHARED}",
        "asyncpg httpcore msgspec structlog",
    ),
    # What others write their programs with: it knows the API by its answers, as they do.
    "fiscal_server.client": _room("", "httpx msgspec"),
    "fiscal_server.api": _room(
        f"accounting fiscal_server.intake fiscal_server.keyring fiscal_server.new_merchant fiscal_server.storage"
        f" fiscal_server.webhooks {_FORESIGHT} {_SHARED}",
        "asyncpg backports compression jinja2 litestar markupsafe msgspec structlog",
    ),
    # Its callbacks go out over the wire of webhooks, to URLs of its own mask; the ids of its requests are those of the
    # whole API, and its bodies are held by the same rule.
    "fiscal_server.api.atol_online": _room(
        "accounting fiscal_server.api.requests fiscal_server.api.uploads fiscal_server.intake fiscal_server.storage"
        f" fiscal_server.webhooks.addresses fiscal_server.webhooks.post {_SHARED}",
        "asyncpg httpx litestar msgspec structlog",
    ),
    # They only wire.
    "fiscal_server": _room(
        "accounting kkt_drivers fiscal_server admin",
        "asyncpg granian httpx litestar msgspec prometheus_client rich structlog typer uvloop",
    ),
    # Explanations are computed anew where they are read, and receipts are drawn: neither touches a device. What it has
    # done it asks of the API, over HTTP, with the client that everybody has.
    "admin": _room(
        f"accounting fiscal_server.storage {_FORESIGHT} {_COMMON} fiscal_server.settings fiscal_server.intake.replay"
        " fiscal_server.client fiscal_server.api.problem_kinds fiscal_server.cassette.registration_change"
        " kkt_drivers.errors kkt_drivers.ffd kkt_drivers.kkt",
        "aiosmtplib argon2 asyncpg babel docxtpl httpx jinja2 litestar litestar_htmx markdown_it markupsafe msgspec "
        "pgqueuer pyotp python_calamine segno structlog typst xlsxwriter",
    ),
}


@dataclass(frozen=True)
class Import:
    module: str
    target: str
    line: int
    names: tuple[str, ...] = field(default=())


@functools.cache
def modules() -> dict[str, Path]:
    """Name -> file of every module of the four packages."""
    files = (path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py")))
    return {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in files}


def imports_of(module: str, path: Path) -> Iterator[Import]:
    """Every import statement of a file, those inside functions too; relative ones made absolute."""
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    for node in nodes(path):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(module, alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            target = ".".join(part for part in (base, node.module) if part)
            yield Import(module, target, node.lineno, tuple(alias.name for alias in node.names))


def room_of(module: str) -> str:
    """The room with the longest matching name."""
    matching = [name for name in ROOMS if _matches(name, module)]
    return max(matching, key=lambda name: (name.count("."), "*" not in name))


def _matches(pattern: str, module: str) -> bool:
    """`a.*.c` matches `a.b.c` and `a.b.c.d`."""
    wanted, given = pattern.split("."), module.split(".")
    return len(given) >= len(wanted) and all(w in ("*", g) for w, g in zip(wanted, given, strict=False))


def _names(statement: Import) -> list[str]:
    """`from a import b` may mean the module a.b: the rule looks at each."""
    inside = modules()
    below = [f"{statement.target}.{name}" for name in statement.names]
    found = [name for name in below if name in inside]
    return found if found and len(found) == len(below) else [statement.target, *found]


def _refused(statement: Import) -> str | None:
    """Why the room may not; None if it may."""
    name = room_of(statement.module)
    room = ROOMS[name]
    for target in _names(statement):
        top = target.split(".")[0]
        if top in PACKAGES:
            within = _matches(name, target) and room_of(target) == name
            allowed = within or any(_matches(ours, target) for ours in (*room.ours, *_parents(statement.module)))
            if not allowed or any(_matches(never, target) for never in room.not_ours):
                return f"room {name} may not import {target}"
        elif top in sys.stdlib_module_names:
            if top in room.not_stdlib:
                return f"room {name} does no I/O: {target}"
        elif top not in room.packages:
            return f"room {name} may not import the package {top}"
    return None


def _parents(module: str) -> list[str]:
    """A module may name the folder it is in: `from kkt_drivers.fn import x` inside kkt_drivers.fn."""
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(2, len(parts))]


def test_every_import_is_allowed_by_the_table() -> None:
    refused = [
        f"{path.relative_to(ROOT)}:{statement.line}: {reason}"
        for module, path in modules().items()
        for statement in imports_of(module, path)
        if (reason := _refused(statement))
    ]
    assert refused == []


def test_nothing_that_ships_imports_tests_or_benchmarks() -> None:
    for module, path in modules().items():
        for statement in imports_of(module, path):
            assert statement.target.split(".")[0] not in ("tests", "benchmarks"), f"{module}:{statement.line}"


@pytest.mark.parametrize(
    ("module", "target", "allowed"),
    [
        ("accounting.receipts.compute", "msgspec", True),
        ("accounting.receipts.compute", "asyncio", False),
        ("accounting.receipts.compute", "kkt_drivers.kkt", False),
        ("kkt_drivers.fn.driver", "asyncio", True),
        ("kkt_drivers.fn.driver", "kkt_drivers.transport.base", True),
        ("kkt_drivers.fn.frame", "asyncio", False),
        ("kkt_drivers.shtrih.commands", "kkt_drivers.transport.base", False),
        ("kkt_drivers.transport.usb", "usb.core", True),
        ("kkt_drivers.transport.tcp", "usb.core", False),
        ("kkt_drivers.transport.usb_transport", "usb.core", False),
        ("kkt_drivers.devices", "serial.tools.list_ports", True),
        ("kkt_drivers.devices", "usb.core", False),
        ("kkt_drivers.fn.driver", "litestar", False),
        ("fiscal_server.storage.pool", "kkt_drivers.kkt", False),
        ("fiscal_server.storage.pool", "litestar", False),
        ("fiscal_server.intake.accept", "fiscal_server.dispatch.worker", False),
        ("fiscal_server.dispatch.worker", "kkt_drivers.address", True),
        ("fiscal_server.dispatch.worker", "fiscal_server.intake.accept", False),
        ("fiscal_server.api.batches", "fiscal_server.intake.accept", True),
        ("fiscal_server.api.batches", "kkt_drivers.kkt", False),
        ("fiscal_server.embedded.postgres", "asyncpg", False),
        ("fiscal_server.app", "litestar", True),
        ("admin.pages.office.clients", "fiscal_server.storage.pool", True),
        ("admin.pages.office.clients", "fiscal_server.api.batches", False),
    ],
)
def test_the_table_means_what_the_design_says(module: str, target: str, allowed: bool) -> None:
    assert (_refused(Import(module, target, 0)) is None) == allowed
