"""The folder of the database's socket: short, private, and the same for every command that knows the data folder."""

import hashlib
import os
import stat
from pathlib import Path

from fiscal_server.embedded.errors import EmbeddedPostgresError
from fiscal_server.supervisor.spec import Account

PORT = 5432  # only a part of the socket's name
_SOCKET = f".s.PGSQL.{PORT}"
_PATH_BYTES_MAX = 107  # sun_path of unix(7) has 108, the last is zero


def socket_folder(data_dir: Path) -> Path:
    """data_dir/socket, or a folder in /tmp named after data_dir when that path is too long for a socket."""
    inside = data_dir.resolve() / "socket"
    if len(os.fsencode(inside / _SOCKET)) <= _PATH_BYTES_MAX:
        return inside
    digest = hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]
    return Path("/tmp") / f"fiscal-server-{digest}"


def make_socket_folder(folder: Path, account: Account | None) -> None:
    """Create it, mode 0700: whoever can enter may connect without a password.

    In /tmp anybody could have been first with a folder of this name, so one that is not ours is refused.
    """
    uid = account.uid if account else os.geteuid()
    try:
        folder.mkdir(mode=0o700)
        if account is not None:
            os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        pass
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != uid:
        raise EmbeddedPostgresError(
            f"{folder} belongs to somebody else; remove it, or choose a shorter FISCAL_DATA_DIR"
        )
    if stat.S_IMODE(state.st_mode) != 0o700:
        folder.chmod(0o700)
