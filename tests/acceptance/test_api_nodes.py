"""Nodes over HTTP and on the command line: how they stand, draining and resuming, and who may."""

from pathlib import Path

import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.commands import nodes as command
from fiscal_server.commands.keys import create_api_key
from fiscal_server.storage.nodes import NodeClaim, beat, claim_node, list_nodes, read_node, stop_node
from tests.acceptance.site import Site, check_problem, open_site


async def claim(site: Site, number: int) -> int:
    """A process becomes this node."""
    now = site.shop.clock.now()
    async with site.shop.db.write() as db:
        seen = await read_node(db, number)
        told = NodeClaim(number, 50_000, None, f"host-{number}", 100 + number, "1.0")
        incarnation = await claim_node(db, told, seen, now)
    assert incarnation is not None
    return incarnation


async def be_operations(site: Site) -> None:
    key = await create_api_key(site.shop.db, site.shop.merchant.id, "operations", operations=True)
    site.headers = {"Authorization": f"Bearer {key}"}


async def states(site: Site) -> dict[int, str]:
    return {node["number"]: node["state"] for node in (await site.get("/v1/nodes")).json()["nodes"]}


async def test_nodes_are_seen_and_drained_over_http(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        await be_operations(site)
        assert await states(site) == {}
        first, second = await claim(site, 1), await claim(site, 2)
        [kkt] = await site.shop.add_kkts()
        async with site.shop.db.write() as db:
            await db.execute("update fiscal.kkt set lease_node = 1 where id = $1", kkt.kkt_id)
            assert await beat(db, 1, first, "lock", site.shop.clock.now()) is False
        assert await states(site) == {1: "working", 2: "working"}
        drained = await site.client.post("/v1/nodes/1/drain", headers=site.headers)
        assert (drained.status_code, drained.json()["state"], drained.json()["kkts"]) == (202, "draining", 1)
        async with site.shop.db.write() as db:
            assert await beat(db, 1, first, "lock", site.shop.clock.now()) is True
            await db.execute("update fiscal.kkt set lease_node = null")
            await stop_node(db, 2, second, site.shop.clock.now())
        assert await states(site) == {1: "drained", 2: "stopped"}
        await claim(site, 1)
        assert await states(site) == {1: "drained", 2: "stopped"}, "a restart does not resume"
        resumed = await site.client.post("/v1/nodes/1/resume", headers=site.headers)
        assert resumed.json()["state"] == "working"
        await site.shop.clock.advance(61)
        assert await states(site) == {1: "silent", 2: "stopped"}


async def test_a_key_of_billing_has_no_say_over_nodes(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        await claim(site, 1)
        check_problem(await site.get("/v1/nodes"), 403, "forbidden")
        check_problem(await site.client.post("/v1/nodes/1/drain", headers=site.headers), 403, "forbidden")
        check_problem(await site.client.post("/v1/nodes/1/drain"), 401, "unauthorized")


@pytest.mark.parametrize("number", ["7", "99999999999999999999"])
async def test_a_node_that_never_was_is_not_found(database: str, tmp_path: Path, number: str) -> None:
    async with open_site(database, tmp_path) as site:
        await be_operations(site)
        answer = await site.client.post(f"/v1/nodes/{number}/drain", headers=site.headers)
        check_problem(answer, 404, "not-found")


async def test_a_process_whose_number_another_one_has_shows_no_sign_of_life(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        first = await claim(site, 1)
        await claim(site, 1)
        async with site.shop.db.write() as db:
            assert await beat(db, 1, first, None, site.shop.clock.now()) is None


async def test_the_command_shows_nodes_as_a_table(
    database: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], clock: VirtualClock
) -> None:
    async with open_site(database, tmp_path) as site:
        command.show([])
        await claim(site, 3)
        async with site.shop.db.read() as db:
            command.show(await list_nodes(db))
    told = capsys.readouterr().out
    assert "no dispatch node" in told
    assert "host-3" in told
