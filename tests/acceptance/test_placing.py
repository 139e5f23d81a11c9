"""Documents of FNs find their receipts by content, however many there are of each."""

import time
from collections import Counter
from pathlib import Path

import msgspec

from accounting.receipts.codes import FfdVersion
from fiscal_server.dispatch.placing import link_by_content
from fiscal_server.dispatch.session import RECEIPT_DECODER
from kkt_drivers.ffd.receipt import receipt_records
from kkt_drivers.kkt import ReceiptOrder
from tests.world import World, world

FEW, MANY = 400, 3_200


async def found_in_fn(scene: World) -> int:
    """Every receipt that waits was made by the FN too, under an id that these books never knew."""
    [slot] = await scene.slots()
    async with scene.db.write() as db:
        waiting = await db.fetch(
            "select r.id, r.sign, r.total_kopecks, r.body from fiscal.queue q"
            " join fiscal.receipt r on r.merchant_id = q.merchant_id and r.id = q.receipt_id"
        )
        first_fd = 1 + await db.fetchval("select coalesce(max(fd_number), 1) from fiscal.fiscal_document")
        now, rows = scene.clock.now(), []
        for fd_number, row in enumerate(waiting, first_fd):
            receipt = RECEIPT_DECODER.decode(row["body"])
            order = ReceiptOrder(
                receipt=receipt, receipt_id=str(fd_number), receipt_id_tag=1084, cashier="", place="", address=""
            )
            tlv = b"".join(receipt_records(order, FfdVersion(slot.ffd)))
            rows.append((scene.merchant.id, slot.fn_number, fd_number, row["sign"], row["total_kopecks"], tlv, now))
        await db.executemany(
            "insert into fiscal.adopted_receipt values ($1, $2, $3, 'x', $4, $5, $6, null, null, $7)", rows
        )
        await db.executemany(
            "insert into fiscal.fiscal_document (merchant_id, id, kkt_id, form, fn_number, fd_number, fiscal_sign,"
            " issued_at, total_kopecks, recorded_at) values ($1, $2, $3, 3, $4, $5, 1, $6, $7, $8)",
            [(r[0], scene.db.ids.next(), slot.id, r[1], r[2], now.replace(tzinfo=None), r[4], now) for r in rows],
        )
    return len(rows)


async def cost_of_placing(scene: World, count: int, start: int) -> float:
    """Seconds of this process for so many equal receipts, as providers sell them."""
    await scene.pay(count, start=start)
    assert await found_in_fn(scene) == count
    began = time.process_time()
    assert await link_by_content(scene.db, scene.merchant.id) == count
    spent = time.process_time() - began
    assert await scene.waiting() == {}
    return spent


async def test_eight_times_the_documents_cost_eight_times_the_work(database: str, tmp_path: Path) -> None:
    """Every document was compared with every receipt of its sum: sixty-four times."""
    async with world(database, tmp_path) as scene:
        few = await cost_of_placing(scene, FEW, 0)
        many = await cost_of_placing(scene, MANY, FEW)
        assert many < 24 * few
        report = Counter(await scene.db_values("select receipt_id is not null from fiscal.adopted_receipt"))
        assert report == {True: FEW + MANY}


async def test_a_document_takes_no_receipt_that_says_something_else(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(1)
        assert await found_in_fn(scene) == 1
        body = msgspec.msgpack.encode(
            msgspec.structs.replace(
                RECEIPT_DECODER.decode((await scene.db_values("select body from fiscal.receipt"))[0]),
                contact="+79990000000",
            )
        )
        await scene.change("update fiscal.receipt set body = $1", body)
        assert await link_by_content(scene.db, scene.merchant.id) == 0
        assert await scene.waiting() == {"QUEUED": 1}
