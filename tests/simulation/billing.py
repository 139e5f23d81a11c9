"""The billing system of a world: nobody kills it, and it asks until it is answered."""

import asyncio
from collections.abc import Callable

from fiscal_server.errors import FiscalServerError
from fiscal_server.intake.accept import BatchRequest
from fiscal_server.storage.close_states import CloseState
from fiscal_server.storage.pool import DATABASE_ERRORS
from tests.simulation.loop import SimulatedLoop
from tests.simulation.machines import Api
from tests.simulation.story import Sending


class Billing:
    """The billing system: sends each batch, under one key, until an API node has answered it."""

    def __init__(self, loop: SimulatedLoop, apis: list[Api], note: Callable[[str, bytes], None]) -> None:
        self._loop = loop
        self._apis = apis
        self._note = note
        self._sent: dict[str, BatchRequest] = {}
        self._answered: dict[str, asyncio.Event] = {}
        self.unanswered = 0

    async def send(self, sending: Sending) -> None:
        request = sending.request
        self.unanswered += 1
        answered = self._answered.setdefault(request.idempotency_key, asyncio.Event())
        await asyncio.sleep(sending.at)
        if sending.behind is not None:
            await self._answered.setdefault(sending.behind, asyncio.Event()).wait()
        await self._until_answered(request)
        answered.set()
        self.unanswered -= 1

    async def send_all_again(self) -> None:
        """What was answered before, in that order: the server may have forgotten it."""
        for request in list(self._sent.values()):
            await self._until_answered(request)

    async def close(self, merchant_id: int, period: str, behind: str) -> None:
        """Close a month when its bills are there, and look until that is done."""
        self.unanswered += 1
        await self._answered.setdefault(behind, asyncio.Event()).wait()
        while True:
            api = self._any_api()
            try:
                job = await api.close_month(merchant_id, period)
            except (TimeoutError, FiscalServerError, *DATABASE_ERRORS) as error:
                api.note(f"close fails: {type(error).__name__}: {error}")
            else:
                if job.state == CloseState.FINISHED:
                    break
                assert job.state is CloseState.RUNNING, f"the month's close is {job.state}: {job.error}"
            await asyncio.sleep(2)
        self.unanswered -= 1

    def _any_api(self) -> Api:
        return self._apis[self._loop.chance.randrange(len(self._apis))]

    async def _until_answered(self, request: BatchRequest) -> None:
        while True:
            api = self._any_api()
            try:
                answer = await api.post(request)
            except (TimeoutError, FiscalServerError, *DATABASE_ERRORS) as error:
                api.note(f"batch {request.idempotency_key} fails: {type(error).__name__}: {error}")
                await asyncio.sleep(1)
                continue
            self._sent[request.idempotency_key] = request
            self._note(request.idempotency_key, answer)
            return
