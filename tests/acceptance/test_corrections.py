"""Corrections and restorations from a client's call to the FN's archive and to the operator."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from fiscal_server.app import create_app
from fiscal_server.client import ApiProblem, AsyncFiscalClient, Correction, FiscalClient
from fiscal_server.client.protocol import Request
from fiscal_server.commands.keys import create_api_key
from fiscal_server.settings import Settings
from kkt_drivers.emulator.memory import ArchiveEntry
from kkt_drivers.ffd.tree import decode_nodes
from tests.acceptance.ordering import command
from tests.acceptance.site import serving
from tests.api_process import api_process
from tests.applications import api
from tests.storage.scene import RULES, payment
from tests.world import World, world


@asynccontextmanager
async def office(
    dsn: str, folder: Path, ffd: int = 4, version: str = "1.2"
) -> AsyncIterator[tuple[World, AsyncFiscalClient]]:
    """A merchant with an emulated FN, the API on a real socket, and a client of it."""
    async with world(dsn, folder, ffd=ffd, rules={**RULES, "ffd": version}) as scene:
        key = await create_api_key(scene.db, scene.merchant.id, "billing")
        with api(Settings(data_dir=folder), dsn, scene.clock) as app:
            async with serving(app) as port, AsyncFiscalClient(f"http://127.0.0.1:{port}", key) as client:
                yield scene, client


def tags(entry: ArchiveEntry) -> dict[int, Any]:
    """The tags of a document in the FN's archive; of its lines those of the first one, as 1059."""

    def named(nodes: Any) -> dict[int, Any]:
        found: dict[int, Any] = {}
        for node in nodes:
            found.setdefault(node.tag, node.value if not node.children else named(node.children))
        return found

    return named(decode_nodes(entry.tlv, strict=False))


def yesterday(scene: World) -> date:
    return scene.clock.now().date() - timedelta(days=1)


async def issued(scene: World, client: AsyncFiscalClient, order: Correction) -> Correction:
    await client.wait_fiscalised([one.receipt for one in order.documents])
    await scene.until_delivered()
    found = await client.correction(order.id) if order.kind == "correction" else await client.restoration(order.id)
    assert found.state == "ISSUED"
    return found


async def test_a_wrong_receipt_is_reversed_and_made_right_in_the_archive_of_an_fn(
    database: str, tmp_path: Path
) -> None:
    async with office(database, tmp_path) as (scene, client), scene.dispatching():
        paid = payment("p1", "A1") | {"date": yesterday(scene).isoformat()}
        made = await client.post_events([paid], [{"id": "A1", "contact": "+79000000001"}])
        [wrong] = await client.wait_fiscalised(made.receipt_ids)
        assert wrong.fiscal_document is not None
        line = {"1030": "Доступ в интернет", "1043": 30_000, "1214": 4, "1212": 4, "1199": 11}
        asked = ([wrong.id], scene.clock.now().date(), {"items": [line]})
        order, again = await asyncio.gather(client.correct(*asked), client.correct(*asked))
        assert order.id == again.id
        done = await issued(scene, client, order)
        assert [one.corrects for one in done.documents] == [wrong.id, wrong.id]

        first, reversing, right = scene.boxes[0].receipts()
        assert [(one.form, one.sign, one.total_kopecks) for one in (first, reversing, right)] == [
            (3, 1, 45_000), (31, 2, 45_000), (31, 1, 30_000),
        ]  # fmt: skip
        for entry in (reversing, right):
            said = tags(entry)
            assert said[1192] == str(wrong.fiscal_document.fiscal_sign)
            assert (said[1173], said[1174][1178].date()) == (0, yesterday(scene))
            assert 1179 not in said[1174]
        assert (tags(reversing)[1059][1199], tags(right)[1059][1199]) == (12, 11)
        await scene.check_clean()


async def test_a_lost_payment_of_ffd_1_05_becomes_a_form_31_of_totals(database: str, tmp_path: Path) -> None:
    async with office(database, tmp_path, ffd=2, version="1.05") as (scene, client), scene.dispatching():
        await client.post_events([], [{"id": "A1"}])
        lost = payment("lost", "A1") | {"date": yesterday(scene).isoformat()}
        today = scene.clock.now().date()
        basis = {"date": today.isoformat(), "number": "7"}
        [order] = await client.restore([lost], today, basis_document=basis)
        assert [one.id for one in await client.restore([lost], today, basis_document=basis)] == [order.id]
        done = await issued(scene, client, order)
        assert [one.event_key for one in done.documents] == ["restore|lost"]
        [entry] = scene.boxes[0].receipts()
        said = tags(entry)
        assert (entry.form, entry.sign, entry.total_kopecks, said[1173]) == (31, 1, 45_000, 0)
        assert (said[1174][1178].date(), said[1174][1179]) == (today, "7")
        assert 1059 not in said
        await scene.check_clean()


