"""An event that would become too many receipts is an error of its batch, or of its job; nothing of it is stored."""

import pytest

from accounting.receipts.consolidate import MAX_PARTS
from fiscal_server.intake.batch import BatchRejected
from fiscal_server.intake.close_runner import JobRun
from fiscal_server.intake.closing import CloseRequest
from fiscal_server.storage.close_states import CloseState
from tests.storage.closing_jobs import begin
from tests.storage.scene import RULES, charge, open_shop, payment

KOPECKS = {**RULES, "policies": {"max_sum": 1, "postpaid_mode": "credit_pair"}}


async def test_a_batch_names_the_event_the_path_and_the_reason(database: str) -> None:
    async with open_shop(database, KOPECKS) as shop:
        await shop.post([], ["A1"])
        before = await shop.counts()
        with pytest.raises(BatchRejected) as caught:
            await shop.post([payment("good", kopecks=1), payment("huge", kopecks=10**10)])
        (problem,) = caught.value.problems
        assert (problem.code, problem.field, problem.index, problem.key) == ("too_many_receipts", "tenders", 1, "huge")
        assert "max_sum" in problem.reason
        assert await shop.counts() == before


async def test_the_good_events_of_the_batch_are_stored_and_the_key_stays_free(database: str) -> None:
    async with open_shop(database, KOPECKS) as shop:
        events = [payment("good", kopecks=1), payment("huge", kopecks=MAX_PARTS + 1)]
        answer = await shop.post(events, ["A1"], on_error="skip")
        assert [event["status"] for event in answer["events"]] == ["accepted", "rejected"]
        counts = await shop.counts()
        assert (counts["event"], counts["event_key"], counts["receipt"], counts["advance_lot"]) == (1, 1, 1, 1)
        again = await shop.post([payment("huge", kopecks=2)])
        assert again["events"][0]["status"] == "accepted"


@pytest.mark.parametrize(("dry_run", "end"), [(False, CloseState.FAILED), (True, CloseState.CANCELLED)])
async def test_a_close_job_that_meets_too_many_receipts_ends_with_the_reason(
    database: str, dry_run: bool, end: CloseState
) -> None:
    async with open_shop(database, KOPECKS) as shop:
        await shop.post([charge("c1", kopecks=MAX_PARTS + 1)], ["A1"])
        before = await shop.counts()
        job = await begin(shop, CloseRequest(period="2026-10", dry_run=dry_run))
        ended = await JobRun(shop.db, shop.intake, 1).run(shop.merchant.id, job.id)
        assert ended is not None
        assert ended.state is end
        assert "max_sum" in str(ended.error)
        assert (await shop.counts())["receipt"] == before["receipt"] == 0
