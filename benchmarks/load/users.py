"""The users, as Locust plays them. A locustfile: ``locust -f benchmarks/load/users.py Billing``.

What they send is made once and only numbered anew: the generator works on the server's cores.
"""

import itertools
import os
import random
import time
import uuid
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any

import gevent
import msgspec
from geventhttpclient import HTTPClient
from locust import FastHttpUser, User, between, constant_throughput, task

from benchmarks.bench_atol import body
from benchmarks.load.given import OPERATORS, VARIABLE, read_given

_GIVEN = read_given(Path(os.environ[VARIABLE]))
_NUMBERS = itertools.count()
_MARK = "0123456789abcdef"
_SELL = f"/possystem/v5/{_GIVEN.group}/sell"
_BEARER = {"Authorization": f"Bearer {_GIVEN.key}"}


def _batch(billing: int) -> bytes:
    paid = {"type": "payment", "date": "2026-11-05", "tenders": {"bank_transfer": 45_000}}
    names = [f"A{billing}-{n}" for n in range(_GIVEN.accounts)]
    return msgspec.json.encode({"events": [{**paid, "key": f"{_MARK}-{name}", "account": name} for name in names]})


def _fresh() -> bytes:
    return uuid.uuid4().hex[: len(_MARK)].encode()


class Billing(FastHttpUser):
    """A billing system: one batch of payments after another."""

    def on_start(self) -> None:
        self._batch = _batch(next(_NUMBERS))

    @task
    def post_batch(self) -> None:
        """1,000 payments, accepted and committed."""
        fresh = _fresh()
        headers = {**_BEARER, "Content-Type": "application/json", "Idempotency-Key": fresh.decode()}
        content = self._batch.replace(_MARK.encode(), fresh)
        with self._sent("/v1/batches", content, headers) as answer:
            if answer.status_code != 202:
                answer.failure(f"{answer.status_code}: {answer.text[:200]}")

    def _sent(self, path: str, content: bytes, headers: dict[str, str]) -> Any:
        return self.client.post(path, data=content, headers=headers, catch_response=True, name="batch of payments")


class Shop(User):
    """A web shop that speaks ATOL Online: single receipts, over a connection that it keeps.

    By the client that FastHttpUser is made of, without what stands around it: that costs the server's cores more than
    the server itself needs for a receipt (310 and 155 µs a request were measured).
    """

    if _GIVEN.shops_a_second:
        wait_time = constant_throughput(_GIVEN.shops_a_second)

    def on_start(self) -> None:
        self._http = HTTPClient.from_url(self.host, network_timeout=60, connection_timeout=60)
        self._headers = {"Token": _GIVEN.token, "Content-Type": "application/json"}
        self._body = body(_MARK)
        if _GIVEN.shops_a_second:  # buyers of one shop know nothing of another's: without this all would pay at once
            gevent.sleep(random.random() / _GIVEN.shops_a_second)

    @task
    def sell(self) -> None:
        """A receipt, accepted and committed."""
        content = self._body.replace(_MARK.encode(), _fresh())
        failure: Exception | None = None
        answer = b""
        start = time.perf_counter()
        try:
            response = self._http.post(_SELL, body=content, headers=self._headers)
            answer = response.read()
            if response.status_code != HTTPStatus.OK:
                failure = RuntimeError(f"{response.status_code}: {answer[:200]!r}")
        except (OSError, HTTPException) as error:
            failure = error
        self.environment.events.request.fire(
            request_type="POST", name="single receipt", response_time=(time.perf_counter() - start) * 1000,
            response_length=len(answer), exception=failure, context={},
        )  # fmt: skip


class Operator(FastHttpUser):
    """A person who looks: what waits, what was made, what is wrong."""

    fixed_count = OPERATORS
    wait_time = between(0.5, 2.0)

    @task(3)
    def receipts(self) -> None:
        """The newest receipts."""
        self._get("/v1/receipts?limit=50")

    @task
    def forecast(self) -> None:
        """When FNs end and which deadlines are in danger."""
        self._get("/v1/forecast")

    @task
    def alarms(self) -> None:
        """What needs a person."""
        self._get("/v1/alarms")

    @task
    def account(self) -> None:
        """One account: debts and advances."""
        self._get("/v1/accounts/A0-7", name="/v1/accounts/{account}")

    def _get(self, path: str, name: str | None = None) -> None:
        self.client.get(path, headers=_BEARER, name=name or path.partition("?")[0])
