"""Single receipts in the dialect of ATOL Online: read and controlled; through the door and committed; over HTTP.

python -m benchmarks.bench_atol [--smoke] [--keep] [--machine NAME]
python -m benchmarks.bench_atol http [--seconds 10] [--clients 64]  # an api process of its own, keep-alive
"""

import argparse
import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from typing import Any

import msgspec

from accounting.receipts.codes import FfdVersion, SettlementSign, TaxationSystem
from benchmarks.harness import FULL, SMOKE, Size, Step, main
from benchmarks.place import INN, Place, open_place
from benchmarks.processes import Program, cpu_s
from fiscal_server.api.atol_online.face import AtolOnline
from fiscal_server.api.atol_online.reading import read_document
from fiscal_server.api.atol_online.receipts import Seller, receipt_of
from fiscal_server.commands.atol_online import create_group, create_login
from fiscal_server.intake.singles import Singles

AT_ONCE = 64
GROUP, LOGIN = "bench", "bench"
_SELLER = Seller(INN, FfdVersion.FFD_1_2, TaxationSystem.GENERAL, None)


def body(external_id: str) -> bytes:
    """A receipt of one service."""
    item = {
        "name": "Доступ в интернет", "price": 450.00, "quantity": 1, "sum": 450.00, "measure": 0, "payment_object": 4,
        "payment_method": "full_payment", "vat": {"type": "vat22"},
    }  # fmt: skip
    company = {"email": "a@b.example", "sno": "osn", "inn": INN, "payment_address": "https://shop.example"}
    receipt = {
        "client": {"email": "payer@example.com"}, "company": company, "items": [item],
        "payments": [{"type": 1, "sum": 450.00}], "total": 450.00,
    }  # fmt: skip
    return msgspec.json.encode({"timestamp": "20.11.2026 12:00:00", "external_id": external_id, "receipt": receipt})


class Shop:
    """A merchant with a group and a login of the dialect, and its door in this process."""

    def __init__(self, place: Place, password: str) -> None:
        self.dsn = place.dsn
        self.password = password
        self._sent = 0
        self._face = AtolOnline(place.clock)
        self._face.open(place.db, Singles(place.db, place.clock))
        self._token = ""

    async def call(self, method: str, path: str, content: bytes) -> dict[str, Any]:
        """One request without HTTP."""
        heard: list[Any] = []
        headers = [(b"content-type", b"application/json"), (b"token", self._token.encode())]
        scope = {"type": "http", "method": method, "path": path, "headers": headers, "query_string": b""}

        async def receive() -> Any:
            return {"type": "http.request", "body": content, "more_body": False}

        async def send(message: Any) -> None:
            heard.append(message)

        await self._face(scope, receive, send)  # type: ignore[arg-type]
        answer: dict[str, Any] = msgspec.json.decode(heard[1]["body"])
        assert answer["error"] is None, answer
        return answer

    async def sell(self, count: int) -> int:
        """So many documents, ``AT_ONCE`` senders."""
        if not self._token:
            credentials = msgspec.json.encode({"login": LOGIN, "pass": self.password})
            self._token = (await self.call("POST", "/v5/getToken", credentials))["token"]
        left = iter(range(self._sent, self._sent + count))
        self._sent += count

        async def sender() -> None:
            for n in left:
                await self.call("POST", f"/v5/{GROUP}/sell", body(f"order-{n}"))

        await asyncio.gather(*(sender() for _ in range(AT_ONCE)))
        return count


@asynccontextmanager
async def _shop() -> AsyncIterator[Shop]:
    async with open_place() as place:
        await create_group(place.db, place.clock, place.merchant, GROUP, version=5)
        yield Shop(place, await create_login(place.db, place.clock, place.merchant.id, LOGIN))


@contextmanager
def steps(size: Size | None = None) -> Iterator[list[Step]]:
    """``size``: of the run that follows; by the command line when it is not given."""
    size = size or (SMOKE if "--smoke" in sys.argv else FULL)
    content = body("order")

    def read(count: int) -> object:
        for _ in range(count):
            document = read_document(5, content, correction=False)
            receipt = receipt_of(document, SettlementSign.INCOME, _SELLER, date(2026, 11, 20))
        return receipt.total_kopecks

    with asyncio.Runner() as runner:
        opened = _shop()
        shop = runner.run(opened.__aenter__())
        try:
            yield [
                Step("single, read and controlled", read, cpu=True),
                Step(
                    f"single, accepted and committed, {AT_ONCE} at once",
                    lambda n: runner.run(shop.sell(n)),
                    2_000,
                    target_us=1_000_000 / 2_500,
                ),
            ]
        finally:
            runner.run(opened.__aexit__(None, None, None))


async def over_http(seconds: float, clients: int) -> tuple[float, float]:
    """Documents a second over keep-alive connections, and processor seconds of the api process for each second."""
    async with _shop() as shop:
        environment = {**os.environ, "FISCAL_DATABASE_URL": shop.dsn, "FISCAL_API_PORT": "18085"}
        server = await Program.start("fiscal_server", "api", environment=environment)
        try:
            token = await _until_ready(shop)
            done = [0] * clients
            start, cpu = time.monotonic(), cpu_s(server.pid)
            until = start + seconds
            await asyncio.gather(*(_sender(n, token, until, done) for n in range(clients)))
            took = time.monotonic() - start
            return sum(done) / took, (cpu_s(server.pid) - cpu) / took
        finally:
            await server.end()


async def _until_ready(shop: Shop) -> str:
    credentials = msgspec.json.encode({"login": LOGIN, "pass": shop.password})
    while True:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", 18085)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        _, answer = await _ask(reader, writer, "/possystem/v5/getToken", credentials, "")
        writer.close()
        return str(msgspec.json.decode(answer)["token"])


async def _sender(number: int, token: str, until: float, done: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", 18085)
    while time.monotonic() < until:
        content = body(f"h-{number}-{done[number]}")
        status, answer = await _ask(reader, writer, f"/possystem/v5/{GROUP}/sell", content, token)
        assert status == 200, answer
        done[number] += 1
    writer.close()


async def _ask(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, content: bytes, token: str
) -> tuple[int, bytes]:
    """A request as small as it can be: the load shares its cores with the server."""
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nToken: {token}\r\n"
    writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
    answer = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(answer.partition(b"content-length:")[2].partition(b"\r\n")[0])
    return int(answer.split(b" ", 2)[1]), await reader.readexactly(length)


def _http() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("http")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--clients", type=int, default=AT_ONCE)
    given = parser.parse_args()
    rate, cpu = asyncio.run(over_http(given.seconds, given.clients))
    print(f"{rate:.0f} documents a second over {given.clients} connections; api process: {cpu:.2f} cores")
    return 0


if __name__ == "__main__":
    sys.exit(_http() if "http" in sys.argv[1:2] else main("bench_atol", steps))
