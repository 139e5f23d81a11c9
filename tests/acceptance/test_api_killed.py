"""kill -9 of an API process at work: documents of the ATOL dialect and files, sent to another process again; jobs.

Whatever was committed answers the repeat as it would have the first time; of the rest nothing is stored, and the repeat
does the work. Who is killed is a real process; the repeats go to the application in the test.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import httpx
import pytest

from fiscal_server.commands.keys import create_api_key
from fiscal_server.intake.restoration_runner import Restorer
from tests.acceptance.atol_client import AtolClient, sale_v5
from tests.acceptance.atol_site import GROUP, INN, LOGIN, Desk, open_atol_shop
from tests.api_process import Api, api_process
from tests.storage.scene import Shop, open_shop, payment
from tests.unit.reconciliation.incoming_files import Document, many, statement, total_line
from tests.waiting import wait_until_async

REGISTER = total_line(many(5))
STATEMENT = statement([Document(number=str(n)) for n in range(4)])
TABLES = ("event", "event_key", "receipt", "queue", "batch", "import", "import_line", "atol_callback")


class Caller:
    """A billing with both ways in, at one address."""

    def __init__(self, http: httpx.AsyncClient, password: str, key: str) -> None:
        self._http = http
        self._key = {"Authorization": f"Bearer {key}"}
        self.atol = AtolClient(http, "/possystem/v5", GROUP, LOGIN, password)

    async def sell(self, name: str) -> str:
        return await self.atol.register("sell", sale_v5(name, INN))

    async def take_in(self, file: bytes) -> httpx.Response:
        statements = {"kind": "statement"}
        query = statements if file.startswith(b"1C") else {"kind": "register", "adapter": "total-line"}
        return await self._http.post("/v1/imports", params=query, content=file, headers=self._key)


@asynccontextmanager
async def calling(api: Api, desk: Desk, key: str) -> AsyncIterator[Caller]:
    async with httpx.AsyncClient(base_url=api.url, timeout=60) as http:
        yield Caller(http, desk.password, key)


async def rows(shop: Shop) -> dict[str, int]:
    return {name: await shop.value(f"select count(*) from fiscal.{name}") for name in TABLES}


async def waiting_for_locks(shop: Shop) -> list[int]:
    found = await shop.rows(
        "select distinct l.pid from pg_locks l join pg_stat_activity a using (pid)"
        " where not l.granted and a.datname = current_database() and l.relation = 'fiscal.receipt'::regclass"
    )
    return [row["pid"] for row in found]


@asynccontextmanager
async def no_receipt_is_stored(shop: Shop) -> AsyncIterator[None]:
    """Whoever wants to store one waits with what it has written before."""
    async with shop.db.write() as db:
        await db.execute("lock table fiscal.receipt in share mode")
        yield


async def test_what_a_killed_process_had_in_hand_is_done_once_by_the_retry(database: str, tmp_path: Path) -> None:
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        key = await create_api_key(shop.db, shop.merchant.id, "billing")
        async with api_process(database, tmp_path / "dying") as dying, calling(dying, desk, key) as billing:
            first = await billing.sell("committed")
            taken = (await billing.take_in(REGISTER)).json()
            before = await rows(shop)
            async with no_receipt_is_stored(shop):
                cut = [asyncio.create_task(one) for one in (billing.sell("cut"), billing.take_in(STATEMENT))]

                async def both_wait() -> bool:
                    return len(await waiting_for_locks(shop)) == len(cut)

                await wait_until_async(both_wait)
                orphans = await waiting_for_locks(shop)
                await dying.kill()
                ends = await asyncio.gather(*cut, return_exceptions=True)
            assert all(isinstance(end, httpx.TransportError) for end in ends), ends

        async def are_gone() -> bool:
            return not await shop.rows("select 1 from pg_stat_activity where pid = any ($1::int[])", orphans)

        await wait_until_async(are_gone)
        # The document is one statement, which PostgreSQL may still end for a client that is gone; a file is many.
        now, document = await rows(shop), {"event", "event_key", "receipt", "queue"}
        stored = now["event"] - before["event"]
        assert stored in (0, 1)
        assert now == {name: count + stored * (name in document) for name, count in before.items()}, "half stored"
        again = Caller(desk.http, desk.password, key)
        assert await again.sell("committed") == first
        known = await again.take_in(REGISTER)
        assert (known.status_code, known.json()["id"], known.json()["already_imported"]) == (200, taken["id"], True)
        assert await rows(shop) == now
        made, repeated = await again.sell("cut"), await again.sell("cut")
        assert made == repeated != first
        done, known = await again.take_in(STATEMENT), await again.take_in(STATEMENT)
        assert (done.status_code, done.json()["payments"]) == (201, 4)
        assert (known.status_code, known.json()["id"]) == (200, done.json()["id"])
        after = await rows(shop)
        assert (after["receipt"], after["queue"], after["import"]) == (2 + 5 + 4,) * 2 + (2,)


async def test_a_job_whose_process_is_killed_goes_on_and_restores_every_event_once(
    database: str, tmp_path: Path
) -> None:
    async with open_shop(database) as shop:
        key = await create_api_key(shop.db, shop.merchant.id, "billing")
        headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": "lost"}
        events = [payment(f"lost-{n}", f"A{n % 50}") for n in range(1_600)]
        await shop.post([], [f"A{n}" for n in range(50)])
        async with (
            api_process(database, tmp_path) as dying,
            httpx.AsyncClient(base_url=dying.url, timeout=60, headers=headers) as http,
        ):
            began = await http.post("/v1/restoration-jobs", json={"date": "2026-10-20", "replay": events})
            assert began.status_code == 202, began.text

            async def on_its_way() -> bool:
                return bool(await shop.value("select done from fiscal.restoration_job") >= 1_000)

            await wait_until_async(on_its_way)
            await dying.kill()
        done = await shop.value("select done from fiscal.restoration_job")
        assert await shop.value("select count(*) from fiscal.receipt") == done
        assert done < len(events)
        async with shop.db.write() as db:  # instead of waiting for the end of its lease
            await db.execute("update fiscal.restoration_job set lease_until = now() - interval '1 year'")
        await Restorer(shop.db, shop.intake).work()
        [job] = await shop.rows("select state, done, documents, known from fiscal.restoration_job")
        assert tuple(job) == ("FINISHED", 1_600, 1_600, 0)
        assert await shop.value("select count(distinct event_key) from fiscal.receipt") == 1_600
        assert await shop.value("select count(*) from fiscal.receipt") == 1_600


@pytest.mark.proof
async def test_killed_at_any_moment_every_document_and_payment_is_there_once(database: str, tmp_path: Path) -> None:
    """Twelve kills a few milliseconds apart, each in the middle of forty documents and a file."""
    chance = Random(54)
    answered: dict[str, str] = {}

    async def sell(billing: Caller, name: str) -> None:
        with contextlib.suppress(httpx.TransportError):
            assert answered.setdefault(name, uuid := await billing.sell(name)) == uuid

    names = [f"doc-{n}" for n in range(40)]
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        key = await create_api_key(shop.db, shop.merchant.id, "billing")
        file = total_line(many(400))
        for life in range(12):
            async with api_process(database, tmp_path / str(life)) as dying, calling(dying, desk, key) as billing:
                await billing.atol.get_token()
                work = [asyncio.create_task(sell(billing, name)) for name in names[life * 3 : life * 3 + 7]]
                work.append(asyncio.create_task(_take_in(billing, file)))
                await asyncio.wait(work, timeout=chance.uniform(0.0, 0.25))
                await dying.kill()
                await asyncio.gather(*work)
        again = Caller(desk.http, desk.password, key)
        for name in names:
            await sell(again, name)
        await _take_in(again, file)
        keys = await shop.rows("select event_key, count(*) as times from fiscal.receipt group by 1 having count(*) > 1")
        assert keys == []
        assert await shop.value("select count(*) from fiscal.receipt") == len(names) + 400
        assert await shop.value("select count(*) from fiscal.queue") == len(names) + 400
        assert await shop.value("select count(*) from fiscal.import") == 1
        assert await shop.value("select count(*) from fiscal.import_line") == 400
        assert len(set(answered.values())) == len(names)


async def _take_in(billing: Caller, file: bytes) -> None:
    with contextlib.suppress(httpx.TransportError):
        assert (await billing.take_in(file)).status_code in (200, 201)
