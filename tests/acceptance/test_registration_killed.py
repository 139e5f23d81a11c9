"""A real dispatch process killed while it registers a KKT anew: one report, and the answer tells of it."""

import itertools
import signal
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fiscal_server.storage import kkts, requests
from fiscal_server.storage.registration_changes import Reason, RegistrationChange
from tests.acceptance.deadly import Deadly
from tests.acceptance.node_process import NodeProcess, database_cable
from tests.storage.scene import RULES
from tests.world import World, world

LIVES_AT_LEAST = 8
"""Number, round, lease, recovery, the pause, the number of the report, the report, its answer."""


async def order(scene: World) -> int:
    """Another place of settlements, for the only KKT; the number of the order."""
    change = RegistrationChange(
        reasons=(Reason.PLACE,), user_name="Пример", address="Москва", place="https://pay.example", taxation_systems=1,
        ofd_inn="7700000000", ofd_name="Эмулятор ОФД", ofd_address=scene.ofd_address,
        sender_email=RULES.get("email") or "none",
    )  # fmt: skip
    [slot] = await scene.slots()
    number = scene.db.ids.next()
    async with scene.db.write() as db:
        await requests.add_request(
            db, number, slot.merchant_id, slot.id, "re_register", scene.clock.now(), asked_by="Иванова",
            reason="новый сайт", details=msgspec.to_builtins(change),
        )  # fmt: skip
        await kkts.announce_kkts(db)
    return number


@pytest.mark.parametrize("carried_out", [False, True])
async def test_a_node_killed_between_the_command_and_its_answer_reports_once(
    database: str, tmp_path: Path, carried_out: bool
) -> None:
    async with world(database, tmp_path) as scene:
        process = NodeProcess(tmp_path, database, 1)
        Deadly.lurk(lambda: process.signal(signal.SIGKILL), carried_out=carried_out)
        await scene.boxes[0].restart(wire=Deadly)
        await scene.pay(1)
        number = await order(scene)
        try:
            await process.start()
            assert await process.ended() == -signal.SIGKILL, process.log()
            assert (len(reports(scene)), await answer(scene, number)) == (int(carried_out), None)
            await process.start()
            await check_reported(scene, number)
            await process.stop()
        finally:
            await process.kill()
        assert Deadly.met == (1 if carried_out else 2)


async def answer(scene: World, number: int) -> Any:
    """What came of the order; None: nobody has answered it."""
    async with scene.db.read() as db:
        finished_at, given = await requests.read_request(db, scene.merchant.id, number)
    return None if finished_at is None else given


async def check_reported(scene: World, number: int) -> None:
    """The order is answered by and by with the one report that there is, and receipts go on."""

    async def answered() -> bool:
        return await answer(scene, number) is not None

    await scene.until(answered)
    await scene.pay(1, start=1)
    await scene.until_delivered()
    done = (await answer(scene, number))["done"]["re_registered"]
    [made] = reports(scene)
    assert (done["fd_number"], done["fiscal_sign"]) == made
    assert await scene.db_values("select paused_since from fiscal.kkt") == [None]
    await scene.check_clean()


async def killed_at_commits(database: str, folder: Path, lasts: Iterable[tuple[int, bool]]) -> tuple[int, int]:
    """Lives killed each at a commit of its own until the order is answered; then one that lives.

    Gives how many were killed, and how many of them left a report without its answer.
    """
    async with world(database, folder) as scene, database_cable(database) as (wire, way):
        await scene.pay(1)
        process = NodeProcess(folder, way, 1)
        number, lives, unanswered = await order(scene), 0, 0
        wire.at_last = lambda: process.signal(signal.SIGKILL)
        try:
            for last, heard in lasts:
                wire.mend()
                wire.commits, wire.last, wire.answered = 0, last, heard
                await process.start()
                assert await process.ended() == -signal.SIGKILL, process.log()
                lives += 1
                if await answer(scene, number) is not None:
                    break
                unanswered += len(reports(scene))
            wire.last = None
            wire.mend()
            await process.start()
            await check_reported(scene, number)
            await process.stop()
        finally:
            await process.kill()
    return lives, unanswered


def reports(scene: World) -> list[tuple[int, int]]:
    """FD number and sign of every report of changes in the FN's own memory."""
    return [(one.fd_number, one.fiscal_sign) for one in scene.boxes[0].archive() if one.form == 11]


@pytest.mark.proof
@pytest.mark.parametrize("heard", [False, True])
async def test_a_node_killed_at_every_commit_reports_a_change_once(database: str, tmp_path: Path, heard: bool) -> None:
    lives, unanswered = await killed_at_commits(database, tmp_path, ((last, heard) for last in itertools.count(1)))
    assert lives >= LIVES_AT_LEAST
    assert unanswered >= 1
