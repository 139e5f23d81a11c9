"""Restorations of many events: jobs that work through them piece by piece, each event once, whoever dies on the way."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from fiscal_server.errors import IdempotencyConflict, OrderRefused
from fiscal_server.intake.closing import LEASE
from fiscal_server.intake.correction_orders import CorrectionRejected
from fiscal_server.intake.corrections import Asked
from fiscal_server.intake.restoration_jobs import (
    RestorationJobOrder,
    cancel_restoration_job,
    resume_restoration_job,
    start_restoration,
)
from fiscal_server.intake.restoration_runner import Restorer
from fiscal_server.storage.restoration_jobs import RestorationJobRow, read_restoration_job
from tests.storage.scene import Json, Shop, open_shop, payment
from tests.storage.test_corrections import everything

PIECE = 4


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        await opened.post([], ["A1", "A2"])
        yield opened


def lost(count: int) -> list[Json]:
    return [payment(f"lost-{n}", f"A{n % 2 + 1}", kopecks=1_000 + n) for n in range(count)]


async def begin(shop: Shop, events: list[Json], key: str = "k1", **more: Any) -> RestorationJobRow:
    order = msgspec.convert({"date": "2026-10-20", "replay": events, **more}, RestorationJobOrder)
    asked = Asked(shop.merchant.id, key, msgspec.json.encode(order), "key billing")
    return await start_restoration(shop.db, shop.intake, asked, order, piece=PIECE)


async def now(shop: Shop, job: RestorationJobRow) -> RestorationJobRow:
    async with shop.db.read() as db:
        found = await read_restoration_job(db, shop.merchant.id, job.id)
    assert found is not None
    return found


async def worked(shop: Shop, job: RestorationJobRow) -> RestorationJobRow:
    await Restorer(shop.db, shop.intake).work()
    return await now(shop, job)


def places(job: RestorationJobRow) -> list[tuple[str, str]]:
    return [(one["code"], one["field"]) for one in job.problems]


async def test_a_job_restores_every_event_by_orders_of_a_piece_each(shop: Shop) -> None:
    began = await begin(shop, lost(10))
    assert (began.state, began.events, began.done) == ("RUNNING", 10, 0)
    job = await worked(shop, began)
    assert (job.state, job.done, job.documents, job.known, job.refused) == ("FINISHED", 10, 10, 0, 0)
    assert [row["id"] for row in await shop.rows("select id from fiscal.correction order by id")] == job.order_ids
    assert len(job.order_ids) == 3
    keys = [key for _, _, _, key, _ in await shop.receipts()]
    assert keys == [f"restore|lost-{n}" for n in range(10)]
    assert await shop.value("select count(*) from fiscal.restoration_piece") == 0
    assert (await shop.post(lost(10)))["duplicates"] == 10


async def test_a_preview_counts_and_names_all_problems_and_stores_nothing(shop: Shop) -> None:
    await shop.post([payment("lost-1", "A2", kopecks=1_001)])
    before = await everything(shop)
    events = lost(10)
    events[6]["account"] = "unknown"
    job = await worked(shop, await begin(shop, events, dry_run=True))
    assert (job.state, job.done, job.known, job.refused, job.documents) == ("PREVIEWED", 10, 1, 1, 8)
    assert places(job) == [("unknown_account", "replay[6].account")]
    assert await everything(shop) == before


async def test_a_job_stops_before_the_piece_with_a_problem_and_goes_on_when_it_is_gone(shop: Shop) -> None:
    events = lost(10)
    events[6]["account"], events[7]["account"] = "new", "new"
    job = await worked(shop, await begin(shop, events))
    assert (job.state, job.done, job.documents) == ("FAILED", 4, 4)
    assert places(job) == [("unknown_account", "replay[6].account"), ("unknown_account", "replay[7].account")]
    assert job.error is not None
    assert job.error.startswith("2 problem(s): ")
    assert await shop.value("select count(*) from fiscal.receipt") == 4
    await shop.post([], ["new"])
    await resume_restoration_job(shop.db, shop.merchant.id, job.id)
    job = await worked(shop, job)
    assert (job.state, job.done, job.documents, job.problems, job.error) == ("FINISHED", 10, 10, [], None)
    assert await shop.value("select count(*) from fiscal.receipt") == 10


async def test_with_skip_what_cannot_be_restored_is_left_out_and_listed(shop: Shop) -> None:
    events = lost(10)
    events[6]["account"] = "unknown"
    job = await worked(shop, await begin(shop, events, on_error="skip"))
    assert (job.state, job.done, job.refused, job.documents) == ("FINISHED", 10, 1, 9)
    assert places(job) == [("unknown_account", "replay[6].account")]


async def test_events_that_are_in_the_books_are_passed_over(shop: Shop) -> None:
    first = await worked(shop, await begin(shop, lost(6)))
    second = await worked(shop, await begin(shop, lost(9), "k2"))
    assert (first.documents, second.known, second.documents, second.state) == (6, 6, 3, "FINISHED")
    assert await shop.value("select count(*) from fiscal.receipt") == 9


async def test_mistakes_of_the_list_itself_refuse_it_before_anything_begins(shop: Shop) -> None:
    events = [*lost(6), *lost(1), payment("ahead", date="2027-01-01")]
    with pytest.raises(CorrectionRejected) as told:
        await begin(shop, events)
    assert [one.field for one in told.value.problems] == ["replay[6].key", "replay[7].date"]
    assert await shop.value("select count(*) from fiscal.restoration_job") == 0


async def test_the_same_key_is_the_same_job_and_another_body_a_conflict(shop: Shop) -> None:
    job = await begin(shop, lost(6))
    assert (await begin(shop, lost(6))).id == job.id
    await worked(shop, job)
    assert (await begin(shop, lost(6))).state == "FINISHED"
    with pytest.raises(IdempotencyConflict):
        await begin(shop, lost(7))


async def test_a_job_is_stopped_between_pieces_and_goes_on_behind_the_last_one(shop: Shop) -> None:
    job = await begin(shop, lost(10))
    restorer = Restorer(shop.db, shop.intake)
    assert await restorer.one_piece(shop.merchant.id, job.id)
    stopped = await cancel_restoration_job(shop.db, shop.intake, shop.merchant.id, job.id)
    assert stopped is not None
    assert (stopped.state, stopped.done) == ("STOPPED", 4)
    assert not await restorer.one_piece(shop.merchant.id, job.id)
    assert (await worked(shop, job)).done == 4
    await resume_restoration_job(shop.db, shop.merchant.id, job.id)
    assert (await worked(shop, job)).state == "FINISHED"
    assert await shop.value("select count(*) from fiscal.receipt") == 10
    with pytest.raises(OrderRefused):
        await cancel_restoration_job(shop.db, shop.intake, shop.merchant.id, job.id)


async def test_a_job_that_is_cancelled_before_its_first_piece_leaves_nothing(shop: Shop) -> None:
    before = await everything(shop)
    job = await begin(shop, lost(10))
    cancelled = await cancel_restoration_job(shop.db, shop.intake, shop.merchant.id, job.id)
    assert cancelled is not None
    assert (cancelled.state, cancelled.finished_at is not None) == ("CANCELLED", True)
    assert (await worked(shop, job)).state == "CANCELLED"
    assert await everything(shop) == before
    with pytest.raises(OrderRefused):
        await resume_restoration_job(shop.db, shop.merchant.id, job.id)


async def test_who_died_leaves_the_rest_to_another_when_its_lease_has_run_out(shop: Shop) -> None:
    job = await begin(shop, lost(10))
    async with shop.db.write() as db:  # taken by a process that has done one piece and is gone
        await db.execute("update fiscal.restoration_job set runner = 1, lease_until = $1", shop.clock.now() + LEASE)
    await Restorer(shop.db, shop.intake).one_piece(shop.merchant.id, job.id)
    assert (await worked(shop, job)).done == 4
    shop.clock.jump(LEASE.total_seconds() + 1)
    assert (await worked(shop, job)).state == "FINISHED"
    assert await shop.value("select count(*) from fiscal.receipt") == 10
