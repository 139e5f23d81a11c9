"""Several merchants share a box of FNs and one dispatcher, and nothing of theirs is mixed."""

from pathlib import Path

from fiscal_server.dispatch.enrol import Enrolment, Papers, enrol, registration_of
from fiscal_server.new_merchant import NewMerchant, create_merchant
from fiscal_server.storage.merchants import MerchantRow
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.ffd.rnm import registration_number
from tests.storage.scene import RULES
from tests.world import FnBox, World, world

OTHER_INN = "7700000023"


async def move_in(scene: World, box: FnBox, serial: str) -> MerchantRow:
    """Another merchant, with a cassette of one FN of the same box."""
    rules = {**RULES, "inn": OTHER_INN}
    given = NewMerchant(name="Сосед", rules=rules, place="https://neighbour.example", address="Тверь")
    merchant = await create_merchant(scene.db, given)
    papers = Papers(
        serial=serial,
        registration_number=registration_number("0000000002", OTHER_INN, serial),
        ofd_inn="7700000000",
        ofd_name="Эмулятор ОФД",
    )
    [operator] = set(await scene.db_values("select ofd_address from fiscal.kkt"))
    enrolment = Enrolment(
        merchant_id=merchant.id,
        cassette="main",  # as its neighbour calls his
        address=box.address,
        ofd_address=operator,
        registration=registration_of(merchant, papers),
    )
    await enrol(scene.db, scene.clock, enrolment)
    return merchant


async def test_merchants_that_share_a_box_make_receipts_on_their_own_fns_only(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path, fns=2, capacity=30) as scene:
        box = FnBox(tmp_path, 3, ffd=4, capacity=30, message_area_kib=32_768)
        await box.start()
        first, second = scene.merchant, await move_in(scene, box, "00000003")
        scene.boxes.append(box)
        await scene.pay(30)
        scene.merchant = second
        await scene.pay(30, kopecks=77_700)
        async with scene.dispatching():

            async def all_that_fits() -> bool:
                slots = [(slot.merchant_id, slot.state) for slot in await scene.slots()]
                left = await scene.db_values("select distinct merchant_id from fiscal.queue")
                return left == [second.id] and (second.id, "CLOSED") in slots

            await scene.until(all_that_fits)
        # The neighbour's FN is full and his receipts wait; the free memory of the first one is not touched.
        totals = [{entry.total_kopecks for entry in one.receipts()} for one in scene.boxes]
        assert totals == [{45_000}, {45_000}, {77_700}]
        assert (await scene.waiting())["QUEUED"] == 30 - len(box.receipts())
        owners = dict.fromkeys(
            await scene.db_values(f"select id from fiscal.receipt where merchant_id = {first.id}"), first.id
        )
        for one in scene.boxes[:2]:
            assert all(owners[int(receipt_id_of(entry.tlv) or 0)] == first.id for entry in one.receipts())
        assert not {int(receipt_id_of(entry.tlv) or 0) for entry in box.receipts()} & owners.keys()
        rotations = (
            "select k.merchant_id = r.merchant_id from fiscal.rotation r join fiscal.kkt k on k.id = r.to_kkt_id"
        )
        assert await scene.db_values(rotations) == [True]
