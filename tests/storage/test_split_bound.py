"""An event that would become too many receipts is an error of its batch, or of its job; nothing of it is stored."""

import pytest

from accounting.receipts.consolidate import MAX_PARTS
from fiscal_server.intake.batch import BatchRejected
from fiscal_server.intake.close_runner import JobRun
from fiscal_server.intake.closing import CloseRequest, resume_close
from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.merchant_settings import set_merchant_rules
from tests.storage.closing_jobs import begin
from tests.storage.scene import RULES, Json, charge, open_shop, payment

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


async def test_a_close_that_met_too_many_receipts_goes_on_when_the_limit_is_raised(database: str) -> None:
    def limited(max_sum: int, max_lines: int = 5) -> Json:
        return {**RULES, "policies": {"max_sum": max_sum, "max_lines": max_lines, "postpaid_mode": "credit_pair"}}

    async with open_shop(database, limited(2)) as shop:
        huge = 2 * MAX_PARTS + 1
        await shop.post([charge("c1", "A1", kopecks=3), charge("c2", "A2", kopecks=huge)], ["A1", "A2"])
        job = await begin(shop, CloseRequest(period="2026-10"))
        for limits, state, words, receipts in (
            ((2, 5), CloseState.FAILED, "max_sum", 2),
            ((3, 4), CloseState.FAILED, "not be lowered", 2),
            ((3, 6), CloseState.FINISHED, "", 2 + (huge + 2) // 3),
        ):
            async with shop.db.write() as db:
                await set_merchant_rules(db, shop.merchant.id, limited(*limits))
            await resume_close(shop.db, shop.intake, shop.merchant.id, job.id)
            ended = await JobRun(shop.db, shop.intake, 1, chunk=1).run(shop.merchant.id, job.id)
            assert ended is not None
            assert (ended.state, (await shop.counts())["receipt"]) == (state, receipts)
            assert words in (ended.error or "")
