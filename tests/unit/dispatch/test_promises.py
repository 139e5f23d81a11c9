"""A receipt that is begun on the device while its intent is being committed, and what must wait for the commit."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from accounting.receipts.codes import DocumentForm
from fiscal_server.dispatch.session import KktSession
from tests.unit.dispatch.desk import journal_of, sit_down
from tests.waiting import wait_until_async
from tests.world import World, world

GATE = 54
"""The advisory lock for which commits wait."""

HELD = f"perform pg_advisory_xact_lock({GATE})"
REFUSED = "raise exception 'no room for a commit'"


async def at_each_commit(scene: World, what: str) -> None:
    """PostgreSQL does this at the end of a transaction that writes an intent, behind its last statement."""
    await scene.change(f"create function at_commit() returns trigger language plpgsql as $$ begin {what};"
                       " return null; end $$")  # fmt: skip
    await scene.change("create constraint trigger at_commit after insert on fiscal.intent deferrable initially deferred"
                       " for each row execute function at_commit()")  # fmt: skip


async def open_shift(session: KktSession) -> None:
    await session.make(DocumentForm.SHIFT_OPENING, lambda at: session.kkt.open_shift(at, "КАССИР"))


async def test_nothing_is_created_before_its_intent_is_committed(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, journal_of(scene) as journal:
        session = await sit_down(scene, journal)
        await open_shift(session)
        await scene.pay(1)
        await at_each_commit(scene, HELD)
        asked: list[str] = []
        session.kkt.guard(lambda: asked.append("may I?"))
        async with scene.db.write() as gate:
            await gate.execute("select pg_advisory_xact_lock($1)", GATE)
            claim = await session.next_receipt()
            assert claim is not None
            made = asyncio.ensure_future(session.make_receipt(claim))

            async def handed_over() -> bool:
                return len(asked) == 2

            await wait_until_async(handed_over)
            assert await scene.waiting() == {"QUEUED": 1}
            assert not made.done()
        await made
        assert len(asked) == 3
        assert session.made is not None
        assert session.made.receipt_id == claim.receipt_id
        await session.kkt.close()


async def test_a_commit_that_fails_takes_back_what_was_begun(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene, journal_of(scene) as journal:
        session = await sit_down(scene, journal)
        await open_shift(session)
        await scene.pay(1)
        await at_each_commit(scene, REFUSED)
        claim = await session.next_receipt()
        assert claim is not None
        with pytest.raises(asyncpg.RaiseError, match="no room"):
            await session.make_receipt(claim)
        status = await session.kkt.status()
        assert (status.open_document, status.last_fd_number) == (0, 2)
        assert await scene.waiting() == {"QUEUED": 1}
        assert await scene.db_values("select receipt_id from fiscal.intent") == []
        await session.kkt.close()


async def test_whoever_fails_at_the_device_hears_of_the_commit_first(database: str, tmp_path: Path) -> None:
    """Else a receipt that never became ours would be given back, and what it was promised with forgotten."""
    async with world(database, tmp_path) as scene, journal_of(scene) as journal:
        session = await sit_down(scene, journal)
        await open_shift(session)
        await scene.pay(1)
        await at_each_commit(scene, REFUSED)
        claim = await session.next_receipt()
        assert claim is not None
        session.lease.until = session.rooms.clock.monotonic()
        with pytest.raises(asyncpg.RaiseError, match="no room"):
            await session.make_receipt(claim)
        await session.kkt.close()


async def test_the_next_group_does_not_wait_for_the_commit_of_the_one_before(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=3, parallel=3) as scene, journal_of(scene) as journal:
        first, second, third = [await sit_down(scene, journal, slot) for slot in (1, 2, 3)]
        await scene.pay(3)
        await at_each_commit(scene, HELD)
        async with scene.db.write() as gate:
            await gate.execute("select pg_advisory_xact_lock($1)", GATE)
            claims = [await first.next_receipt(), await second.next_receipt()]
            waiting = asyncio.ensure_future(third.next_receipt())  # two commits are enough at once
            committed = [asyncio.ensure_future(one.committed()) for one in (first, second)]
            assert await scene.waiting() == {"QUEUED": 3}
            assert not waiting.done()
            assert [one.done() for one in committed] == [False, False]
        await asyncio.gather(*committed)
        claims.append(await waiting)
        await third.committed()
        assert len({claim.receipt_id for claim in claims if claim is not None}) == 3
        assert await scene.waiting() == {"REGISTERING": 3}
        for session in (first, second, third):
            await session.kkt.close()
