"""Outlives the supervisor by a moment, to kill what it left. A script of its own; imports nothing of ours.

It reads lines from a pipe whose other end only the supervisor holds. When that end closes, the supervisor is gone, by
whatever death: the warden signals every process group still on its list. This catches the grandchildren that
PR_SET_PDEATHSIG (launch.py) does not reach; measured: the workers of a web server go on serving without it.

    watch 4711 3      process group 4711; signal 3 when the supervisor is gone
    forget 4711       it is dead and swept
"""

import os
import signal
import sys


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    watched: dict[int, int] = {}
    for line in sys.stdin:
        verb, group, *rest = line.split()
        if verb == "watch":
            watched[int(group)] = int(rest[0])
        else:
            watched.pop(int(group), None)
    for group, number in watched.items():
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            pass  # it died with the supervisor, as it should


if __name__ == "__main__":
    main()
