"""Restorations of many events on the command line: previewed, done, stopped by a mistake and gone on with."""

import json
from pathlib import Path
from typing import Any

from tests.acceptance.ordering import command
from tests.storage.scene import payment
from tests.world import World, world


def order(scene: World, folder: Path, *events: Any) -> str:
    """A file that asks for these events to be restored."""
    file = folder / "order.json"
    file.write_text(json.dumps({"date": scene.clock.now().date().isoformat(), "replay": list(events)}))
    return str(file)


async def job(scene: World, *words: str) -> tuple[int | None, Any]:
    """Exit code and the job that a command of the family answers."""
    code, said = await command(scene, "restoration-jobs", *words, "--json")
    return code, json.loads(said.splitlines()[-1])


async def test_a_file_is_previewed_and_restored_once(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.post([], [{"id": "A1"}])
        file = order(scene, tmp_path, payment("l1"), payment("l2"))
        code, said = await command(scene, "restoration-jobs", "begin", file, "--dry-run")
        assert (code, (await scene.counts()).computed) == (0, 0), said
        assert "PREVIEWED, 2 of 2 events" in said
        assert "2 documents would be issued" in said
        code, done = await job(scene, "begin", file, "--by", "Иванова")
        assert (code, done["state"], done["documents"], (await scene.counts()).computed) == (0, "FINISHED", 2, 2)
        assert (await job(scene, "begin", file, "--by", "Иванова"))[1]["id"] == done["id"]
        assert "console Иванова" in await scene.db_values("select actor from fiscal.audit")
        assert (await job(scene, "show", done["id"])) == (0, done)
        assert [one["state"] for one in (await job(scene, "list"))[1]] == ["FINISHED", "PREVIEWED"]
        code, said = await command(scene, "restoration-jobs", "cancel", done["id"])
        assert (code, "FINISHED cannot be cancelled" in said) == (1, True), said


async def test_what_cannot_be_restored_stops_the_job_or_is_left_out(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        await scene.post([], [{"id": "A1"}])
        file = order(scene, tmp_path, payment("l1"), payment("l2", "A2"))
        code, said = await command(scene, "restoration-jobs", "begin", file)
        assert (code, (await scene.counts()).computed) == (1, 0), said
        assert "FAILED, 0 of 2 events" in said
        assert "replay[1].account: unknown_account" in said
        [failed] = (await job(scene, "list"))[1]
        await scene.post([], [{"id": "A2"}])
        code, done = await job(scene, "resume", failed["id"])
        assert (code, done["state"], (await scene.counts()).computed) == (0, "FINISHED", 2)
        other = order(scene, tmp_path, payment("l3"), payment("l4", "nobody"))
        code, done = await job(scene, "begin", other, "--skip")
        assert (code, done["refused"], done["documents"]) == (0, 1, 1)


async def test_a_file_or_a_job_that_is_none_is_told(database: str, tmp_path: Path) -> None:
    async with world(database, tmp_path) as scene:
        wrong = tmp_path / "wrong.json"
        wrong.write_text('{"date": "2026-10-20"}')
        code, said = await command(scene, "restoration-jobs", "begin", str(wrong))
        assert (code, "replay" in said) == (2, True), said
        for move in ("show", "resume", "cancel"):
            code, said = await command(scene, "restoration-jobs", move, "17")
            assert (code, "there is no restoration job 17" in said) == (1, True), said
