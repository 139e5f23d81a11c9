"""The client against the whole server: its HTTP server on a port, emulated registers, real receivers."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fiscal_server.client import ApiProblem, AsyncFiscalClient, FiscalClient, NotFiscalised, verify
from fiscal_server.client.types import Receipt
from fiscal_server.clock import SystemClock
from fiscal_server.commands.keys import create_api_key
from fiscal_server.settings import Settings
from fiscal_server.storage.keys import Scope
from tests.acceptance.site import serving
from tests.applications import api
from tests.storage.scene import charge, payment
from tests.waiting import wait_until_async
from tests.webhook_receiver import receiving
from tests.world import World, world

ACCOUNT = {"id": "A1"}


class Office:
    """A world with its API and a key."""

    def __init__(self, scene: World, url: str, key: str) -> None:
        self.scene = scene
        self.url = url
        self.key = key

    def opened(self) -> AsyncFiscalClient:
        return AsyncFiscalClient(self.url, self.key)


@pytest.fixture
async def office(database: str, tmp_path: Path) -> AsyncIterator[Office]:
    settings = Settings(data_dir=tmp_path / "data", webhook_private_addresses=True)
    async with world(database, tmp_path) as scene:
        key = await create_api_key(scene.db, scene.merchant.id, "billing", scopes=tuple(Scope))
        with api(settings, database, SystemClock()) as app:
            async with serving(app) as port:
                yield Office(scene, f"http://127.0.0.1:{port}", key)


async def test_events_become_receipts_and_webhooks_that_verify(office: Office) -> None:
    async with office.opened() as server, receiving() as receiver, office.scene.dispatching():
        created = await server.create_webhook(receiver.url, event_types=["receipt.registered"])
        events = [payment(f"p{n}", f"A{n}") for n in range(5)]
        answer = await server.post_events(events, [{"id": f"A{n}"} for n in range(5)], most_events=4)
        assert len(answer.batches) == 3
        made = await server.wait_fiscalised(answer.receipt_ids, within_s=60)
        assert [one.event_key for one in made] == [f"p{n}" for n in range(5)]
        documents = {one.id: one.fiscal_document for one in made}
        came = await receiver.wait_for(5)
        for one in came:
            message = verify(one.body, one.headers, created.secret, now=SystemClock().now())
            document = documents[message.data["id"]]
            assert document is not None
            assert message.data["fiscal_document"]["fiscal_sign"] == document.fiscal_sign
        assert len({one.id for one in came}) == 5
    await office.scene.check_clean()


async def test_the_same_events_again_do_nothing_new(office: Office) -> None:
    async with office.opened() as server:
        first = await server.post_events([payment("p1")], [ACCOUNT])
        assert await server.post_events([payment("p1")], [ACCOUNT]) == first


async def test_what_is_wrong_with_an_event_is_in_the_problem(office: Office) -> None:
    async with office.opened() as server:
        with pytest.raises(ApiProblem) as refused:
            await server.post_events([payment("p1", "nobody")])
        assert (refused.value.status, refused.value.type) == (422, "/problems/batch-rejected")
        assert [(fault.code, fault.index) for fault in refused.value.faults] == [("unknown_account", 0)]
        with pytest.raises(ApiProblem) as missing:
            await server.receipt("1")
        assert missing.value.status == 404


async def test_receipts_come_page_by_page(office: Office) -> None:
    async with office.opened() as server:
        answer = await server.post_events([payment(f"p{n}") for n in range(1203)], [ACCOUNT])
        listed = [one.id async for one in server.receipts(account="A1")]
        assert listed == answer.receipt_ids[::-1]
        assert len(listed) == 1203
        with pytest.raises(NotFiscalised, match="not within 0 s") as waiting:
            await server.wait_fiscalised(answer.receipt_ids[:2], within_s=0)
        assert [one.state for one in waiting.value.receipts] == ["QUEUED", "QUEUED"]


async def test_a_case_is_computed_and_nothing_is_stored(office: Office) -> None:
    services = [{"id": "internet", "name": "Интернет", "vat_code": 6}]
    facts = {"merchant": {"services": services}, "accounts": [ACCOUNT], "events": [payment("p1")]}
    async with office.opened() as server:
        answers = await server.compute({"id": "one", "in": facts})
        assert answers[0]["id"] == "one"
        assert len(answers[0]["out"]["receipts"]) == 1
        assert [one async for one in server.receipts()] == []


async def test_a_webhook_is_managed(office: Office) -> None:
    async with office.opened() as server, receiving() as receiver:
        created = await server.create_webhook(receiver.url, description="касса")
        hook = created.webhook.id
        message = await server.test_webhook(hook)
        assert [one.id for one in await receiver.wait_for(1)] == [message]
        secret = (await server.rotate_secret(hook, overlap_hours=0)).secret
        await server.replay(hook, message)
        await receiver.wait_for(2)
        verify(receiver.received[-1].body, receiver.received[-1].headers, secret, now=SystemClock().now())
        changed = await server.change_webhook(hook, enabled=False)
        assert not changed.enabled
        assert [one.id for one in await server.webhooks()] == [hook]
        await server.delete_webhook(hook)
        assert await server.webhooks() == []


async def test_keys_registers_and_nodes_are_managed(office: Office) -> None:
    merchant = office.scene.merchant.id
    key = await create_api_key(office.scene.db, merchant, "operations", scopes=tuple(Scope), operations=True)
    async with AsyncFiscalClient(office.url, key) as server, office.scene.dispatching():
        made = await server.create_key("касса", scopes=["read", "submit"])
        async with AsyncFiscalClient(office.url, made.secret) as weaker:
            assert [one async for one in weaker.receipts()] == []
        rotated = await server.rotate_key(made.key.id, overlap_s=0)
        assert (rotated.key.name, rotated.key.scopes) == ("касса", ["read", "submit"])
        assert (await server.revoke_key(rotated.key.id)).revoked_at is not None
        assert {one.id for one in await server.api_keys()} >= {made.key.id, rotated.key.id}
        [kkt] = await office.scene.db_values("select id from fiscal.kkt")
        order = await server.order_kkt(str(kkt), "pause", asked_by="Иванова", reason="лента")
        assert (await server.kkt_order(order.kkt, order.id)).kind == "pause"
        [node] = await server.nodes()
        assert (await server.drain_node(node.number)).state in ("draining", "drained")
        assert (await server.resume_node(node.number)).state == "working"


async def test_a_month_is_closed_and_found_again(office: Office) -> None:
    async with office.opened() as server:
        await server.post_events([charge("c1", "A1"), payment("p1", "A1", date="2026-10-01")], [ACCOUNT])
        preview = await server.close_month("2026-10", dry_run=True)
        begun = await server.close_month("2026-10")
        assert (await server.close_month("2026-10")).id == begun.id

        async def over() -> bool:
            return (await server.period_close(begun.id)).state == "FINISHED"

        await wait_until_async(over)
        assert [one.id async for one in server.period_closes(period="2026-10")] == [begun.id, preview.id]
        (finished,) = [one async for one in server.period_closes(state="FINISHED")]
        assert (finished.accounts_done, finished.dry_run) == (1, False)
        for move in (server.cancel_close, server.resume_close):
            with pytest.raises(ApiProblem) as refused:
                await move(begun.id)
            assert refused.value.type == "/problems/close-refused"


async def test_many_events_are_restored_by_a_job(office: Office) -> None:
    async with office.opened() as server:
        await server.post_events([], [ACCOUNT])
        lost = [payment(f"lost-{n}") for n in range(3)] + [payment("wrong", "nobody")]
        today = office.scene.clock.now().date()
        preview = await server.restore_many(lost, today, dry_run=True)
        begun = await server.restore_many(lost, today, on_error="skip")
        assert (await server.restore_many(lost, today, on_error="skip")).id == begun.id

        async def over() -> bool:
            return (await server.restoration_job(begun.id)).state == "FINISHED"

        await wait_until_async(over)
        finished = await server.restoration_job(begun.id)
        assert (finished.documents, finished.refused, len(finished.restorations)) == (3, 1, 1)
        assert [(one.code, one.field) for one in finished.problems] == [("unknown_account", "replay[3].account")]
        assert [one.id async for one in server.restoration_jobs()] == [begun.id, preview.id]
        for move in (server.cancel_restoration_job, server.resume_restoration_job):
            with pytest.raises(ApiProblem) as refused:
                await move(begun.id)
            assert refused.value.type == "/problems/order-refused"


async def test_the_client_without_a_loop_does_the_same(office: Office) -> None:
    def work() -> list[Receipt]:
        with FiscalClient(office.url, office.key) as server:
            answer = server.post_events([payment("p1"), payment("p2")], [ACCOUNT])
            made = server.wait_fiscalised(answer.receipt_ids, within_s=60)
            assert sorted(one.id for one in server.receipts(account="A1")) == sorted(one.id for one in made)
            return made

    async with office.scene.dispatching():
        made = await asyncio.to_thread(work)
    assert [one.event_key for one in made] == ["p1", "p2"]
