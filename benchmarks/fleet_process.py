"""Many emulated FNs, or an emulated operator, behind TCP in a process of their own. Run by ``bench_dispatch``.

The first line that it prints is the list of its addresses, JSON. Each line that it reads is answered with the meters of
its FNs, so that somebody else's clock says how busy they were; it ends with its standard input.
"""

import argparse
import asyncio
import gc
import sys

import msgspec
import uvloop

from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.meter import Meter
from kkt_drivers.emulator.ofd import EmulatedOfd
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.serve import TcpServer, serve_fn, serve_ofd
from kkt_drivers.emulator.timing import Timing

UART_BYTES_PER_S = 11_520
OTHER_MS = 10


def fn_number(n: int) -> str:
    """Of the n-th FN of all fleets."""
    return f"9999078900{n:06d}"


def _lines(given: argparse.Namespace) -> list[FnLine]:
    timing = Timing()
    if given.signing_ms:
        timing = Timing(bytes_per_s=UART_BYTES_PER_S, signing_ms=given.signing_ms, other_ms=OTHER_MS)
    return [
        FnLine(EmulatedFn(FnParameters(number=fn_number(n), ffd=4, capacity_documents=given.capacity)), timing=timing)
        for n in range(given.first, given.first + given.fns)
    ]


async def _serve(given: argparse.Namespace) -> None:
    lines = _lines(given)
    servers: list[TcpServer] = [await serve_fn(line, "tcp://127.0.0.1:0") for line in lines]
    if given.operator:
        servers.append(await serve_ofd(EmulatedOfd(), "tcp://127.0.0.1:0"))
    _say([server.address for server in servers])
    while await asyncio.to_thread(sys.stdin.readline):
        _say([line.meter for line in lines])
    for server in servers:
        await server.close()


def _say(what: list[str] | list[Meter]) -> None:
    print(msgspec.json.encode(what).decode(), flush=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fleet_process")
    parser.add_argument("--fns", type=int, default=0)
    parser.add_argument("--first", type=int, default=1, help="number of the first FN")
    parser.add_argument("--capacity", type=int, default=250_000, help="documents that fit into each")
    parser.add_argument("--signing-ms", type=int, default=0, help="0: turbo; else a UART of 115200 bit/s as well")
    parser.add_argument("--operator", action="store_true", help="be an operator, too")
    given = parser.parse_args()
    gc.freeze()
    uvloop.run(_serve(given))


if __name__ == "__main__":
    main()
