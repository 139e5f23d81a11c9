"""Random misfortunes on every wire: each order is in the archive exactly once or never, as its caller believes.

The caller repeats what was not done, and where he cannot know he reads the FN first (FN protocol 13). A failure prints
its seed; the same seed gives the same misfortunes, though not always at the same moment: time is real here.
"""

import asyncio
import random
from pathlib import Path

import pytest

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.emulator.faults import Fault, FaultPlan
from kkt_drivers.errors import KktOutcomeUnknown, KktUnavailable
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.kkt import Kkt
from tests.unit.emulator.fn_stand import Stand, order
from tests.unit.emulator.fn_wires import WIRES
from tests.waiting import let_others_run

TIMEOUT_MS = 150  # a busy machine needs some for a USB packet of one byte
CHANCES = {
    Fault.LOSE_ANSWER: 0.02,
    Fault.LOSE_REQUEST: 0.02,
    Fault.GARBLE_ANSWER: 0.03,
    Fault.ANSWER_TWICE: 0.03,
    Fault.STALL: 0.02,  # beyond the driver's patience: a late answer
    Fault.POWER_OFF_BEFORE_WRITE: 0.02,
    Fault.POWER_OFF_AFTER_WRITE: 0.02,
    Fault.UNPLUG: 0.02,
}
PATIENCE_S = 60.0
"""For one order; misfortunes that last longer do not end."""


def stand_on(wire: str, folder: Path) -> Stand:
    folder.mkdir()
    return Stand(wire, FfdVersion.FFD_1_2, folder)


async def live_on(wire: str, folder: Path, seed: int, orders: int) -> None:
    stand = stand_on(wire, folder)
    try:
        await run_with_misfortunes(stand, seed, orders)
    finally:
        await stand.stop()


async def get_ready(stand: Stand) -> None:
    """Nothing is wrong yet, but a busy machine may be late with its first answer; then nothing was begun."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                return await stand.ready()
            except KktUnavailable:
                continue


async def run_with_misfortunes(stand: Stand, seed: int, orders: int) -> None:
    dice = random.Random(seed)
    stand.ffd = dice.choice((FfdVersion.FFD_1_05, FfdVersion.FFD_1_2))
    await stand.start()
    await get_ready(stand)
    await stand.stop()
    plan = FaultPlan(seed=seed, probabilities=CHANCES, ms=TIMEOUT_MS + TIMEOUT_MS // 2)
    kkt = await stand.start_with(plan, timeout_ms=TIMEOUT_MS, enq=dice.random() < 0.7)
    believed: list[str] = []
    for number in range(orders):
        disturb_bridge(stand, dice)
        receipt_id = f"order {number}"
        if await make(kkt, stand, receipt_id, gives_up=dice.random() < 0.3):
            believed.append(receipt_id)
    made = [receipt_id_of(entry.tlv) for entry in stand.archive() if entry.form == DocumentForm.RECEIPT]
    assert made == believed, f"seed {seed} over {stand.wire}"


async def make(kkt: Kkt, stand: Stand, receipt_id: str, *, gives_up: bool) -> bool:
    """True: the receipt exists. A caller who ``gives_up`` does not repeat what was not done."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                await kkt.register_receipt(order(receipt_id), stand.at)
                return True
            except KktUnavailable:
                await let_others_run()
            except KktOutcomeUnknown:
                if await id_of_last_document(kkt) == receipt_id:
                    return True
            if gives_up:
                return False


async def id_of_last_document(kkt: Kkt) -> str | None:
    """What stands in the FN's last document, however often its answers are lost."""
    while True:
        try:
            last = await kkt.read_document((await kkt.status()).last_fd_number)
        except KktUnavailable:
            await let_others_run()
            continue
        return receipt_id_of(last.tlv or b"")


def disturb_bridge(stand: Stand, dice: random.Random) -> None:
    """What USB adds by itself: short and empty packets, stalled pipes."""
    bridge = stand.plugs.bridge
    if bridge is None:
        return
    bridge.payload_limit = dice.choice((1, 3, 62, 1 << 16))
    bridge.empty_transfers = dice.choice((0, 0, 1, 4))
    if dice.random() < 0.2:
        bridge.stalled.add(dice.choice((0x81, 0x01, 0x02)))


async def test_each_order_is_made_once_or_never_as_its_caller_believes(tmp_path: Path) -> None:
    """All wires at once: each mostly waits for what was lost."""
    async with asyncio.TaskGroup() as group:
        for wire in WIRES:
            for seed in (1, 2):
                group.create_task(live_on(wire, tmp_path / f"{wire}-{seed}", seed, orders=12))


@pytest.mark.proof
@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("seed", range(100, 112))
async def test_each_order_is_made_once_or_never_in_long_runs(tmp_path: Path, wire: str, seed: int) -> None:
    await live_on(wire, tmp_path / wire, seed, orders=60)
