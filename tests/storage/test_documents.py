"""What devices made is stored once: one FD number, one document; a stale owner's word counts for nothing."""

import re
from collections.abc import AsyncIterator
from datetime import datetime

import asyncpg
import msgspec
import pytest

from fiscal_server.storage import kkts, leases, queue, slots
from fiscal_server.storage.queue import DocumentRow, Owner
from tests.storage.scene import NOW, Shop, open_shop, payment


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as opened:
        yield opened


async def intend(shop: Shop, owner: Owner) -> int:
    """Claim the next receipt with its intent, as the dispatcher does."""
    async with shop.db.write() as db:
        (found,) = await queue.claim_receipts(db, shop.merchant.id, await shop.cassette_id(), [owner.kkt_id], NOW)
    return found.receipt_id


async def document(shop: Shop, owner: Owner, receipt_id: int, fd_number: int) -> DocumentRow:
    fn_number = await shop.value("select fn_number from fiscal.kkt where id = $1", owner.kkt_id)
    return DocumentRow(
        merchant_id=shop.merchant.id, kkt_id=owner.kkt_id, id=receipt_id, form=3, fn_number=fn_number,
        fd_number=fd_number, fiscal_sign=4_000_000_000, issued_at=datetime(2026, 10, 20, 12, 0), total_kopecks=45_000,  # noqa: DTZ001
        receipt_id=receipt_id,
    )  # fmt: skip


async def record(shop: Shop, row: DocumentRow) -> dict[int, bool]:
    owner = Owner(
        row.merchant_id,
        row.kkt_id,
        await shop.value("select lease_generation from fiscal.kkt where id = $1", row.kkt_id),
    )
    async with shop.db.write() as db:
        return {k.kkt_id: k.receipt_left for k in await queue.record_documents(db, [owner], [row], NOW) if k.moved}


async def test_a_document_takes_its_receipt_out_of_the_queue_and_the_intent_away(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("p1")], ["A1"])
    receipt_id = await intend(shop, kkt)
    assert await record(shop, await document(shop, kkt, receipt_id, 2)) == {kkt.kkt_id: True}
    assert (await shop.counts())["queue"] == 0
    assert await shop.rows("select from fiscal.intent") == []
    assert await shop.value("select last_fd from fiscal.kkt") == 2


@pytest.mark.parametrize("fd_number", [1, 3])
async def test_a_number_that_does_not_follow_the_last_one_is_not_stored(shop: Shop, fd_number: int) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("p1")], ["A1"])
    receipt_id = await intend(shop, kkt)
    assert await record(shop, await document(shop, kkt, receipt_id, fd_number)) == {}
    assert await shop.rows("select from fiscal.fiscal_document") == []
    assert (await shop.counts())["queue"] == 1


async def test_a_second_document_of_the_same_number_is_refused(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("p1", "A1"), payment("p2", "A2")], ["A1", "A2"])
    first = await intend(shop, kkt)
    await record(shop, await document(shop, kkt, first, 2))
    second = await intend(shop, kkt)
    assert await record(shop, await document(shop, kkt, second, 2)) == {}
    assert await shop.value("select id from fiscal.fiscal_document") == first
    assert await shop.value("select state::text from fiscal.queue") == "REGISTERING"


async def test_another_fn_in_the_slot_moves_nothing(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("p1")], ["A1"])
    row = await document(shop, kkt, await intend(shop, kkt), 2)
    assert await record(shop, msgspec.structs.replace(row, fn_number="9999078900099999")) == {}


async def test_a_receipt_cannot_get_a_second_document(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("p1")], ["A1"])
    row = await document(shop, kkt, await intend(shop, kkt), 2)
    await record(shop, row)
    with pytest.raises(asyncpg.UniqueViolationError):
        await record(shop, msgspec.structs.replace(row, fd_number=3))
    assert await shop.value("select last_fd from fiscal.kkt") == 2