async def test_an_api_killed_while_it_issues_has_issued_nothing_and_the_retry_does(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene:
        key = await create_api_key(scene.db, scene.merchant.id, "billing")
        await scene.post([], [{"id": "A1"}])
        lost = payment("lost", "A1") | {"date": yesterday(scene).isoformat()}
        today = scene.clock.now().date()
        async with api_process(database, tmp_path / "first") as api, AsyncFiscalClient(api.url, key) as client:
            async with scene.db.write() as db:
                await db.execute("lock table fiscal.audit in exclusive mode")  # the last row that an order writes
                asking = asyncio.create_task(client.restore([lost], today))
                waits = (
                    "select count(*) from pg_locks where not granted and relation = 'fiscal.audit'::regclass"
                    " and database = (select oid from pg_database where datname = current_database())"
                )
                while not await db.fetchval(waits):
                    await scene.clock.sleep(0.02)
                await api.kill()
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
        assert (await scene.counts()).computed == 0
        assert await scene.db_values("select key from fiscal.event_key") == []
        async with api_process(database, tmp_path / "second") as api:
            with FiscalClient(api.url, key) as waiting:
                [order] = await asyncio.to_thread(waiting.restore, [lost], today)
                assert await asyncio.to_thread(waiting.restoration, order.id) == order
        assert [one.event_key for one in order.documents] == ["restore|lost"]
        assert (await scene.counts()).computed == 1


async def test_the_command_plans_issues_and_cancels_an_order(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.post([], [{"id": "A1"}])
        wanted, unknown = tmp_path / "wanted.json", tmp_path / "unknown.json"
        lost = payment("lost", "A1") | {"date": yesterday(scene).isoformat()}
        wanted.write_text(json.dumps({"date": scene.clock.now().date().isoformat(), "replay": [lost]}))
        unknown.write_text(json.dumps({"date": "2026-10-20", "receipts": ["17"]}))
        (planned, told), (refused, why) = await asyncio.gather(
            command(scene, "restorations", "issue", str(wanted), "--dry-run"),
            command(scene, "corrections", "issue", str(unknown)),
        )
        assert (planned, refused, (await scene.counts()).computed) == (0, 1, 0), told + why
        assert "450,00" in told
        assert "receipts[0]: unknown_receipt" in why
        code, said = await command(scene, "restorations", "issue", str(wanted), "--json", "--by", "Иванова")
        assert code == 0, said
        given = json.loads(said.splitlines()[-1])
        assert (given["state"], (await scene.counts()).computed) == ("ISSUING", 1)
        code, said = await command(scene, "restorations", "cancel", given["id"])
        assert (code, "CANCELLED" in said) == (0, True), said
        assert "console Иванова" in await scene.db_values("select actor from fiscal.audit")


async def test_a_days_total_becomes_one_form_31_in_the_archive_of_an_fn(database: str, tmp_path: Path) -> None:
    by_days = {**RULES, "ffd": "1.05", "policies": {"restoration_granularity": "per_day_total"}}
    async with world(database, tmp_path, ffd=2, rules=by_days) as scene, scene.dispatching():
        today, file = scene.clock.now().date().isoformat(), tmp_path / "day.json"
        order = {
            "date": today, "day": yesterday(scene).isoformat(), "tenders": {"bank_transfer": 54_000},
            "vat": [{"vat_code": 11, "amount": 54_000}], "basis_document": {"date": today, "number": "7"},
        }  # fmt: skip
        file.write_text(json.dumps(order))
        code, said = await command(scene, "restorations", "day-total", str(file), "--dry-run")
        assert (code, "540,00" in said, (await scene.counts()).computed) == (0, True, 0), said
        code, said = await command(scene, "restorations", "day-total", str(file), "--json")
        assert code == 0, said
        key = await create_api_key(scene.db, scene.merchant.id, "billing")
        app = create_app(Settings(data_dir=tmp_path), scene.dsn, scene.clock)
        async with serving(app) as port, AsyncFiscalClient(f"http://127.0.0.1:{port}", key) as client:
            given = await client.restoration(json.loads(said.splitlines()[-1])["id"])
            await issued(scene, client, given)
            explained = await client.send(Request("GET", f"/v1/receipts/{given.documents[0].receipt}/explanation"))
            assert "известна только сумма дня: 540,00" in explained.text
            rest = {name: order[name] for name in ("tenders", "vat")}
            with pytest.raises(ApiProblem) as refused:
                await client.restore_day_total(yesterday(scene), **rest, on=scene.clock.now().date())
            assert [one.code for one in refused.value.faults] == ["day_restored"]
        [entry] = scene.boxes[0].receipts()
        told = tags(entry)
        assert (entry.form, entry.sign, entry.total_kopecks, told[1173]) == (31, 1, 54_000, 0)
        assert told[1174][1179] == "7"
        assert 1059 not in told
        await scene.check_clean()
