"""The panel stays small whatever people hand over: `pytest -m proof -s tests/browser/test_money_memory.py`."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import httpx
import pytest

from benchmarks.processes import memory_bytes
from fiscal_server.demo.devices import free_port
from tests.api_process import api_process
from tests.storage.scene import open_shop
from tests.unit.reconciliation.incoming_files import Document, statement
from tests.waiting import wait_until_async

PAYMENTS = 100_000
MOST_BYTES = 150 << 20


@pytest.mark.proof
async def test_a_file_of_the_most_lines_goes_through_a_small_panel(database: str, tmp_path: Path) -> None:
    file = statement([Document(number=str(n), purpose=f"ЛС {n % 1000:010d}; Интернет") for n in range(PAYMENTS)])
    port = free_port()
    async with open_shop(database) as shop, api_process(database, tmp_path) as api:
        environ = {
            **os.environ, "FISCAL_DATABASE_URL": database, "FISCAL_DATA_DIR": str(tmp_path), "FISCAL_ADMIN_LOGIN": "0",
            "FISCAL_ADMIN_PORT": str(port), "FISCAL_API_URL": api.url,
        }  # fmt: skip
        await shop.post([], [f"{n:010d}" for n in range(1000)])
        panel = await asyncio.create_subprocess_exec(sys.executable, "-m", "fiscal_server", "admin", env=environ)
        try:
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=300) as http:

                async def shows(path: str, words: str) -> bool:
                    with contextlib.suppress(httpx.TransportError):
                        return words in (await http.get(path, follow_redirects=True)).text
                    return False

                await wait_until_async(lambda: shows("/money/new", "Загрузить файл"), 60)
                before, _ = memory_bytes(panel.pid)
                form = {"merchant": str(shop.merchant.id), "key": "k" * 20}
                sent = await http.post("/money/new", data=form, files={"file": ("a.txt", file)})
                page = sent.headers["location"]
                await wait_until_async(lambda: shows(page, "check-result"), 300)
                await http.post(f"{page}/run")
                await wait_until_async(lambda: shows(page, "data-list"), 300)
                card = (await http.get(page)).headers["location"]
                async with http.stream("GET", f"{card}/export?format=csv") as lines:
                    assert sum([1 async for _ in lines.aiter_lines()]) == PAYMENTS + 1
            _, most = memory_bytes(panel.pid)
        finally:
            panel.terminate()
            await panel.wait()
        print(f"{len(file):,} bytes of a file: {before >> 20} MiB before, {most >> 20} MiB at most")
        assert most <= MOST_BYTES
        assert await shop.value("select count(*) from fiscal.receipt") == PAYMENTS
