"""Finished receipts from a file: each line once, however often and however interrupted the file is taken in."""

import asyncio
import gzip
import json
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from accounting.reconciliation.import_findings import ImportedReceipt
from accounting.reconciliation.import_policy import ImportPolicy
from accounting.reconciliation.receipt_dialects import parse_receipts
from fiscal_server.intake.finished import store_finished
from tests.command_line import run_command
from tests.storage.scene import NOW, Shop, open_shop
from tests.unit.reconciliation.invented_receipts import codeless, consumer


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        yield opened


def line(number: int) -> bytes:
    """A receipt that differs from the others in what the original says of itself."""
    return json.dumps(codeless(fiscalDocumentNumber=number), ensure_ascii=False).encode()


def parsed(lines: list[bytes]) -> list[ImportedReceipt]:
    found = list(parse_receipts(lines, ImportPolicy()))
    assert all(isinstance(one, ImportedReceipt) for one in found)
    return [one for one in found if isinstance(one, ImportedReceipt)]


async def stored(shop: Shop) -> tuple[int, int, int, int]:
    counts = await shop.counts()
    return counts["event_key"], counts["event"], counts["receipt"], counts["queue"]


async def test_the_same_file_again_adds_nothing(shop: Shop) -> None:
    found = parsed([line(n) for n in range(5)])
    assert len(await store_finished(shop.db, shop.merchant.id, found, NOW)) == 5
    assert await store_finished(shop.db, shop.merchant.id, found, NOW) == []
    assert await stored(shop) == (5, 5, 5, 5)


async def test_equal_lines_of_one_file_are_different_receipts(shop: Shop) -> None:
    found = parsed([line(1), line(1), line(2), line(1)])
    assert len(await store_finished(shop.db, shop.merchant.id, found, NOW)) == 4
    assert len(await store_finished(shop.db, shop.merchant.id, parsed([line(1)] * 5), NOW)) == 2


async def test_an_import_that_was_interrupted_goes_on(shop: Shop) -> None:
    found = parsed([line(n) for n in range(10)])
    await store_finished(shop.db, shop.merchant.id, found[:4], NOW)
    added = [len(await store_finished(shop.db, shop.merchant.id, found[n : n + 3], NOW)) for n in range(0, 10, 3)]
    assert added == [0, 2, 3, 1]
    assert await stored(shop) == (10, 10, 10, 10)


async def test_two_imports_of_one_file_at_once_add_each_receipt_once(shop: Shop) -> None:
    found = parsed([line(n) for n in range(40)])
    runs = [store_finished(shop.db, shop.merchant.id, found[n : n + 20], NOW) for n in (0, 20, 10, 0, 20, 10)]
    added = await asyncio.gather(*runs)
    assert sorted(one.key for run in added for one in run) == sorted(one.key for one in found)
    assert await stored(shop) == (40, 40, 40, 40)


async def test_a_failed_chunk_leaves_nothing(shop: Shop) -> None:
    found = parsed([line(n) for n in range(3)])
    async with shop.db.write() as db:
        await db.execute("alter table fiscal.queue add constraint nothing_more check (receipt_id < 0)")
    with pytest.raises(Exception, match="nothing_more"):
        await store_finished(shop.db, shop.merchant.id, found, NOW)
    assert await stored(shop) == (0, 0, 0, 0)


async def test_a_finished_receipt_is_stored_as_it_is_and_goes_behind_what_has_a_deadline(shop: Shop) -> None:
    (found,) = parsed([line(7)])
    await store_finished(shop.db, shop.merchant.id, [found], NOW)
    (row,) = await shop.rows(
        "select r.total_kopecks, r.sign, r.form, r.event_key, r.account_id, q.deadline::text as deadline"
        " from fiscal.receipt r join fiscal.queue q on q.receipt_id = r.id"
    )
    assert tuple(row) == (found.receipt.total_kopecks, 1, 3, found.key, None, "infinity")