async def test_a_document_of_a_receipt_that_another_kkt_makes_leaves_it_in_the_queue(shop: Shop) -> None:
    one, other = await shop.add_kkts(2)
    await shop.post([payment("p1")], ["A1"])
    receipt_id = await intend(shop, one)
    moved = await record(shop, await document(shop, other, receipt_id, 2))
    assert moved == {other.kkt_id: False}
    assert (await shop.counts())["queue"] == 1


async def test_an_owner_of_an_older_generation_locks_nothing(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    async with shop.db.write() as db:
        (newer,) = await leases.take_leases(db, 0, 50_000, await leases.kkts_in_service(db), NOW)
    assert newer.generation == kkt.generation + 1
    async with shop.db.write() as db:
        assert await queue.lock_owned_kkts(db, [kkt]) == []
        assert [one.kkt_id for one in await queue.lock_owned_kkts(db, [newer])] == [kkt.kkt_id]


async def test_an_owner_of_an_older_generation_records_and_renews_nothing(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("p1")], ["A1"])
    made = await document(shop, kkt, await intend(shop, kkt), 2)
    async with shop.db.write() as db:
        await leases.take_leases(db, 1, 50_000, await leases.kkts_in_service(db), NOW)
        assert await queue.record_documents(db, [kkt], [made], NOW) == []
        await slots.record_condition(db, kkt, slots.Condition(5, None, 1), NOW)
        assert await leases.renew_leases(db, [kkt]) == set()
        await kkts.record_confirmations(db, [(kkt, 1, 0)], NOW)
        assert await leases.release_leases(db, [kkt]) == 0
    (row,) = await shop.rows("select documents_left, last_fd, acked_fd, lease_node, lease_beat from fiscal.kkt")
    assert tuple(row) == (None, 1, 0, 1, 0)
    assert (await shop.counts())["queue"] == 1


async def test_a_lease_that_was_renewed_since_it_was_seen_is_not_taken(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    async with shop.db.write() as db:
        seen = await leases.kkts_in_service(db)
        assert await leases.renew_leases(db, [kkt]) == {kkt.kkt_id}
        assert await leases.take_leases(db, 1, 50_000, seen, NOW) == []
        assert await leases.take_one(db, kkt.merchant_id, kkt.kkt_id, 50_000, seen[0].mark, NOW) is None
        (taken,) = await leases.take_leases(db, 1, 50_000, await leases.kkts_in_service(db), NOW)
    assert taken.generation == kkt.generation + 1


async def test_one_kkt_has_one_intent_at_a_time(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("p1")], ["A1"])
    await intend(shop, kkt)
    with pytest.raises(asyncpg.UniqueViolationError):
        async with shop.db.write() as db:
            await queue.write_intents(db, [(kkt, 2)], NOW)


