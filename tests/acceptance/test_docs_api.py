"""docs/api.md does what it says: its snippets are run in their order, against a server with emulated registers."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fiscal_server.demo.devices import free_port
from fiscal_server.webhooks.backoff import GIVE_UP_AFTER
from fiscal_server.webhooks.post import WHOLE_S
from fiscal_server.webhooks.sender import AT_ONCE
from fiscal_server.webhooks.service import KEPT
from tests.api_process import api_environment, api_process
from tests.rules.sources import ROOT
from tests.waiting import wait_until_async
from tests.world import world

TEXT = (ROOT / "docs/api.md").read_text()
_BLOCK = re.compile(r"^```(sh|python)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_BESIDE = "# in another terminal\n"
_SHELL = """set -euo pipefail
python() {{ {python} "$@"; }}
fiscal-server() {{ {python} -m fiscal_server "$@"; }}
"""


class Reader:
    """Somebody who reads the page and does what it says, in a folder of his own."""

    def __init__(self, folder: Path, environment: dict[str, str], url: str) -> None:
        self._folder = folder
        self._environment = {**environment, "PYTHONPATH": str(ROOT)}
        self._port = str(free_port())
        self._url = url
        self._done = _SHELL.format(python=sys.executable)
        self.beside: asyncio.subprocess.Process | None = None

    def adapted(self, text: str) -> str:
        """Ports of this machine, the merchant of this test."""
        return text.replace("http://127.0.0.1:8080", self._url).replace("9009", self._port)

    async def read(self) -> str:
        """All of it; gives what the shell printed."""
        said = ""
        for language, text in _BLOCK.findall(self.adapted(TEXT)):
            if language == "python":
                name = re.match(r"# (\w+\.py)\n", text)
                assert name is not None, f"a snippet begins with its file's name: {text[:60]}"
                (self._folder / name[1]).write_text(text)
            elif text.startswith(_BESIDE):
                await self._run_beside(text)
            else:
                said += await self._run(text)
        return said

    async def _run(self, text: str) -> str:
        """With the variables of the blocks before it, as in one terminal."""
        kept = self._folder / "variables"
        script = f"{self._done}[ -e {kept} ] && . {kept}\n{text}\nexport -p > {kept}\n"
        process = await self._start(script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        out, errors = await asyncio.wait_for(process.communicate(), 120)
        assert process.returncode == 0, f"{text}\n{out.decode()}\n{errors.decode()}"
        return out.decode()

    async def _run_beside(self, text: str) -> None:
        script = f"{self._done}. {self._folder / 'variables'}\n{text.replace('python ', f'exec {sys.executable} ')}"
        with (self._folder / "heard").open("wb") as heard:
            self.beside = await self._start(script, stdout=heard)

        async def listening() -> bool:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", int(self._port))
            except OSError:
                return False
            writer.close()
            return True

        await wait_until_async(listening)

    async def _start(self, script: str, **pipes: object) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            "bash",
            "-c",
            script,
            cwd=self._folder,
            env=self._environment,
            **pipes,  # type: ignore[arg-type]
        )

    def heard(self) -> str:
        return (self._folder / "heard").read_text()


@asynccontextmanager
async def reading(folder: Path, dsn: str, url: str) -> AsyncIterator[Reader]:
    environment = api_environment(dsn, folder / "data", free_port())
    reader = Reader(folder, environment, url)
    try:
        yield reader
    finally:
        if reader.beside is not None and reader.beside.returncode is None:
            reader.beside.kill()
            await reader.beside.wait()


async def test_every_snippet_of_the_page_works(database: str, tmp_path: Path) -> None:
    folder = tmp_path / "reader"
    folder.mkdir()
    async with (
        world(database, tmp_path) as scene,
        scene.dispatching(),
        api_process(database, tmp_path / "api") as api,
        reading(folder, database, api.url) as reader,
    ):
        said = await reader.read()

        async def registered() -> bool:
            return "receipt.registered" in reader.heard()

        await wait_until_async(registered, 60)
    assert '"accepted":1' in said
    assert '"type":"/problems/batch-rejected"' in said
    assert re.search(r"^march-3 (REGISTERED|OFD_ACKED) 9999\d{12} \d+ \d+$", said, re.MULTILINE)
    assert said.count("whsec_") == 1, "the rotated one; the first went into a variable"
    assert '"replayed":' in said
    assert reader.heard().startswith("webhook.test {")
    assert "'event_key': 'pay-3'" in reader.heard()


def test_the_page_tells_the_limits_of_the_program() -> None:
    assert f"within {WHOLE_S:g} seconds" in TEXT
    assert f"for {GIVE_UP_AFTER.days} days" in TEXT
    assert f"up to {AT_ONCE} at once" in TEXT.replace("\n  ", " ")
    assert f"kept for {KEPT.days} days" in TEXT
