"""What goes into the books with which turn, and what is believed in between without asking them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from accounting.receipts.codes import DocumentForm
from fiscal_server.clock import SystemClock, VirtualClock
from fiscal_server.dispatch.active import LEFT_TO_OTHERS_S, LOOK_AGAIN_S, RECEIPTS_A_TURN, ActiveSlot
from fiscal_server.dispatch.bench import Bench
from fiscal_server.dispatch.draining import DrainingSlot
from fiscal_server.dispatch.keeper import ShiftKeeper
from fiscal_server.dispatch.resources import FnResources
from fiscal_server.dispatch.session import CONFIRMED_WITHIN_S, TRUST_S, KktSession, SlotFault
from fiscal_server.dispatch.worker import KktWorker
from fiscal_server.operator.exchange import OperatorExchange
from kkt_drivers.emulator.faults import Fault, FaultRule
from kkt_drivers.errors import KktRefused, Refusal
from tests.unit.dispatch.desk import journal_of, sit_down
from tests.world import World, world


@asynccontextmanager
async def at_work(database: str, folder: Path) -> AsyncIterator[tuple[World, KktSession, VirtualClock]]:
    """A KKT with an open shift in our hands, and a clock that is ours alone."""
    clock = VirtualClock(SystemClock().now())
    async with world(database, folder) as scene, journal_of(scene, clock) as journal:
        session = await sit_down(scene, journal, clock=clock)
        await session.make(DocumentForm.SHIFT_OPENING, lambda at: session.kkt.open_shift(at, "КАССИР"))
        yield scene, session, clock
        await session.kkt.close()


async def test_a_confirmation_waits_a_moment_for_others_while_the_operator_lacks_documents(
    database: str, tmp_path: Path
) -> None:
    async with at_work(database, tmp_path) as (scene, session, clock):
        session.confirm(1, 0)
        await session.settle_in_time()
        assert [slot.acked_fd for slot in await scene.slots()] == [0]
        await clock.advance(CONFIRMED_WITHIN_S)
        await session.settle_in_time()
        assert [slot.acked_fd for slot in await scene.slots()] == [1]


async def test_the_last_confirmation_waits_for_none(database: str, tmp_path: Path) -> None:
    async with at_work(database, tmp_path) as (scene, session, _):
        session.confirm(1, 0)
        session.confirm(2, 0)
        await session.settle_in_time()
        assert [slot.acked_fd for slot in await scene.slots()] == [2]


async def test_between_two_receipts_a_confirmation_waits_likewise(database: str, tmp_path: Path) -> None:
    async with at_work(database, tmp_path) as (scene, session, clock):
        await scene.pay(1)
        session.confirm(1, 0)
        assert await session.next_receipt() is not None
        await session.committed()
        assert [slot.acked_fd for slot in await scene.slots()] == [0]
        await clock.advance(CONFIRMED_WITHIN_S)
        assert await session.next_receipt() is None
        assert [slot.acked_fd for slot in await scene.slots()] == [1]


async def test_a_step_of_the_exchange_hands_the_answer_over_and_sends_the_next_message_off(
    database: str, tmp_path: Path
) -> None:
    async with at_work(database, tmp_path) as (_, session, _):
        answered = asyncio.Event()
        exchange = OperatorExchange(session, answered.set)
        await exchange.step()
        for confirmed in (1, 2):
            await asyncio.wait_for(answered.wait(), 10)
            answered.clear()
            await exchange.step()
            assert session.acked_fd == confirmed
        assert not exchange.ready()


async def test_a_row_is_believed_for_a_moment_unless_somebody_says_that_it_changed(
    database: str, tmp_path: Path
) -> None:
    async with at_work(database, tmp_path) as (scene, session, clock):
        await scene.change("update fiscal.kkt set state = 'DRAINING'")
        await session.refresh()
        assert session.row.state == "ACTIVE"
        session.stir()
        await session.refresh()
        assert session.row.state == "DRAINING"
        await scene.change("update fiscal.kkt set state = 'ACTIVE'")
        await clock.advance(TRUST_S)
        await session.refresh()
        assert session.row.state == "ACTIVE"


def bench_of(session: KktSession) -> Bench:
    resources = FnResources(session)
    operator = OperatorExchange(session, asyncio.Event().set)
    events = asyncio.Event(), asyncio.Event(), asyncio.Event()
    return Bench(session, operator, resources, ShiftKeeper(session, resources), *events)


async def announced(bench: Bench, _: VirtualClock) -> None:
    bench.receipts.set()


async def time_went_by(_: Bench, clock: VirtualClock) -> None:
    await clock.advance(LOOK_AGAIN_S)


async def test_a_slot_that_fails_again_and_again_leaves_receipts_to_others_for_a_moment(
    database: str, tmp_path: Path
) -> None:
    async with at_work(database, tmp_path) as (scene, session, clock):
        bench = bench_of(session)
        slot = ActiveSlot(bench)
        made = session.last_fd
        slot.leave_to_others()
        await scene.pay(1)
        bench.receipts.set()
        await slot.step()
        assert session.last_fd == made
        await clock.advance(LEFT_TO_OTHERS_S)
        await slot.step()
        assert session.last_fd == made + 1
        await bench.operator.stop()


@pytest.mark.parametrize("happens", [announced, time_went_by])
async def test_where_no_receipt_waited_none_is_looked_for_until_one_is_announced_or_a_moment_went_by(
    database: str, tmp_path: Path, happens: Callable[[Bench, VirtualClock], Awaitable[None]]
) -> None:
    async with at_work(database, tmp_path) as (scene, session, clock):
        bench = bench_of(session)
        slot = ActiveSlot(bench)
        await slot.step()
        await scene.pay(1)
        await slot.step()
        assert await scene.waiting() == {"QUEUED": 1}
        await happens(bench, clock)
        await slot.step()
        assert await scene.waiting() == {}
        await bench.operator.stop()


@pytest.mark.parametrize(
    ("documents", "seconds_old", "has_his_turn"),
    [(1000, 59, False), (1000, 60, True), (5, 0, True)],
    ids=["a young and short backlog", "an old one", "a long one"],
)
async def test_the_operator_has_his_turn_between_receipts_once_his_backlog_is_old_or_long(
    database: str, tmp_path: Path, documents: int, seconds_old: int, *, has_his_turn: bool
) -> None:
    async with at_work(database, tmp_path) as (scene, session, clock):
        await scene.rule(operator_documents=documents, operator_age_s=60)
        await session.reload()
        assert session.row.unconfirmed_since is not None
        age = clock.now() - session.row.unconfirmed_since
        await clock.advance(seconds_old - age.total_seconds())
        await scene.pay(RECEIPTS_A_TURN + 1)
        bench = bench_of(session)
        await ActiveSlot(bench).step()
        assert await scene.waiting() == {"QUEUED": 1}
        assert (session.acked_fd > 0) is has_his_turn
        await bench.operator.stop()


async def test_confirmations_that_wait_are_in_the_books_before_a_full_fn_stops(database: str, tmp_path: Path) -> None:
    """Whoever reads the books of an FN that is never asked again would believe that the operator lacks them."""
    async with at_work(database, tmp_path) as (scene, session, _):
        await session.kkt.close()
        await scene.boxes[0].restart(
            FaultRule("20h", Fault.REFUSE, nth=0, code=0x12), FaultRule("21h", Fault.REFUSE, nth=0, code=0x12)
        )
        await session.kkt.open()
        session.confirm(1, 0)
        with pytest.raises(SlotFault, match="the operator lacks 1 documents"):
            await DrainingSlot(bench_of(session))._deliver()
        assert [slot.acked_fd for slot in await scene.slots()] == [1]


async def test_confirmations_that_wait_are_in_the_books_before_a_spare_stops(database: str, tmp_path: Path) -> None:
    async with at_work(database, tmp_path) as (scene, session, _):
        await scene.change("update fiscal.kkt set state = 'READY'")
        await session.reload()
        session.confirm(1, 0)
        await KktWorker(session)._give_way(KktRefused(Refusal.FAULT, 0x30, "broken", "21h"))
        assert [(slot.state, slot.acked_fd) for slot in await scene.slots()] == [("FAULTY", 1)]


async def test_a_kkt_holds_one_receipt_however_many_wait(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2, parallel=2) as scene, journal_of(scene) as journal:
        sessions = [await sit_down(scene, journal, slot) for slot in (1, 2)]
        await scene.pay(10)
        for session in sessions:
            assert await session.next_receipt() is not None
            await session.committed()
        assert await scene.waiting() == {"QUEUED": 8, "REGISTERING": 2}
        with pytest.raises(asyncpg.UniqueViolationError):
            await sessions[0].next_receipt()
        assert await scene.waiting() == {"QUEUED": 8, "REGISTERING": 2}
        for session in sessions:
            await session.kkt.close()


async def test_a_group_that_has_promised_something_fails_as_a_whole(database: str, tmp_path: Path) -> None:
    """Tried again one by one, a member would get another receipt than the one whose document it has begun."""
    async with world(database, tmp_path, fns=2, parallel=2) as scene, journal_of(scene) as journal:
        sessions = [await sit_down(scene, journal, slot) for slot in (1, 2)]
        await scene.pay(2)
        await scene.change("create function together() returns trigger language plpgsql as $$ begin"
                           " if (select count(*) from fiscal.intent) > 1 then"
                           " raise exception 'not together' using errcode = 'check_violation'; end if;"
                           " return null; end $$")  # fmt: skip
        await scene.change("create constraint trigger together after insert on fiscal.intent deferrable"
                           " initially deferred for each row execute function together()")  # fmt: skip
        promised = await asyncio.gather(*(session.next_receipt() for session in sessions))
        assert None not in promised
        told = await asyncio.gather(*(session.committed() for session in sessions), return_exceptions=True)
        assert ["not together" in str(error) for error in told] == [True, True]
        assert await scene.waiting() == {"QUEUED": 2}
        assert await scene.db_values("select kkt_id from fiscal.intent") == []
        for session in sessions:
            await session.kkt.close()
