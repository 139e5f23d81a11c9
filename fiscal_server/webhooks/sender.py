"""Sends what the outbox holds: one round an endpoint at a time, several endpoints at once.

A round claims a few messages of one endpoint (the first unfinished one of each subject), sends them together, and keeps
what came of it. A claim is a lease: a process that dies in between leaves messages that are due again when the lease is
over, so each is sent at least once, a second time under the same id. Any number of processes share the work.

An endpoint that takes nothing of a round is left alone for a while, and then probed with one message at a time.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

import structlog

from fiscal_server.clock import Clock
from fiscal_server.metrics import METRICS
from fiscal_server.storage import webhook_messages, webhooks
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, WriteConnection
from fiscal_server.storage.webhook_messages import Attempt, ClaimedMessage
from fiscal_server.storage.webhooks import EndpointKey, EndpointRow
from fiscal_server.webhooks import payloads
from fiscal_server.webhooks.backoff import (
    ENDPOINT_PAUSE_MOST,
    GIVE_UP_AFTER,
    MESSAGE_PAUSE_MOST,
    is_over,
    next_attempt,
)
from fiscal_server.webhooks.message_id import message_id
from fiscal_server.webhooks.post import Outcome, Wire
from fiscal_server.webhooks.signing import signed_headers

EVERY_S: Final = 1.0
"""How soon a message is noticed. The outbox wakes nobody: a NOTIFY would make commits of all dispatchers queue up."""

AT_ONCE: Final = 8
"""Messages of one endpoint under way in one process."""

ROUNDS: Final = 16
"""Endpoints served at once by one process: the bound of its connections with ``AT_ONCE``."""

BATCHES: Final = 20
"""So many claims in a row for one endpoint while others wait for a place."""

LEASE: Final = timedelta(seconds=60)
"""Longer than a message can take (post.WHOLE_S) with what is read before and written after it."""

GRACE_S: Final = 5.0
"""A process that stops lets the messages under way arrive."""

_NO_BODY: Final = "what it tells has been dropped from the books"

log = structlog.get_logger(room="webhooks")


class Sender:
    """One a process."""

    def __init__(self, database: Database, clock: Clock, wire: Wire, chance: Random) -> None:
        self._database = database
        self._clock = clock
        self._wire = wire
        self._chance = chance
        self._rounds: dict[EndpointKey, asyncio.Task[None]] = {}
        self._turns: dict[EndpointKey, int] = {}  # when each was served last, in rounds
        self._turn = 0
        self._stopping = False

    async def keep_sending(self) -> None:
        """Until cancelled; what is under way then has ``GRACE_S`` to arrive."""
        try:
            while True:
                try:
                    await self.look()
                except DATABASE_ERRORS as error:
                    log.warning("database_unreachable", reason=f"{type(error).__name__}: {error}")
                except Exception:  # a mistake of ours must not end the sending of a process that lives on
                    log.exception("webhook_look_failed")
                await self._clock.sleep(EVERY_S)
        finally:
            await self.stop()

    async def look(self) -> None:
        """Begin a round for each endpoint that something is due for, those first that have waited longest."""
        async with self._database.read() as db:
            found = await webhooks.endpoints_with_work(db, self._clock.now())
        fresh = sorted(set(found) - self._rounds.keys(), key=lambda key: (self._turns.get(key, 0), key.endpoint_id))
        for key in fresh[: ROUNDS - len(self._rounds)]:
            self._turn += 1
            self._turns[key] = self._turn
            task = self._rounds[key] = asyncio.create_task(self._round(key), name="webhook-round")
            task.add_done_callback(lambda _, done=key: self._rounds.pop(done, None))  # type: ignore[misc]
        self._turns = {key: turn for key, turn in self._turns.items() if key in self._rounds or key in found}

    def rounds(self) -> list[asyncio.Task[None]]:
        """Those that have begun and are not over."""
        return list(self._rounds.values())

    async def finish_rounds(self) -> None:
        """Wait for them."""
        await asyncio.gather(*self.rounds())

    async def stop(self) -> None:
        """Claim nothing more, let what is under way arrive, hang up."""
        self._stopping = True
        rounds = self.rounds()
        if rounds:
            await asyncio.wait(rounds, timeout=GRACE_S)
        for task in rounds:
            task.cancel()
        await asyncio.gather(*rounds, return_exceptions=True)
        await self._wire.close()

    async def _round(self, key: EndpointKey) -> None:
        """Serve an endpoint until it has nothing more, or takes nothing."""
        try:
            served = 0
            while not self._stopping and await self._serve(key):
                served += 1
                if served >= BATCHES and len(self._rounds) >= ROUNDS:
                    break  # others wait; it comes again at the next look
        except DATABASE_ERRORS as error:
            log.warning("database_unreachable", reason=f"{type(error).__name__}: {error}")
        except Exception:
            log.exception("webhook_round_failed", webhook=key.endpoint_id)

    async def _serve(self, key: EndpointKey) -> bool:
        """Claim, send, keep; False when there is no reason to go on at once."""
        claimed, endpoint, keys = await self._claim(key)
        if not claimed or endpoint is None:
            return False
        async with self._database.read() as db:
            bodies = await payloads.write_bodies(db, key.merchant_id, claimed)
        sent = [message for message in claimed if message.key in bodies]
        outcomes = await asyncio.gather(*(self._send(endpoint.url, one, bodies[one.key], keys) for one in sent))
        unsaid = [Attempt(one.key, "FAILED", None, None, _NO_BODY) for one in claimed if one.key not in bodies]
        return await self._keep(key, endpoint, list(zip(sent, outcomes, strict=True)), unsaid)

    async def _claim(self, key: EndpointKey) -> tuple[list[ClaimedMessage], EndpointRow | None, list[bytes]]:
        now = self._clock.now()
        async with self._database.write() as db:
            found = await webhooks.list_endpoints(db, key.merchant_id, key.endpoint_id)
            if not found or not found[0].enabled:
                return [], None, []
            limit = 1 if found[0].failures else AT_ONCE
            claimed = await webhook_messages.claim_messages(db, key, now, now + LEASE, limit)
            return claimed, found[0], await webhooks.signing_keys(db, key, now)

    async def _send(self, url: str, message: ClaimedMessage, body: bytes, keys: Sequence[bytes]) -> Outcome:
        headers = signed_headers(message_id(message.type, message.key), self._clock.now(), body, keys)
        outcome = await self._wire.post(url, headers, body)
        METRICS.webhook_attempts.labels("delivered" if outcome.error is None else "failed").inc()
        return outcome

    async def _keep(
        self,
        key: EndpointKey,
        endpoint: EndpointRow,
        results: Sequence[tuple[ClaimedMessage, Outcome]],
        unsaid: Sequence[Attempt],
    ) -> bool:
        now = self._clock.now()
        taken = any(outcome.error is None for _, outcome in results)
        gone = any(outcome.gone for _, outcome in results)
        since = endpoint.failing_since or now
        dead = bool(results) and not taken and is_over(since, now)
        attempts = [self._attempt(message, outcome, now, keep=gone or dead) for message, outcome in results]
        async with self._database.write() as db:
            await webhook_messages.record_attempts(db, key, [*attempts, *unsaid], now)
            if taken:
                await webhooks.note_success(db, key, now)
            elif results:
                asked = max(outcome.retry_after for _, outcome in results)
                retry_at = next_attempt(since, now, ENDPOINT_PAUSE_MOST, self._chance, asked)
                await webhooks.note_failure(db, key, now, retry_at)
            if gone or dead:
                why = "it answered 410 Gone" if gone else f"it took nothing for {GIVE_UP_AFTER.days} days"
                await self._disable(db, key, why, now)
        return (taken or not results) and not gone

    def _attempt(self, message: ClaimedMessage, outcome: Outcome, now: datetime, *, keep: bool) -> Attempt:
        """What is kept of an attempt. ``keep``: the endpoint is given up, not the message, which waits for a person."""
        if outcome.error is None:
            return Attempt(message.key, "DELIVERED", None, outcome.status, None)
        if is_over(message.tried_since, now) and not keep:
            return Attempt(message.key, "FAILED", None, outcome.status, outcome.error)
        due_at = next_attempt(message.tried_since, now, MESSAGE_PAUSE_MOST, self._chance)
        return Attempt(message.key, "WAITING", due_at, outcome.status, outcome.error)

    async def _disable(self, db: WriteConnection, key: EndpointKey, why: str, now: datetime) -> None:
        if await webhooks.disable_endpoint(db, key, why, now):
            log.warning("webhook_disabled", merchant=key.merchant_id, webhook=key.endpoint_id, reason=why)
