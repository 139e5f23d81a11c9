"""Becomes a child: changes user, ties its life to its parent's, then execs. A script; imports nothing of ours.

    python launch.py PARENT_PID UID GID DEATH_SIGNAL COMMAND [ARGUMENT...]        (-1: keep our own user)

The order matters. The kernel forgets PR_SET_PDEATHSIG when credentials change, so the user comes first; and a parent
that died before the call would never be noticed, so the parent's pid is checked after it. PR_SET_PDEATHSIG follows the
*thread* that forked us: start children from the main thread only.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38


def die_with_parent(parent: int, death_signal: int) -> None:
    """Ask the kernel for `death_signal` when our parent dies; exit at once if it is dead already."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        sys.exit(0)


def _change_user(uid: int, gid: int) -> None:
    try:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    except OSError as error:  # a container may have taken the right away, or know no other user
        sys.exit(f"cannot become user {uid}: {error.strerror}; run fiscal-server as an ordinary user")
    # A setuid program would get its power back, and would cut the tie to the parent as well.
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def main(arguments: list[str]) -> None:
    parent, uid, gid, death_signal = (int(text) for text in arguments[:4])
    command = arguments[4:]
    if uid >= 0 and uid != os.geteuid():
        _change_user(uid, gid)
        # Root's umask and working folder may be closed to the new user.
        os.umask(0o077)
        os.chdir("/")
    die_with_parent(parent, death_signal)
    # Python ignores SIGPIPE, and an ignored signal survives exec: give the program the default it expects.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit(f"cannot start {command[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
