"""The demo counts twice; here the two ways are made to differ, so that agreeing means something."""

from datetime import date
from pathlib import Path

import msgspec

from fiscal_server.demo.audit import Numbers, ReceiptNumbers, disagreements, read_numbers
from fiscal_server.demo.devices import EmulatedOperator, EmulatedSlot
from fiscal_server.demo.world import make_companies
from tests.world import World, world


def slots_of(scene: World) -> list[EmulatedSlot]:
    return [EmulatedSlot("fn", box.number, box.port, box.memory) for box in scene.boxes]


def with_receipts(numbers: Numbers, **changes: int) -> Numbers:
    receipts: ReceiptNumbers = msgspec.structs.replace(numbers.receipts, **changes)
    return msgspec.structs.replace(numbers, receipts=receipts)


async def test_the_two_ways_of_counting_agree_or_say_where_not(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.pay(4)
        async with scene.dispatching():
            await scene.until_delivered()
        numbers, slots = await read_numbers(scene.db), slots_of(scene)
        operator = EmulatedOperator(0, tmp_path / "operator.log")
        assert numbers.receipts == ReceiptNumbers(computed=4, registered=4, ofd_acked=4, refused=0, uncertain=0)
        assert disagreements(numbers, slots, operator) == []
        assert disagreements(with_receipts(numbers, registered=5), slots, operator)
        assert disagreements(with_receipts(numbers, ofd_acked=3), slots, operator)
        twice = [*slots, *slots]
        assert any("2 times" in sentence for sentence in disagreements(numbers, twice, operator))
        assert disagreements(numbers, [], operator)


def test_the_same_seed_gives_the_same_month() -> None:
    today = date(2026, 11, 21)
    assert make_companies(50, today, 54) == make_companies(50, today, 54)
    assert make_companies(50, today, 54) != make_companies(50, today, 55)
    declared = [body.get("accounts", []) for company in make_companies(500, today, 54) for body in company.batches]
    assert sum(len(accounts) for accounts in declared) == 500
