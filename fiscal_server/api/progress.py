"""How far a batch is, as server-sent events: a line whenever something moved, and the end when all is final."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar import Request, get
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage

from fiscal_server.api.bodies import as_id
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.batches import read_batch_answer, receipt_states
from fiscal_server.storage.pool import Database

LOOK_S: Final = 1.0
"""Seconds between two looks at the queue."""

LONGEST_S: Final = 300.0
"""A stream ends itself after so long; clients of server-sent events come again by themselves."""

LOOKING: Final = "follow-batch"
"""Name of the tasks that look for streams."""

_FINAL: Final = frozenset({ReceiptState.OFD_ACKED, ReceiptState.CANCELLED, ReceiptState.REFUSED})


class _Event(msgspec.Struct):
    receipts: list[str] = []


class _Answer(msgspec.Struct):
    events: list[_Event]


class Progress(msgspec.Struct, frozen=True):
    """Receipts of a batch by state. ``final``: nothing will move any more unless a person acts."""

    receipts: int
    states: dict[str, int]
    final: bool


async def follow(database: Database, merchant_id: int, receipt_ids: list[int]) -> AsyncIterator[Progress]:
    """A progress whenever it differs from the one before; ends with a final one or after `LONGEST_S`."""
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_S
    last: Progress | None = None
    while loop.time() < until:
        async with database.read() as db:
            states = await receipt_states(db, merchant_id, receipt_ids)
        now = Progress(len(receipt_ids), dict(sorted(states.items())), final=set(states) <= _FINAL)
        if now != last:
            yield now
        if now.final:
            return
        last = now
        await asyncio.sleep(LOOK_S)


async def _following(steps: AsyncIterator[Progress]) -> Progress | None:
    return await anext(steps, None)


@get("/v1/batches/{batch_id:int}/progress", operation_id="FollowBatch", tags=["batches"])
async def get_progress(request: Request[int, Any, State], batch_id: FromPath[int], state: State) -> ServerSentEvent:
    """Server-sent events ``progress`` until every receipt of the batch is final; the server ends them when it stops."""
    database: Database = state["database"]
    async with database.read() as db:
        answer = await read_batch_answer(db, request.user, as_id(batch_id))
    if answer is None:
        raise NotFoundException(f"There is no batch {batch_id}")
    ids = [int(one) for event in msgspec.json.decode(answer, type=_Answer).events for one in event.receipts]
    stopping: asyncio.Event = state["stopping"]

    async def messages() -> AsyncIterator[ServerSentEventMessage]:
        steps = follow(database, request.user, ids)
        waiting: set[asyncio.Task[Any]] = {asyncio.create_task(stopping.wait())}
        try:
            while not stopping.is_set():
                step = asyncio.create_task(_following(steps), name=LOOKING)
                waiting.add(step)
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if not step.done() or (told := step.result()) is None:
                    return
                waiting.discard(step)
                yield ServerSentEventMessage(event="progress", data=msgspec.json.encode(told).decode())
        finally:  # a client that hung up, too: nobody looks at the queue for it any more
            for task in waiting:
                task.cancel()

    return ServerSentEvent(messages())


HANDLERS = (get_progress,)
