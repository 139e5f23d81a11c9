"""A shift lasts a day at most; books and FN agree about it, or nothing is done."""

from datetime import timedelta
from pathlib import Path

import pytest

from accounting.receipts.codes import DocumentForm
from fiscal_server.clock import VirtualClock
from tests.unit.dispatch.desk import journal_of, sit_down
from tests.world import world


async def test_a_shift_that_is_a_day_old_is_closed_before_the_next_receipt(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_delivered()
        await scene.change("update fiscal.kkt set shift_opened_at = $1", scene.clock.now() - timedelta(hours=24))
        await scene.pay(1, start=1)
        async with scene.dispatching():
            await scene.until_delivered()
        forms = [entry.form for entry in scene.boxes[0].archive()]
        assert forms == [1, 2, 3, 5, 2, 3]
        await scene.check_clean()


async def test_a_shift_that_the_fn_calls_too_long_is_closed_and_the_receipt_made(database: str, tmp_path: Path) -> None:
    long_ago = timedelta(hours=25)
    async with world(database, tmp_path, enrolled_ago=long_ago) as scene:
        clock = VirtualClock(scene.clock.now() - long_ago)
        async with journal_of(scene, clock) as journal:
            session = await sit_down(scene, journal, clock=clock)
            await session.make(DocumentForm.SHIFT_OPENING, lambda at: session.kkt.open_shift(at, "КАССИР"))
            await session.kkt.close()
        await scene.change("update fiscal.kkt set lease_beat = null, shift_opened_at = $1", scene.clock.now())
        await scene.pay(2)
        async with scene.dispatching():
            await scene.until_delivered()
        assert [entry.form for entry in scene.boxes[0].archive()] == [1, 2, 5, 2, 3, 3]
        await scene.check_clean()


async def test_books_and_fn_that_disagree_about_the_shift_stop_the_slot(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2) as scene:
        await scene.change("update fiscal.kkt set shift_opened_at = $1 where slot = 1", scene.clock.now())
        await scene.pay(1)
        async with scene.dispatching():
            await scene.until_delivered()
        assert [slot.state for slot in await scene.slots()] == ["FAULTY", "ACTIVE"]


@pytest.mark.parametrize("state", ["ACTIVE", "DRAINING", "READY"])
async def test_a_shift_that_the_fn_does_not_close_for_the_age_of_its_backlog_is_closed_when_the_operator_has_it(
    database: str, tmp_path: Path, state: str
) -> None:
    long_ago = timedelta(days=31)
    async with world(database, tmp_path, enrolled_ago=long_ago) as scene:
        clock = VirtualClock(scene.clock.now() - long_ago)
        async with journal_of(scene, clock) as journal:
            session = await sit_down(scene, journal, clock=clock)
            await session.make(DocumentForm.SHIFT_OPENING, lambda at: session.kkt.open_shift(at, "КАССИР"))
            await session.kkt.close()
        paused = scene.clock.now() if state == "READY" else None
        await scene.change(f"update fiscal.kkt set lease_beat = null, paused_since = $1, state = '{state}'", paused)

        def forms() -> list[int]:
            return [entry.form for entry in scene.boxes[0].archive()]

        async with scene.dispatching():

            async def closed() -> bool:
                [slot] = await scene.slots()
                return slot.acked_fd == slot.last_fd and DocumentForm.SHIFT_CLOSING in forms()

            await scene.until(closed)
        assert forms()[:3] == [1, 2, 5]
        await scene.check_clean()
