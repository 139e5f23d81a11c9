"""Two hundred clients send 64 MiB each at once: whoever is not served is told when to come again, and memory stays."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from benchmarks.processes import memory_bytes
from fiscal_server.api.uploads import MAX_BODY_BYTES
from fiscal_server.commands.keys import create_api_key
from tests.api_process import Api, api_process
from tests.storage.scene import open_shop, payment

CLIENTS = 200
EVENTS = 100_000
MOST_BYTES = 1 << 30
"""Four bodies of 64 MiB may be held (FISCAL_API_BODY_MB), one at a time is worked on."""


def largest_batch() -> bytes:
    """As many events and as many bytes as a batch may have."""
    events = [payment(f"p{n}", f"A{n % 1000}") for n in range(EVENTS)]
    accounts = [{"id": f"A{n}"} for n in range(1000)]
    body = msgspec.json.encode({"accounts": accounts, "events": events})
    return body + b" " * (MAX_BODY_BYTES - len(body))


async def sent(api: Api, key: str, number: int, body: bytes) -> tuple[int, bytes]:
    """Status and head of the answer. The client asks before it sends, as curl does (RFC 9110 10.1.1)."""
    host, _, port = api.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    head = (
        f"POST /v1/batches HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nIdempotency-Key: k{number}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n"
    )
    writer.write(head.encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    if answer.startswith(b"HTTP/1.1 100"):
        writer.write(body)
        await writer.drain()
        answer = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return int(answer.split(b" ", 2)[1]), answer.lower()


@pytest.mark.proof
async def test_two_hundred_large_bodies_at_once_are_taken_or_sent_away(database: str, tmp_path: Path) -> None:
    body = largest_batch()
    async with open_shop(database) as shop, api_process(database, tmp_path) as api:
        key = await create_api_key(shop.db, shop.merchant.id, "billing")
        answers = await asyncio.gather(*(sent(api, key, n, body) for n in range(CLIENTS)))
        _, most = memory_bytes(api.process.pid)
        assert {status for status, _ in answers} <= {202, 503}
        assert any(status == 202 for status, _ in answers)
        assert all(b"\r\nretry-after: " in head for status, head in answers if status == 503)
        assert await shop.value("select count(*) from fiscal.event") == EVENTS
        assert most < MOST_BYTES, f"{most / 2**20:.0f} MiB"
