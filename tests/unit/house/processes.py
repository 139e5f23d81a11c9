"""Waiting for processes without sleeping: what the tests of this folder share."""

import asyncio
import os
import select
import signal


class Lines:
    """An event callback that a test can wait on."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._news = asyncio.Event()

    def __call__(self, line: str) -> None:
        self.seen.append(line)
        self._news.set()

    async def containing(self, text: str, within: float = 20.0) -> str:
        """The first line with this text, seen already or still to come."""
        async with asyncio.timeout(within):
            while True:
                for line in self.seen:
                    if text in line:
                        return line
                self._news.clear()
                await self._news.wait()


def is_alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_dead(pid: int, within: float = 20.0) -> bool:
    """Is the process, of whichever parent, dead or soon dead?"""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], within)[0])
    finally:
        os.close(descriptor)


def kill(pid: int | None) -> None:
    assert pid is not None, "it runs"
    os.kill(pid, signal.SIGKILL)
