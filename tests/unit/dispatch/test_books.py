"""The books of a KKT: only their owner writes them, one group member's trouble is its own, no ghost is believed."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from accounting.receipts.codes import DocumentForm
from fiscal_server.cassette.rotation import pause, rotate, stand_aside, stop_slot, take_back
from fiscal_server.clock import SystemClock, VirtualClock
from fiscal_server.dispatch.journal import BooksDisagree, Turn
from fiscal_server.dispatch.recovery import recover
from fiscal_server.dispatch.session import KktSession, SlotFault
from fiscal_server.errors import LeaseLost
from fiscal_server.storage import queue
from fiscal_server.storage.queue import ClaimedReceipt, DocumentRow
from fiscal_server.troubles import Trouble
from kkt_drivers.address import open_kkt
from tests.unit.dispatch.desk import journal_of, sit_down, take_over
from tests.world import World, world


async def open_shift(session: KktSession) -> None:
    await session.make(DocumentForm.SHIFT_OPENING, lambda at: session.kkt.open_shift(at, "КАССИР"))


async def confirm_at_once(session: KktSession) -> None:
    session.confirm(1, 0)
    await session.settle()


async def register(session: KktSession, receipt_id: int) -> None:
    session.made = msgspec.structs.replace(document(session, receipt_id), receipt_id=receipt_id)
    await session.settle()


STALE_WRITES: dict[str, Callable[[KktSession, int], Awaitable[object]]] = {
    "not made": lambda session, receipt_id: session.not_made(receipt_id),
    "parked": lambda session, receipt_id: session.park(receipt_id, "нет"),
    "uncertain": lambda session, receipt_id: session.answer_lost(receipt_id),
    "rotated": lambda session, _: rotate(session.rooms.db, session.row, "полон", session.now()),
    "stopped": lambda session, _: stop_slot(session.rooms.db, session.row, "сломан", session.now()),
    "paused": lambda session, _: pause(session.rooms.db, session.row, "ремонт", session.now()),
    "stood aside": lambda session, _: stand_aside(session.rooms.db, session.row, "молчит", session.now()),
    "taken back": lambda session, _: take_back(session.rooms.db, session.row, session.now()),
    "refused": lambda session, receipt_id: session.refused(receipt_id, "нет"),
    "on hold": lambda session, _: session.ahead("лишний"),
    "registers": lambda session, receipt_id: register(session, receipt_id),
    "claims": lambda session, _: session.next_receipt(),
    "confirms": lambda session, _: confirm_at_once(session),
}


@pytest.mark.parametrize("write", STALE_WRITES.values(), ids=STALE_WRITES.keys())
async def test_a_stale_owner_changes_nothing(
    database: str, tmp_path: Path, write: Callable[[KktSession, int], Awaitable[object]]
) -> None:
    """A worker that slept through its lease finds its KKT at work for another owner, on the very same receipt."""
    async with world(database, tmp_path) as scene, journal_of(scene) as journal:
        session = await sit_down(scene, journal)
        await open_shift(session)
        await scene.pay(1)
        claim = await session.next_receipt()
        assert claim is not None
        await session.committed()
        await take_over(scene, session)
        with pytest.raises(LeaseLost):
            await write(session, claim.receipt_id)
        assert await scene.waiting() == {"REGISTERING": 1}
        assert await scene.db_values("select receipt_id from fiscal.intent") == [claim.receipt_id]
        assert [slot.state for slot in await scene.slots()] == ["ACTIVE"]
        await session.kkt.close()


async def test_recovery_waits_for_a_commit_whose_answer_was_lost(database: str, tmp_path: Path) -> None:
    """The connection broke while the result was being committed; the server finishes the commit all the same."""
    async with world(database, tmp_path) as scene, journal_of(scene) as journal:
        session = await sit_down(scene, journal)
        await open_shift(session)
        await scene.pay(1)
        claim = await session.next_receipt()
        assert claim is not None
        await session.make_receipt(claim)
        assert session.made is not None
        async with scene.db.write() as ghost:
            await queue.record_documents(ghost, [session.owner], [session.made], scene.clock.now())
            recovering = asyncio.create_task(recover(session))

            async def waits_for_the_ghost() -> bool:
                blocked = (
                    "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
                )
                return recovering.done() or bool(await scene.db_values(blocked))

            await scene.until(waits_for_the_ghost)
        await recovering
        assert (await scene.counts()).registered == 1
        assert await scene.waiting() == {}
        await session.kkt.close()


def document(session: KktSession, row_id: int) -> DocumentRow:
    return DocumentRow(
        merchant_id=session.owner.merchant_id,
        kkt_id=session.owner.kkt_id,
        id=row_id,
        form=DocumentForm.SETTLEMENTS_REPORT,
        fn_number=session.row.fn_number,
        fd_number=session.last_fd + 1,
        fiscal_sign=1,
        issued_at=session.now().replace(tzinfo=None, second=0, microsecond=0),
    )


async def both(scene: World, *turns: Turn) -> list[ClaimedReceipt | BaseException | None]:
    """Turns that wait together become one group."""
    async with journal_of(scene) as journal:
        return await asyncio.gather(*(journal.turn(turn) for turn in turns), return_exceptions=True)


async def test_a_document_whose_receipt_is_registered_already_is_its_own_kkts_trouble(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path, fns=2, parallel=2) as scene:
        async with journal_of(scene) as journal:
            first, second = await sit_down(scene, journal, 1), await sit_down(scene, journal, 2)
        [taken] = await scene.db_values("select min(id) from fiscal.fiscal_document")
        wrong = Turn(owner=first.owner, document=document(first, taken))
        right = Turn(owner=second.owner, document=document(second, scene.db.ids.next()))
        answers = await both(scene, wrong, right)
        assert isinstance(answers[0], BooksDisagree)
        assert answers[1] is None
        assert [slot.last_fd for slot in await scene.slots()] == [1, 2]
        for session in (first, second):
            await session.kkt.close()


async def test_a_slot_that_is_not_active_gets_no_receipt(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, journal_of(scene) as journal:
        session = await sit_down(scene, journal)
        await scene.pay(1)
        await scene.change("update fiscal.kkt set state = 'DRAINING'")
        assert await session.next_receipt() is None
        assert await scene.waiting() == {"QUEUED": 1}
        await session.kkt.close()


async def test_a_shift_that_is_found_hours_later_is_as_old_as_its_intent(database: str, tmp_path: Path) -> None:
    clock = VirtualClock(SystemClock().now())
    async with world(database, tmp_path) as scene, journal_of(scene, clock) as journal:
        session = await sit_down(scene, journal, clock=clock)
        await journal.turn(Turn(owner=session.owner, intend=DocumentForm.SHIFT_OPENING))
        intended = clock.now()
        await session.kkt.open_shift(intended, "КАССИР")
        clock.jump(timedelta(hours=5).total_seconds())
        await recover(session)
        assert session.row.shift_opened_at == intended
        assert session.last_fd == 2
        await session.kkt.close()


async def test_what_a_found_receipt_says_of_its_shift_is_what_the_answer_would_have_said(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene, journal_of(scene) as journal:
        session = await sit_down(scene, journal)
        await open_shift(session)
        await scene.pay(3)
        for _ in range(2):
            claim = await session.next_receipt()
            assert claim is not None
            await session.make_receipt(claim)
        claim = await session.next_receipt()
        assert claim is not None
        await session.make_receipt(claim)
        answered, session.made = session.made, None
        await recover(session)
        async with scene.db.read() as db:
            row = await db.fetchrow("select * from fiscal.fiscal_document where id = $1", claim.receipt_id)
        assert answered is not None
        assert row is not None
        told = msgspec.structs.asdict(answered)
        assert {name: row[name] for name in told if name != "receipt_id"} == {
            name: value for name, value in told.items() if name != "receipt_id"
        }
        await session.kkt.close()


async def test_a_slot_that_stops_leaves_its_receipt_uncertain(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, journal_of(scene) as journal:
        session = await sit_down(scene, journal)
        await scene.pay(1)
        assert await session.next_receipt() is not None
        await session.committed()
        await stop_slot(scene.db, session.row, "сломан", session.now())
        assert await scene.waiting() == {"UNCERTAIN": 1}
        await session.kkt.close()


async def test_a_lease_that_runs_out_while_a_report_is_handed_over_makes_no_report(
    database: str, tmp_path: Path
) -> None:
    async with world(database, tmp_path) as scene, journal_of(scene) as journal:
        session = await sit_down(scene, journal)

        def run_out() -> None:
            session.lease.until = session.rooms.clock.monotonic()
            session.lease.check()

        session.kkt.guard(run_out)
        with pytest.raises(LeaseLost):
            await open_shift(session)
        status = await session.kkt.status()
        assert (status.shift_open, status.open_document, status.last_fd_number) == (False, 0, 1)
        await session.kkt.close()


async def test_a_lease_that_has_run_out_hands_no_data_over_and_cancels_nothing(database: str, tmp_path: Path) -> None:
    """Another owner may have a document open by then: our data would stand in it."""
    async with world(database, tmp_path) as scene, journal_of(scene) as journal:
        session = await sit_down(scene, journal)
        await open_shift(session)
        await scene.pay(1)
        claim = await session.next_receipt()
        assert claim is not None
        begun = 0

        def run_out_after_the_begin() -> None:
            nonlocal begun
            begun += 1
            if begun > 1:
                session.lease.until = session.rooms.clock.monotonic()
            session.lease.check()

        session.kkt.guard(run_out_after_the_begin)
        with pytest.raises(LeaseLost):
            await session.make_receipt(claim)
        assert (await session.kkt.status()).open_document != 0  # as it stood when the lease ended
        await session.kkt.close()


async def test_a_document_that_skips_a_number_stops_the_slot_and_holds_its_merchant(
    database: str, tmp_path: Path
) -> None:
    """Somebody else has made one in between, on the same FN: what it was, only a person can say."""
    async with world(database, tmp_path, fns=2, parallel=2) as scene, journal_of(scene) as journal:
        session, other = await sit_down(scene, journal, 1), await sit_down(scene, journal, 2)
        for each in (session, other):
            await open_shift(each)
        await scene.pay(2)
        claim = await session.next_receipt()
        assert claim is not None
        stranger = open_kkt(session.row.address)
        await stranger.open()
        foreign = await stranger.report_settlements(session.now())
        await stranger.close()
        await session.kkt.close()
        with pytest.raises(
            SlotFault, match=f"it made FD {foreign.fd_number + 1}, and FD {foreign.fd_number}"
        ) as caught:
            await session.make_receipt(claim)
        assert caught.value.trouble is Trouble.FN_AHEAD
        assert session.made is None
        assert [slot.last_fd for slot in await scene.slots()] == [2, 2]
        assert await scene.waiting() == {"QUEUED": 1, "REGISTERING": 1}
        assert await other.next_receipt() is None  # the whole merchant waits
        for each in (session, other):
            await each.kkt.close()
