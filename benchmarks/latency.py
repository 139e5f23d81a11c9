"""How long a lone receipt takes from the API call to its FD number in the books, less what the device took itself."""

import asyncio
import json
import socket
import time
import urllib.request

from benchmarks.dispatch_world import World, at_least
from fiscal_server.commands.keys import create_api_key

DOCUMENTS = "select count(*) from fiscal.fiscal_document where form = 3"
_POLL_S = 0.001
_WITHIN_S = 20.0


async def lone_receipts(world: World, count: int) -> list[float]:
    """Added milliseconds of each; the next one is sent when the operator has confirmed the one before."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    key = await create_api_key(world.db, world.merchant.id, "bench")
    await world.start_api(port)
    added: list[float] = []
    for n in range(count + 3):
        confirmed = await world.value("select sum(last_fd) from fiscal.kkt")
        await world.wait("select sum(acked_fd) from fiscal.kkt", at_least(confirmed), every_s=0.02)
        made, meter, start = await world.value(DOCUMENTS), (await world.meters())[0], time.monotonic()
        await asyncio.to_thread(_post, port, key, n)
        await world.wait(DOCUMENTS, at_least(made + 1), every_s=_POLL_S, within_s=_WITHIN_S)
        took_s = time.monotonic() - start
        own_s = (await world.meters())[0].busy_s - meter.busy_s
        added.append(1000 * (took_s - own_s))
    return added[3:]  # the first ones open connections and prepare statements


def _post(port: int, key: str, n: int) -> None:
    event = {"type": "payment", "key": f"p{n}", "account": f"A{n}", "date": "2026-11-05"}
    batch = {"accounts": [{"id": f"A{n}"}], "events": [{**event, "tenders": {"bank_transfer": 45_000}}]}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"b{n}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/batches", json.dumps(batch).encode(), headers)
    with urllib.request.urlopen(request, timeout=_WITHIN_S) as answer:
        answer.read()
