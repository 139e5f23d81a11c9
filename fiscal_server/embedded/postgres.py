"""One embedded PostgreSQL."""

import os
import signal
from pathlib import Path
from urllib.parse import quote

from fiscal_server.embedded import cluster as clusters
from fiscal_server.embedded.binaries import bundled_install, install_for_others
from fiscal_server.embedded.socket_folder import PORT, make_socket_folder, socket_folder
from fiscal_server.embedded.tuning import ACCESS, configuration
from fiscal_server.supervisor.spec import Account, ChildSpec

# After a crash it first replays its log: minutes, on a slow disk. Killing it meanwhile would only start that anew.
_RECOVERY_S = 3600.0
_STOP_S = 60.0


class EmbeddedPostgres:
    """The cluster in data_dir/postgres and how to serve it.

    `durable=False` trades the promise of a commit for speed: tests and throw-away demonstrations. `shared_programs` is
    where root keeps a copy of the programs if PostgreSQL's user cannot reach ours (binaries.py); None: the default.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True, shared_programs: Path | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.cluster = self.data_dir / "postgres"
        self._durable = durable
        self._shared_programs = shared_programs
        self._programs: Path | None = None

    def prepare(self) -> None:
        """Everything before the start, the first one or any other: makes the cluster if there is none, writes its
        configuration, clears what a crash left. Blocks up to seconds. Raises EmbeddedPostgresError."""
        account = self.account()
        clusters.check_reachable(self.cluster, account)
        if not self.cluster.exists():
            clusters.create_cluster(self._program("initdb"), self.cluster, account, self._durable)
        clusters.check_cluster(self.cluster)
        clusters.release_stale_lock(self.cluster)
        make_socket_folder(socket_folder(self.data_dir), account)
        _write_as(account, self.cluster / "postgresql.conf", configuration(self._durable, self._operators_file))
        _write_as(account, self.cluster / "pg_hba.conf", ACCESS)

    def account(self) -> Account | None:
        """The user PostgreSQL runs as; None: ours."""
        return clusters.account_for(self.cluster)

    def command(self) -> tuple[str, ...]:
        """`postgres` in the foreground, as `account()`. Call `prepare` first."""
        folder = str(socket_folder(self.data_dir))
        return (str(self._program("postgres")), "-D", str(self.cluster), "-k", folder, "-p", str(PORT))

    def child(self, name: str = "postgres") -> ChildSpec:
        """For the supervisor; prepares before each start. Call it when the supervisor holds the folder.
        Raises EmbeddedPostgresError if it cannot run at all."""
        self.prepare()
        return ChildSpec(
            name=name,
            argv=self.command(),
            env=clusters.plain_environ(),
            ready_check=self._answers,
            before_start=self.prepare,
            stop_signal=signal.SIGINT,  # fast shutdown: disconnects clients, then a clean checkpoint
            death_signal=signal.SIGQUIT,  # at once; SIGKILL would leave its shared memory behind
            account=self.account(),
            address=self.dsn("postgres"),
            ready_within=_RECOVERY_S,
            stop_within=_STOP_S,
        )

    def dsn(self, database: str, user: str = clusters.SUPERUSER) -> str:
        """Address of a database here, for asyncpg and libpq."""
        folder = quote(str(socket_folder(self.data_dir)), safe="/")
        return f"postgresql://{quote(user)}@/{quote(database)}?host={folder}&port={PORT}"

    def is_ready(self, pid: int) -> bool:
        """Does the server with this pid accept connections?"""
        return clusters.says_ready(self.cluster, pid)

    async def _answers(self, pid: int) -> bool:
        return self.is_ready(pid)

    @property
    def _operators_file(self) -> Path:
        return self.data_dir / "postgres.conf"

    def _program(self, name: str) -> Path:
        if self._programs is None:
            install = bundled_install()
            if self.account() is not None:
                shared = self._shared_programs
                install = install_for_others(install) if shared is None else install_for_others(install, shared)
            self._programs = install / "bin"
        return self._programs / name


def _write_as(account: Account | None, path: Path, text: str) -> None:
    """Replace a file of the cluster in one step, owned by the user who has to read it."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(text)
    temporary.chmod(0o600)
    if account is not None:
        os.chown(temporary, account.uid, account.gid)
    temporary.rename(path)
