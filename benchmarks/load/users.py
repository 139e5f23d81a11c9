"""The users, as Locust plays them. A locustfile: ``locust -f benchmarks/load/users.py Billing``.

What they send is made once and only numbered anew: the generator works on the server's cores.
"""

import itertools
import os
import uuid
from pathlib import Path
from typing import Any

import msgspec
from locust import FastHttpUser, between, constant_throughput, task

from benchmarks.bench_atol import body
from benchmarks.load.given import OPERATORS, VARIABLE, read_given

_GIVEN = read_given(Path(os.environ[VARIABLE]))
_NUMBERS = itertools.count()
_MARK = "0123456789abcdef"
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


class Shop(FastHttpUser):
    """A web shop that speaks ATOL Online: single receipts."""

    if _GIVEN.shops_a_second:
        wait_time = constant_throughput(_GIVEN.shops_a_second)

    def on_start(self) -> None:
        credentials = msgspec.json.encode({"login": _GIVEN.login, "pass": _GIVEN.password})
        answer = self._post("/possystem/v5/getToken", credentials, {}, "token")
        self._token = {"Token": msgspec.json.decode(answer.content)["token"]}
        self._body = body(_MARK)

    @task
    def sell(self) -> None:
        """A receipt, accepted and committed."""
        content = self._body.replace(_MARK.encode(), _fresh())
        self._post(f"/possystem/v5/{_GIVEN.group}/sell", content, self._token, "single receipt")

    def _post(self, path: str, content: bytes, headers: dict[str, str], name: str) -> Any:
        return self.client.post(path, data=content, headers={**headers, "Content-Type": "application/json"}, name=name)


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