async def test_each_merchant_has_receipts_of_its_own_from_the_same_file(shop: Shop) -> None:
    found = parsed([line(1)])
    await store_finished(shop.db, shop.merchant.id, found, NOW)
    async with open_shop(shop.dsn, name="Другой") as other:
        assert len(await store_finished(other.db, other.merchant.id, found, NOW)) == 1


# --- the command ------------------------------------------------------------------------------------------------------

NOWHERE = "postgresql://nobody@127.0.0.1:1/none"


async def run(dsn: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FISCAL_")}
    environment |= {"FISCAL_DATABASE_URL": dsn, "FISCAL_DATA_DIR": str(folder)}
    done = await asyncio.to_thread(run_command, "import", "receipts", *arguments, env=environment)
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def counts_of(done: subprocess.CompletedProcess[str]) -> dict[str, int]:
    assert done.returncode == 0, done.stderr
    counts: dict[str, int] = json.loads(done.stdout.splitlines()[-1])
    return counts


def write(folder: Path, *receipts: Any) -> str:
    path = folder / "receipts.ndjson"
    path.write_bytes(b"\n".join(json.dumps(one, ensure_ascii=False).encode() for one in receipts) + b"\n")
    return str(path)


async def test_the_command_takes_a_file_in_and_a_second_time_adds_nothing(shop: Shop, tmp_path: Path) -> None:
    path = write(tmp_path, codeless(), consumer(), codeless(), codeless(totalSum=1), {"no": "receipt"})
    first = await run(shop.dsn, tmp_path, path, "--merchant", "Пример")
    assert counts_of(first) == {"lines": 5, "accepted": 3, "refused": 2, "totals_agree": 3, "vat_agree": 3}
    assert "Добавлено чеков: 3" in first.stdout
    assert "строка 4" in first.stdout
    assert "строка 5" in first.stdout
    second = await run(shop.dsn, tmp_path, path, "--merchant", "Пример")
    assert counts_of(second) == counts_of(first)
    assert "Добавлено чеков: 0" in second.stdout
    assert await stored(shop) == (3, 3, 3, 3)


async def test_a_dry_run_needs_neither_database_nor_merchant(tmp_path: Path) -> None:
    done = await run(NOWHERE, tmp_path, write(tmp_path, codeless(), {"no": "receipt"}), "--dry-run")
    assert counts_of(done)["accepted"] == 1
    assert "Добавлено" not in done.stdout


async def test_a_packed_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "receipts.ndjson.gz"
    path.write_bytes(gzip.compress(b"{}\n"))
    done = await run(NOWHERE, tmp_path, str(path), "--dry-run")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"fiscal-server: {path} is packed (gzip): unpack it first\n"


async def test_an_unknown_merchant_is_one_clear_line(shop: Shop, tmp_path: Path) -> None:
    done = await run(shop.dsn, tmp_path, write(tmp_path, codeless()), "--merchant", "Никто")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "fiscal-server: there is no merchant called 'Никто'; known: Пример"


async def test_a_database_that_does_not_answer_is_one_clear_line(tmp_path: Path) -> None:
    done = await run(NOWHERE, tmp_path, write(tmp_path, codeless()), "--merchant", "Пример")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("fiscal-server: the database does not answer:")


@pytest.mark.parametrize(("arguments", "words"), [([], "--merchant is needed"), (["--merchant", "x"], "No such file")])
async def test_what_is_missing_on_the_command_line_is_said(tmp_path: Path, arguments: list[str], words: str) -> None:
    path = write(tmp_path, codeless()) if not arguments else str(tmp_path / "none.ndjson")
    done = await run(NOWHERE, tmp_path, path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


async def test_an_empty_file_is_an_import_of_nothing(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    done = await run(shop.dsn, tmp_path, str(tmp_path / "empty"), "--merchant", "Пример")
    assert counts_of(done)["lines"] == 0
