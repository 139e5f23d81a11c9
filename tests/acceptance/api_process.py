"""A real ``fiscal-server api`` process over a database: what tests of its life and death talk to."""

import contextlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

import httpx

from fiscal_server.demo.devices import free_port
from tests.waiting import wait_until_async

READY_WITHIN_S = 60.0


class ApiProcess:
    """The process and where it listens."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str) -> None:
        self.process = process
        self.url = url

    def memory_kib(self) -> int:
        """What of it is in memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        [line] = [one for one in status.splitlines() if one.startswith("VmRSS:")]
        return int(line.split()[1])


@asynccontextmanager
async def api_process(dsn: str, folder: Path, *, log: Path | None = None) -> AsyncIterator[ApiProcess]:
    """``log``: a file for what it writes, instead of the test's own output."""
    port = free_port()
    environ = {
        **os.environ, "FISCAL_DATABASE_URL": dsn, "FISCAL_DATA_DIR": str(folder), "FISCAL_API_PORT": str(port),
    }  # fmt: skip
    with _output(log) as output, _start(environ, output) as process:
        api = ApiProcess(process, f"http://127.0.0.1:{port}")
        try:
            async with httpx.AsyncClient() as client:

                async def is_ready() -> bool:
                    assert process.poll() is None, "the api process ended"
                    with contextlib.suppress(httpx.TransportError):
                        return (await client.get(f"{api.url}/health/ready")).status_code == 200
                    return False

                await wait_until_async(is_ready, READY_WITHIN_S)
            yield api
        finally:
            if process.poll() is None:
                process.kill()


@contextlib.contextmanager
def _output(log: Path | None) -> Iterator[IO[bytes] | None]:
    if log is None:
        yield None
        return
    with log.open("wb") as file:
        yield file


def _start(environ: dict[str, str], output: IO[bytes] | None) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "fiscal_server", "api"], env=environ, stderr=output)
