"""What a file of the most lines costs the API process: `pytest -m proof -s tests/acceptance/test_import_memory.py`."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from accounting.reconciliation.incoming.limits import MAX_PAYMENTS
from benchmarks.processes import memory_bytes
from fiscal_server.commands.keys import create_api_key
from tests.api_process import api_process
from tests.storage.scene import open_shop
from tests.unit.reconciliation.incoming_files import (
    Document,
    Paid,
    many,
    statement,
    table_rows,
    table_xlsx,
    total_line,
)

MOST_BYTES = 250 << 20
ACCOUNTS = [f"{n:010d}" for n in range(1000)]
SMALL = 5_000


def paid(count: int) -> list[Paid]:
    return [replace(one, account=ACCOUNTS[n % len(ACCOUNTS)]) for n, one in enumerate(many(count))]


def register(count: int) -> bytes:
    return total_line(paid(count))


def spreadsheet(count: int) -> bytes:
    return table_xlsx(table_rows(paid(count)))


def bank_statement(count: int) -> bytes:
    purposes = [f"ЛС {account}; Интернет за 10.2026" for account in ACCOUNTS]
    return statement([Document(number=str(n), purpose=purposes[n % len(purposes)]) for n in range(count)])


FILES = [
    pytest.param({"kind": "register", "adapter": "total-line"}, register, id="register"),
    pytest.param({"kind": "statement"}, bank_statement, id="statement"),
    pytest.param({"kind": "register", "adapter": "table"}, spreadsheet, id="spreadsheet"),
]


@pytest.mark.proof
@pytest.mark.parametrize(("query", "make"), FILES)
async def test_a_file_of_the_most_lines_leaves_most_of_the_memory_free(
    database: str, tmp_path: Path, query: dict[str, str], make: Callable[[int], bytes]
) -> None:
    file = make(MAX_PAYMENTS)
    async with open_shop(database) as shop, api_process(database, tmp_path) as api:
        key = await create_api_key(shop.db, shop.merchant.id, "billing")
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "accounts"}
        async with httpx.AsyncClient(base_url=api.url, timeout=600, headers=headers) as http:
            accounts = [{"id": account} for account in ACCOUNTS]
            await http.post("/v1/batches", json={"events": [], "accounts": accounts})
            before, _ = memory_bytes(api.process.pid)
            answer = await http.post("/v1/imports", params=query, content=file)
        assert (answer.status_code, answer.json()["payments"]) == (201, MAX_PAYMENTS), answer.text
        _, most = memory_bytes(api.process.pid)
        print(f"{len(file):,} bytes of a file: {before >> 20} MiB before, {most >> 20} MiB at most")
        assert most <= MOST_BYTES
        assert await shop.value("select count(*) from fiscal.import_line") == MAX_PAYMENTS
        assert await shop.value("select count(*) from fiscal.receipt") == MAX_PAYMENTS