async def test_confirmations_come_in_the_order_of_documents(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts(last_fd=0)
    await shop.post([payment("p1", "A1"), payment("p2", "A2")], ["A1", "A2"])
    for fd_number in (1, 2):
        await record(shop, await document(shop, kkt, await intend(shop, kkt), fd_number))
    reached: list[int] = []
    async with shop.db.write() as db:
        for fd_number in (2, 1, 1, 2):
            await kkts.record_confirmations(db, [(kkt, fd_number, 0)], NOW)
            reached.append(await db.fetchval("select acked_fd from fiscal.kkt"))
    assert reached == [0, 1, 1, 2]
    assert await shop.value("select count(*) from fiscal.ofd_exchange") == 2


async def test_two_cassettes_of_a_merchant_cannot_have_one_name(shop: Shop) -> None:
    await shop.add_kkts()
    with pytest.raises(asyncpg.UniqueViolationError):
        async with shop.db.write() as db:
            await kkts.add_cassette(db, shop.merchant.id, shop.db.ids.next(), "main")


async def test_receipts_that_came_before_the_cassette_are_routed_to_it(shop: Shop) -> None:
    await shop.post([payment("p1")], ["A1"])
    assert await shop.value("select state::text from fiscal.queue") == "COMPUTED"
    (kkt,) = await shop.add_kkts()
    async with shop.db.write() as db:
        await queue.route_receipts(db, shop.merchant.id, await shop.cassette_id(), NOW)
    assert await intend(shop, kkt)


async def test_a_receipt_moves_only_from_the_state_that_is_expected(shop: Shop) -> None:
    (kkt,) = await shop.add_kkts()
    await shop.post([payment("p1")], ["A1"])
    receipt_id = await intend(shop, kkt)
    states: list[str] = []
    async with shop.db.write() as db:
        where = (shop.merchant.id, receipt_id, kkt.kkt_id, NOW)
        for move in (queue.mark_uncertain, queue.mark_uncertain, queue.release_receipt, queue.mark_uncertain):
            await move(db, *where)
            states.append(await db.fetchval("select state::text from fiscal.queue"))
        await queue.park_receipt(db, kkt, receipt_id, "no", NOW)
        states.append(await db.fetchval("select state::text from fiscal.queue"))
    assert states == ["UNCERTAIN", "UNCERTAIN", "QUEUED", "QUEUED", "QUEUED"]


async def plan_of(shop: Shop, name: str, sql: str, types: str, *arguments: object) -> str:
    """As it is run again and again, with nothing known of its values."""

    def literal(value: object) -> str:
        if not isinstance(value, list):
            return f"'{value}'"
        return "'{" + ",".join("null" if one is None else f'"{one}"' for one in value) + "}'"

    async with shop.db.write() as db:
        await db.execute(f"prepare {name} ({types}) as {sql}")
        await db.execute("set local plan_cache_mode = force_generic_plan")
        called = f"execute {name} ({', '.join(map(literal, arguments))})"
        lines = await db.fetch(f"explain (analyze, timing off, costs off) {called}")
        await db.execute(f"deallocate {name}")
    return "\n".join(line[0] for line in lines)


async def test_a_registered_receipt_leaves_the_queue_by_its_key_before_there_are_statistics(shop: Shop) -> None:
    """Its state fits the condition of the account index: PostgreSQL searched that one, account by account."""
    (kkt,) = await shop.add_kkts(last_fd=0)
    await shop.post([payment("p1", "A1")], ["A1"])
    row = await document(shop, kkt, await intend(shop, kkt), 1)
    types = (
        "bigint[], bigint[], bigint[], smallint[], text[], int[], bigint[], timestamp[], int[], int[], bigint[],"
        " bigint[], timestamptz, bigint[], bigint[], bigint[]"
    )
    columns = [[value] for value in msgspec.structs.astuple(row)]
    owner = [[value] for value in msgspec.structs.astuple(kkt)]
    plan = await plan_of(shop, "record", queue.SQL["record_documents"], types, *columns, NOW, *owner)
    assert "queue_pkey on queue" in plan, plan
    assert "queue_account" not in plan, plan


async def test_confirmations_of_a_group_read_their_own_documents_only(shop: Shop) -> None:
    """Planned as one join, every document of an FN was read for each of them."""
    kkts_of_group = await shop.add_kkts(4, last_fd=0)
    accounts = [f"A{n}" for n in range(24)]
    await shop.post([payment(f"p{n}", code) for n, code in enumerate(accounts)], accounts)
    for fd_number in range(1, 7):
        for kkt in kkts_of_group:
            await record(shop, await document(shop, kkt, await intend(shop, kkt), fd_number))
    told = [(kkt.merchant_id, kkt.kkt_id, kkt.generation, fd, 0) for kkt in kkts_of_group for fd in range(1, 7)]
    columns = [list(column) for column in zip(*told, strict=True)]
    types = "bigint[], bigint[], bigint[], int[], smallint[], timestamptz"
    plan = await plan_of(shop, "confirm", kkts.SQL["record_confirmations"], types, *columns, NOW)
    scans = re.findall(r"Index.* on fiscal_document_\S+ .*\(actual rows=([\d.]+) loops=(\d+)\)", plan)
    assert sum(float(rows) * int(loops) for rows, loops in scans) == len(told), plan
