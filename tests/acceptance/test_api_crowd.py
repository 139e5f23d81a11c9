"""Many clients that send the same events at once, each in batches of its own: every key has its effect once."""

import asyncio
import random
from collections import Counter, defaultdict
from pathlib import Path

import httpx
import pytest

from fiscal_server.commands.keys import create_api_key
from tests.api_process import api_process
from tests.storage.scene import Json, open_shop, payment

KEYS = 120
SENT = 30
"""Events of a batch; of 200 clients each key comes some fifty times."""


def batch_of(client: int) -> Json:
    """Events of a client in an order of its own, with accounts that others declare as well."""
    chance = random.Random(client)
    chosen = chance.sample(range(KEYS), SENT)
    events = [payment(f"k{n}", f"A{n % 40}", kopecks=100 + n) for n in chosen]
    accounts = sorted({str(event["account"]) for event in events})
    chance.shuffle(accounts)
    return {"accounts": [{"id": one} for one in accounts], "events": events}


@pytest.mark.parametrize("clients", [40, pytest.param(200, marks=pytest.mark.proof)])
async def test_clients_that_send_the_same_keys_at_once_store_each_key_once(
    database: str, open_folder: Path, clients: int
) -> None:
    async with open_shop(database) as shop:
        key = await create_api_key(shop.db, shop.merchant.id, "crowd")
        limits = httpx.Limits(max_connections=clients, max_keepalive_connections=clients)
        async with (
            api_process(database, open_folder) as api,
            httpx.AsyncClient(base_url=api.url, timeout=60, limits=limits) as http,
        ):
            together = asyncio.Barrier(clients)

            async def post(client: int) -> Json:
                await together.wait()
                headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"client-{client}"}
                answer = await http.post("/v1/batches", json=batch_of(client), headers=headers)
                assert answer.status_code == 202, answer.text
                told: Json = answer.json()
                return told

            answers = await asyncio.gather(*(post(client) for client in range(clients)))
        sent = Counter(event["key"] for client in range(clients) for event in batch_of(client)["events"])
        became: dict[str, Counter[str]] = defaultdict(Counter)
        receipts: dict[str, set[str]] = defaultdict(set)
        for answer in answers:
            for event in answer["events"]:
                became[event["key"]][event["status"]] += 1
                receipts[event["key"]].update(event.get("receipts", []))
        assert len(sent) == KEYS
        assert became == {one: Counter(accepted=1, duplicate=count - 1) for one, count in sent.items()}
        assert {len(ids) for ids in receipts.values()} == {1}
        counts = await shop.counts()
        assert (counts["event"], counts["event_key"], counts["receipt"]) == (KEYS, KEYS, KEYS)
        assert counts["batch"] == clients
        assert await shop.value("select sum(total_kopecks) from fiscal.receipt") == sum(100 + n for n in range(KEYS))
