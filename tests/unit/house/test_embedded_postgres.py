"""The embedded PostgreSQL: made once, served by one, back after every death."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from fiscal_server.embedded import EmbeddedPostgres, EmbeddedPostgresError
from fiscal_server.embedded.binaries import bundled_install, install_for_others
from fiscal_server.embedded.socket_folder import make_socket_folder, socket_folder
from fiscal_server.supervisor import Supervisor
from tests.unit.house.processes import Lines, kill

SHARED_PROGRAMS = Path("/tmp/fiscal-server-programs")


Made = Callable[[Path], EmbeddedPostgres]


def _embedded(folder: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder, durable=False, shared_programs=SHARED_PROGRAMS)


@pytest.fixture(scope="session")
def made_before() -> Iterator[Made]:
    """A database in a folder as an earlier start left it: copied, for initdb takes a second and a half."""
    folder = Path(tempfile.mkdtemp(prefix="fiscal-test-"))
    folder.chmod(0o711)
    first = _embedded(folder)
    first.prepare()

    def copy(to: Path) -> EmbeddedPostgres:
        postgres = _embedded(to)
        subprocess.run(["cp", "-a", str(first.cluster), str(postgres.cluster)], check=True)
        return postgres

    yield copy
    shutil.rmtree(folder)


async def _ask(postgres: EmbeddedPostgres, question: str) -> object:
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_what_was_committed_is_there_after_kill_and_after_stop(open_folder: Path) -> None:
    postgres, lines = EmbeddedPostgres(open_folder, shared_programs=SHARED_PROGRAMS), Lines()
    async with Supervisor(open_folder, lines) as supervisor:
        await supervisor.start(postgres.child())
        await _ask(postgres, "CREATE TABLE kept AS SELECT 45000 AS kopecks")
        kill(supervisor.pid("postgres"))
        await lines.containing("postgres runs again")
        assert await _ask(postgres, "SELECT kopecks FROM kept") == 45000
    async with Supervisor(open_folder, lines) as supervisor:
        await supervisor.start(postgres.child())
        assert await _ask(postgres, "SELECT kopecks FROM kept") == 45000


async def test_a_lock_file_whose_pid_now_belongs_to_somebody_else_is_no_obstacle(
    open_folder: Path, made_before: Made
) -> None:
    postgres = made_before(open_folder)
    postgres.prepare()
    (postgres.cluster / "postmaster.pid").write_text(f"{os.getppid()}\n{postgres.cluster}\n0\n5432\n\n\n\nready\n")
    async with Supervisor(open_folder, Lines()) as supervisor:
        await supervisor.start(postgres.child())
        assert await _ask(postgres, "SELECT 1") == 1


async def test_a_cluster_that_a_live_server_serves_is_refused(
    open_folder: Path, made_before: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fiscal_server.embedded.cluster._SHUTDOWN_S", 0.0)
    postgres = made_before(open_folder)
    async with Supervisor(open_folder, Lines()) as supervisor:
        await supervisor.start(postgres.child())
        with pytest.raises(EmbeddedPostgresError, match=rf"process {supervisor.pid('postgres')}\) already serves"):
            postgres.prepare()


def test_a_cluster_of_another_version_is_refused(open_folder: Path, made_before: Made) -> None:
    postgres = made_before(open_folder)
    postgres.prepare()
    (postgres.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedPostgresError, match="was made by PostgreSQL 17, this fiscal-server carries 18"):
        postgres.prepare()


def test_an_initdb_that_was_killed_is_done_anew(open_folder: Path) -> None:
    (open_folder / ".postgres-new").mkdir()
    (open_folder / ".postgres-new/PG_VERSION").write_text("18\n")
    postgres = _embedded(open_folder)
    postgres.prepare()
    assert (postgres.cluster / "postgresql.conf").exists()
    assert not (open_folder / ".postgres-new").exists()


async def test_the_operators_own_settings_come_last(open_folder: Path, made_before: Made) -> None:
    (open_folder / "postgres.conf").write_text("work_mem = '3MB'\n")
    postgres = made_before(open_folder)
    async with Supervisor(open_folder, Lines()) as supervisor:
        await supervisor.start(postgres.child())
        assert await _ask(postgres, "SHOW work_mem") == "3MB"


async def test_a_folder_with_a_long_name_gets_a_short_socket(open_folder: Path, made_before: Made) -> None:
    folder = open_folder / ("a folder with a long name " * 4) / ("another " * 5)
    folder.mkdir(parents=True)
    postgres = made_before(folder)
    assert len(os.fsencode(socket_folder(folder))) < 60
    async with Supervisor(folder, Lines()) as supervisor:
        await supervisor.start(postgres.child())
        assert await _ask(postgres, "SELECT 1") == 1
    socket_folder(folder).rmdir()


def test_only_the_servers_user_may_enter_the_socket_folder(open_folder: Path, made_before: Made) -> None:
    postgres = made_before(open_folder)
    postgres.prepare()
    state = (open_folder / "socket").stat()
    account = postgres.account()
    assert state.st_mode & 0o777 == 0o700
    assert state.st_uid == (account.uid if account else os.geteuid())


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user's folder")
def test_a_socket_folder_of_somebody_else_is_refused(open_folder: Path) -> None:
    (open_folder / "socket").mkdir()
    os.chown(open_folder / "socket", 1234, 1234)
    with pytest.raises(EmbeddedPostgresError, match="belongs to somebody else"):
        make_socket_folder(open_folder / "socket", None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root changes user")
def test_roots_closed_folder_is_refused_by_name(open_folder: Path) -> None:
    (open_folder / "closed").mkdir(mode=0o700)
    with pytest.raises(EmbeddedPostgresError, match=r"^FISCAL_DATA_DIR: .*/closed is closed to the user"):
        _embedded(open_folder / "closed").prepare()


@pytest.fixture
def hidden_install(open_folder: Path) -> Path:
    """The programs as in root's virtual environment below /root."""
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    package = bundled_install().parent
    (closed / package.name).mkdir()
    for source in (bundled_install(), package.with_name(f"{package.name}.libs")):
        target = closed / source.relative_to(package.parent)
        subprocess.run(["cp", "-r", str(source), str(target)], check=True)
    return closed / package.name / bundled_install().name


def test_programs_that_others_cannot_reach_are_copied_once(open_folder: Path, hidden_install: Path) -> None:
    shared = open_folder / "shared" / "postgresql"
    copied = install_for_others(hidden_install, shared)
    shutil.rmtree(hidden_install.parent.with_name(f"{hidden_install.parent.name}.libs"))
    for program in ("initdb", "postgres"):
        assert (copied / "bin" / program).stat().st_mode & 0o005 == 0o005
        subprocess.run([str(copied / "bin" / program), "--version"], check=True, stdout=subprocess.DEVNULL)
    assert install_for_others(hidden_install, shared) == copied
    assert len(list(shared.iterdir())) == 1


def test_a_copy_that_others_could_have_changed_is_not_run(open_folder: Path, hidden_install: Path) -> None:
    shared = open_folder / "shared" / "postgresql"
    install_for_others(hidden_install, shared)
    next(shared.iterdir()).chmod(0o777)
    with pytest.raises(EmbeddedPostgresError, match="can be changed by other users"):
        install_for_others(hidden_install, shared)
