"""The folder with the database in it: made once, checked before each start."""

import os
import pwd
import shutil
import signal
import subprocess
import time
from pathlib import Path

from fiscal_server.embedded.binaries import MAJOR_VERSION, closed_folder
from fiscal_server.embedded.errors import EmbeddedPostgresError
from fiscal_server.supervisor.spec import Account, launch_argv

SUPERUSER = "postgres"
_DEDICATED_USER = "fiscal-server"
_NOBODY = 65534
_SHUTDOWN_S = 8.0
_POLL_S = 0.1
# The builtin locale sorts by itself: an upgrade of the system's C library never makes an index wrong.
_INITDB = (
    "--auth=trust",
    f"--username={SUPERUSER}",
    "--locale-provider=builtin",
    "--locale=C.UTF-8",
    "--encoding=UTF8",
)


def account_for(cluster: Path) -> Account | None:
    """The user that PostgreSQL runs as; None: ours. Under root: the owner of the cluster, for a new one the user
    `fiscal-server` if it exists, else `nobody`."""
    if os.geteuid() != 0:
        return None
    if cluster.is_dir() and (state := cluster.stat()).st_uid != 0:
        return Account(state.st_uid, state.st_gid)
    for name in (_DEDICATED_USER, "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(user.pw_uid, user.pw_gid)
    return Account(_NOBODY, _NOBODY)


def check_reachable(cluster: Path, account: Account | None) -> None:
    """Raises if the user that PostgreSQL runs as cannot come to its own folder."""
    if account is not None and (closed := closed_folder(cluster)):
        raise EmbeddedPostgresError(
            f"FISCAL_DATA_DIR: {closed} is closed to the user that PostgreSQL runs as (it refuses to run as root); "
            "choose a folder such as /var/lib/fiscal-server, or run fiscal-server as an ordinary user"
        )


def create_cluster(initdb: Path, cluster: Path, account: Account | None, durable: bool) -> None:
    """initdb into a folder beside it, then rename: a cluster with the right name is whole, whenever power failed."""
    temporary = cluster.with_name(f".{cluster.name}-new")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(mode=0o700)
    if account is not None:
        os.chown(temporary, account.uid, account.gid)
    sync = "--sync-method=syncfs" if durable else "--no-sync"
    command = (str(initdb), *_INITDB, sync, "--pgdata", str(temporary))
    done = subprocess.run(
        launch_argv(command, os.getpid(), account), env=plain_environ(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise EmbeddedPostgresError(f"cannot create the database in {cluster.parent}: {done.stderr.strip()}")
    temporary.rename(cluster)
    if durable:
        sync_folder(cluster.parent)


def check_cluster(cluster: Path) -> None:
    """Raises unless this cluster is of our version and ours to serve."""
    version = (cluster / "PG_VERSION").read_text().strip()
    if version != str(MAJOR_VERSION):
        raise EmbeddedPostgresError(
            f"{cluster} was made by PostgreSQL {version}, this fiscal-server carries {MAJOR_VERSION}: dump the "
            f"database with the fiscal-server that made it, move {cluster} away, restore the dump into the new one"
        )
    owner = cluster.stat().st_uid
    if os.geteuid() not in (0, owner):
        raise EmbeddedPostgresError(f"{cluster} belongs to user {_name_of(owner)}; run fiscal-server as that user")


def release_stale_lock(cluster: Path) -> None:
    """Make sure that no server serves the cluster, and remove a postmaster.pid whose server is dead.

    PostgreSQL itself only asks whether *some* process of its user has that pid. In a container, where pids are small
    and the same after each start, one nearly always has, and the database would never come up again. We look whether
    that process works in this folder. (Backends that outlived their server are still noticed: by shared memory.)
    A server that is shutting down, left by a `run` that was killed, gets a few seconds.
    """
    deadline = time.monotonic() + _SHUTDOWN_S
    while (pid := serving_pid(cluster)) is not None:
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                f"another PostgreSQL (process {pid}) already serves {cluster}; "
                f"stop it first: kill -{signal.SIGINT.name.removeprefix('SIG')} {pid}"
            )
        time.sleep(_POLL_S)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def serving_pid(cluster: Path) -> int | None:
    """Pid of the live server of this cluster, whoever started it."""
    lines = _lock_lines(cluster)
    if not lines or not lines[0].isdigit():
        return None
    pid = int(lines[0])
    try:
        works_in = Path(os.readlink(f"/proc/{pid}/cwd"))
    except FileNotFoundError:
        return None  # no such process, or a zombie
    except PermissionError:
        return None  # another user's process: it cannot be the server of a folder that we own
    return pid if works_in == cluster.resolve() else None


def says_ready(cluster: Path, pid: int) -> bool:
    """Does the server with this pid accept connections? Its lock file says so in line 8: what pg_ctl looks at, too."""
    lines = _lock_lines(cluster)
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def plain_environ() -> dict[str, str]:
    """For PostgreSQL's programs: none of our secrets, none of the user's PG* variables."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TMPDIR")
    return {"LC_ALL": "C", **{name: os.environ[name] for name in kept if name in os.environ}}


def sync_folder(folder: Path) -> None:
    """Make renames in it survive a power failure."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _lock_lines(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return []


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
