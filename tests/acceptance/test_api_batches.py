"""Batches looked back at: by their counts, page by page, and by the key of an answer that was lost."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.site import Site, open_site
from tests.storage.scene import payment


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


async def test_batches_come_newest_first_page_by_page(site: Site, tmp_path: Path) -> None:
    for number in range(3):
        body = {"events": [payment(f"p{n}", "A1") for n in range(number + 1)], "accounts": [{"id": "A1"}]}
        assert (await site.post(body, f"day-{number}")).status_code == 202
    async with open_site(site.shop.dsn, tmp_path, "Другой") as other:
        assert (await other.get("/v1/batches")).json() == {"batches": [], "next": None}
    first = (await site.get("/v1/batches", limit=2)).json()
    second = (await site.get("/v1/batches", limit=2, cursor=first["next"])).json()
    assert second["next"] is None
    names = ("idempotency_key", "events", "accepted", "duplicates", "receipts")
    assert [tuple(one[name] for name in names) for one in first["batches"] + second["batches"]] == [
        ("day-2", 3, 1, 2, 1), ("day-1", 2, 1, 1, 1), ("day-0", 1, 1, 0, 1),
    ]  # fmt: skip


async def test_an_answer_that_was_lost_is_found_by_its_key(site: Site) -> None:
    lost = await site.post({"events": [payment("p", "A1")], "accounts": [{"id": "A1"}]}, "lost")
    await site.pay(1)
    [found] = (await site.get("/v1/batches", idempotency_key="lost")).json()["batches"]
    assert (await site.get(f"/v1/batches/{found['id']}")).json() == lost.json()
    assert (await site.get("/v1/batches", idempotency_key="none")).json()["batches"] == []
