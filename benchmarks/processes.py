"""Programs of this project as children asked through their standard input, and what the kernel says of them."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from fiscal_server.supervisor.spec import launch_argv

T = TypeVar("T")

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_END_WITHIN_S = 60.0


class Program:
    """One child. It writes JSON, a line at a time, if it is heard at all."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.pid = process.pid

    @classmethod
    async def start(
        cls, module: str, *arguments: str, before: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> "Program":
        """``python [before] -m module arguments``."""
        # Behind the launcher of our own children: it ends with us, however we end.
        command = launch_argv((sys.executable, *before, "-m", module, *arguments), os.getpid())
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdin=pipe, stdout=pipe, env=None if environment is None else dict(environment), limit=1 << 20
        )
        return cls(process)

    async def hear(self, kind: type[T]) -> T:
        """The next line. Raises EOFError when the child has ended."""
        assert self._process.stdout is not None
        if not (line := await self._process.stdout.readline()):
            raise EOFError(f"process {self.pid} has ended")
        return msgspec.json.decode(line, type=kind)

    async def ask(self, kind: type[T]) -> T:
        """An empty line in, a line out."""
        assert self._process.stdin is not None
        self._process.stdin.write(b"\n")
        return await self.hear(kind)

    async def end(self) -> None:
        """Its input ends, and it is told to stop; a child that does not is killed."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_END_WITHIN_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def cpu_s(pid: int) -> float:
    """Processor time of a process, user and system, with that of its ended children; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(int(field) for field in fields[11:15]) / _TICKS_PER_S


def children_of(pid: int) -> list[int]:
    """Its living children."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = stat.read_text(encoding="utf-8").rpartition(")")[2].split()[1]
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(parent) == pid:
            found.append(int(stat.parent.name))
    return found


def memory_bytes(pid: int) -> tuple[int, int]:
    """Resident memory now, and at most until now."""
    found = {}
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name in ("VmRSS", "VmHWM"):
            found[name] = int(value.split()[0]) * 1024
    return found["VmRSS"], found["VmHWM"]
