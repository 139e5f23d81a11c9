"""An emulated FN behind TCP in a process of its own: its work is not counted with ours. Run by ``bench_fn``.

It prints its address and ends with its standard input.
"""

import asyncio
import sys

import uvloop

from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.serve import serve_fn

FN_NUMBER = "9999000000000054"


async def _serve() -> None:
    fn = EmulatedFn(FnParameters(number=FN_NUMBER, ffd=4, capacity_documents=250_000))
    server = await serve_fn(FnLine(fn), "tcp://127.0.0.1:0")
    print(server.address, flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await server.close()
    fn.close()


if __name__ == "__main__":
    uvloop.run(_serve())
