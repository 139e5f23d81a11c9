"""Fixtures that every folder of tests may ask for: `database`, `clock`.

One PostgreSQL serves a whole run and all of its workers. The process that the user started owns it and the kernel ends
it with that process (supervisor/launch.py), whatever kills the run. The first test that needs a database makes a
template by the migrations; each test then gets a copy of its own in about 40 ms where memory is a file system.
"""

import asyncio
import contextlib
import fcntl
import gc
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Protocol

import asyncpg
import pytest

from fiscal_server.clock import Clock, VirtualClock
from fiscal_server.embedded import EmbeddedPostgres
from fiscal_server.embedded.cluster import plain_environ
from fiscal_server.supervisor.spec import launch_argv

_PREFIX = f"fiscal-tests-{os.getuid()}-"
SHARED_PROGRAMS = Path("/tmp/fiscal-server-programs")
_TEMPLATE = "template_fiscal"
_BARE, _UNFINISHED = "template_bare", "template_unfinished"
_READY_WITHIN_S = 60.0
_MEMORY = Path("/dev/shm")
_MEMORY_BYTES = 4 << 30
_names = itertools.count()


class _Worker(Protocol):
    """What pytest-xdist hands to `pytest_configure_node`."""

    workerinput: dict[str, str]


class TestPostgres:
    """The run's server; started in the process that the user started, known to its workers by its folder."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._server = EmbeddedPostgres(folder, durable=False, shared_programs=SHARED_PROGRAMS)
        self._process: subprocess.Popen[bytes] | None = None
        self._owner: int | None = None

    @classmethod
    def start(cls) -> "TestPostgres":
        """Returns before it is ready: tests that need no database need not wait."""
        folder, owner = _new_folder()
        started = cls(folder)
        started._owner = owner
        started._server.prepare()
        with (folder / "postgres.log").open("wb") as log:
            started._process = subprocess.Popen(
                launch_argv(started._server.command(), os.getpid(), started._server.account(), signal.SIGQUIT),
                env=plain_environ(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        return started

    def stop(self) -> None:
        assert self._process is not None, "stopped by its owner"
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def dsn(self, database: str) -> str:
        return self._server.dsn(database)

    async def wait_ready(self) -> None:
        deadline = time.monotonic() + _READY_WITHIN_S
        while True:
            with contextlib.suppress(OSError, asyncpg.CannotConnectNowError):
                connection = await asyncpg.connect(self.dsn("postgres"))
                await connection.close()
                return
            if time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start:\n{(self.folder / 'postgres.log').read_text()}")
            await asyncio.sleep(0.02)


def _new_folder() -> tuple[Path, int]:
    """A folder, and the lock that says that its run is alive. Removes the folders of runs that were killed."""
    temporary = _place()
    turn = _lock(temporary / f"{_PREFIX}turn.lock", wait=True)  # a run that starts now must not lose its new folder
    try:
        for old in temporary.glob(f"{_PREFIX}*/owner"):
            with contextlib.suppress(BlockingIOError):
                os.close(_lock(old))
                shutil.rmtree(old.parent, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=temporary))
        folder.chmod(0o711)  # under root PostgreSQL runs as another user
        return folder, _lock(folder / "owner")
    finally:
        os.close(turn)


def _place() -> Path:
    """Memory if there is enough: a copy of the template is hundreds of small files, on a disk ten times as slow."""
    with contextlib.suppress(OSError):
        if shutil.disk_usage(_MEMORY).free >= _MEMORY_BYTES:
            return _MEMORY
    return Path(tempfile.gettempdir())


def _lock(path: Path, *, wait: bool = False) -> int:
    """Held until the descriptor is closed. Raises BlockingIOError if somebody else holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor


def pytest_collection_finish() -> None:
    """Thousands of tests live as long as the run: no collection of garbage has to look at them again and again."""
    gc.collect()
    gc.freeze()


_own: list[TestPostgres] = []


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: _Worker) -> None:
    """Runs in the user's process, once for each worker of pytest-xdist."""
    if not _own:
        _own.append(TestPostgres.start())
    node.workerinput["postgres_folder"] = str(_own[0].folder)


def pytest_unconfigure() -> None:
    while _own:
        _own.pop().stop()


@pytest.fixture(scope="session")
def postgres(request: pytest.FixtureRequest) -> TestPostgres:
    """The run's server; ask for `database` unless you test the server itself."""
    workerinput: dict[str, str] | None = getattr(request.config, "workerinput", None)
    if workerinput is not None:
        return TestPostgres(Path(workerinput["postgres_folder"]))
    if not _own:
        _own.append(TestPostgres.start())
    return _own[0]


@pytest.fixture(scope="session")
def template(postgres: TestPostgres) -> str:
    """Name of the database with the schema of today in it, made by the first worker that comes here."""
    return asyncio.run(make_template(postgres))


async def make_template(postgres: TestPostgres) -> str:
    """Make it unless it is there; gives its name. It has the months of the tests' clock. Beside it stands one without
    any."""
    await postgres.wait_ready()
    await _make_once(postgres, _BARE, "template1")
    return await add_months(postgres, _BARE, _TEMPLATE, VirtualClock())


async def add_months(postgres: TestPostgres, source: str, name: str, clock: Clock) -> str:
    """Make a template, unless it is there, that has the months of this clock, too: copying their files takes a tenth of
    the time of making them. Gives its name."""
    return await _make_once(postgres, name, source, clock)


async def _make_once(postgres: TestPostgres, name: str, source: str, clock: Clock | None = None) -> str:
    # Here: tests without a database load no storage.
    from fiscal_server.storage.migrate import migrate
    from fiscal_server.storage.partitions import keep_partitions
    from fiscal_server.storage.pool import connect

    admin = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        await admin.execute("SELECT pg_advisory_lock(1)")
        if await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            return name
        # Under another name until it is whole: a migration that fails must fail again for the next worker.
        await admin.execute(f"DROP DATABASE IF EXISTS {_UNFINISHED}")
        await admin.execute(f"CREATE DATABASE {_UNFINISHED} TEMPLATE {source} STRATEGY file_copy")
        if clock is None:
            await migrate(postgres.dsn(_UNFINISHED))
        else:
            made = await connect(postgres.dsn(_UNFINISHED), clock)
            await keep_partitions(made, clock)
            await made.close()
        await admin.execute(f"ALTER DATABASE {_UNFINISHED} RENAME TO {name}")
    finally:
        await admin.close()
    return name


@contextlib.asynccontextmanager
async def _copy(postgres: TestPostgres, template: str) -> AsyncIterator[str]:
    name = f"test_{os.getpid()}_{next(_names)}"
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        yield postgres.dsn(name)
        # FORCE: a test that failed may have left connections open.
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@pytest.fixture
async def database(postgres: TestPostgres, template: str) -> AsyncIterator[str]:
    """Address of a fresh database with the whole schema in it and the months of `clock`; gone after the test."""
    async with _copy(postgres, template) as dsn:
        yield dsn


@pytest.fixture
async def bare_database(postgres: TestPostgres, template: str) -> AsyncIterator[str]:
    """The same without any month: as the migrations leave it."""
    async with _copy(postgres, _BARE) as dsn:
        yield dsn


@pytest.fixture
def clock() -> VirtualClock:
    """2026-01-15 09:00 UTC, moved by the test alone."""
    return VirtualClock()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Like `tmp_path`, but other users may pass through it: what PostgreSQL needs under root."""
    folder = Path(tempfile.mkdtemp(prefix="fiscal-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
