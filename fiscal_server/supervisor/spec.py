"""What a child is, before it runs."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_LAUNCH = Path(__file__).with_name("launch.py")

ReadyCheck = Callable[[int], Awaitable[bool]]
"""Given the child's pid: does it serve? Called about ten times a second; must not raise."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user a child becomes. Supplementary groups are dropped."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """One child of the supervisor. Times are seconds."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] | None = None
    """The child's whole environment; None: ours."""
    ready_check: ReadyCheck | None = None
    """None: ready as soon as it runs."""
    before_start: Callable[[], None] | None = None
    """Called in a thread before each start, restarts included. What it raises ends the first start; a restart is tried
    again."""
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGKILL
    """Sent by the kernel when the supervisor dies without stopping the child."""
    account: Account | None = None
    """None: our own user."""
    address: str = ""
    """Where it answers, for people and for run.json."""
    ready_within: float = 60.0
    stop_within: float = 20.0


@dataclass(slots=True)
class Backoff:
    """How long to wait before the next start: 0.2 s, doubling to 10 s; anew after the child lived for 30 s."""

    first: float = 0.2
    longest: float = 10.0
    forgiven_after: float = 30.0
    deaths: int = field(default=0, init=False)
    """Deaths in a row, each within `forgiven_after` of its start."""

    def after_death(self, lived: float) -> float:
        """Seconds to wait, given how many seconds the child lived."""
        self.deaths = 1 if lived >= self.forgiven_after else self.deaths + 1
        return min(self.first * 2.0 ** (self.deaths - 1), self.longest)


def launch_argv(
    argv: tuple[str, ...], parent: int, account: Account | None = None, death_signal: int = signal.SIGKILL
) -> tuple[str, ...]:
    """`argv` behind the launcher (launch.py), which becomes it. `parent` is the pid that must be alive."""
    uid, gid = (account.uid, account.gid) if account else (-1, -1)
    # -I -S: a bare interpreter starts in 15 ms and cannot be misled by PYTHONPATH while it is still root.
    return (sys.executable, "-I", "-S", str(_LAUNCH), str(parent), str(uid), str(gid), str(int(death_signal)), *argv)


def accepts_connections(host: str, port: int) -> ReadyCheck:
    """A ready check: somebody listens on the TCP port."""

    async def check(pid: int) -> bool:
        try:
            _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), timeout=1.0)
        except OSError:  # TimeoutError is one
            return False
        writer.close()
        return True

    return check
