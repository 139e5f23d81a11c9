"""A billing's client of ATOL Online, written from the vendor's descriptions alone; it knows nothing of this server.

It behaves as real clients do: a trailing slash, a token asked for once and again after error 11, the UUID of a repeat
taken out of answer 400, polling until a report is final.
"""

import asyncio
from typing import Any

import httpx

Json = dict[str, Any]
POLL_S = 0.05


class Refused(Exception):
    """An answer with an error in it."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        self.packet: Json = answer.json()
        self.code: int = self.packet["error"]["code"]
        super().__init__(f"{self.status}: {self.packet['error']}")


class AtolClient:
    """``base``: up to the version, ``https://host/possystem/v5``."""

    def __init__(self, http: httpx.AsyncClient, base: str, group: str, login: str, password: str) -> None:
        self._http = http
        self._base = base
        self._group = group
        self._credentials = {"login": login, "pass": password}
        self._token: str | None = None

    async def get_token(self) -> str:
        answer = await self._http.post(f"{self._base}/getToken/", json=self._credentials)
        packet = answer.json()
        if packet["error"] is not None:
            raise Refused(answer)
        self._token = str(packet["token"])
        return self._token

    async def register(self, operation: str, document: Json) -> str:
        """The UUID, of the first document when this one is a repeat. Raises Refused."""
        answer = await self._send("POST", f"{self._group}/{operation}/", document)
        packet: Json = answer.json()
        if packet["error"] is not None and packet["error"]["code"] != 33:
            raise Refused(answer)
        assert packet["status"] == "wait"
        return str(packet["uuid"])

    async def report(self, uuid: str) -> Json:
        answer = await self._send("GET", f"{self._group}/report/{uuid}", None)
        packet: Json = answer.json()
        if answer.status_code != 200:
            raise Refused(answer)
        return packet

    async def wait_for(self, uuid: str, within_s: float = 30.0) -> Json:
        """The report, once it is final."""
        async with asyncio.timeout(within_s):
            while True:
                packet = await self.report(uuid)
                if packet["status"] != "wait":
                    return packet
                assert packet["error"]["code"] == 34
                await asyncio.sleep(POLL_S)

    async def _send(self, method: str, path: str, body: Json | None, *, again: bool = True) -> httpx.Response:
        if self._token is None:
            await self.get_token()
        assert self._token is not None
        answer = await self._http.request(method, f"{self._base}/{path}", json=body, headers={"Token": self._token})
        if answer.status_code == 401 and again and answer.json()["error"]["code"] == 11:
            self._token = None
            return await self._send(method, path, body, again=False)
        return answer


def sale_v4(external_id: str, inn: str, **changes: Any) -> Json:
    """A receipt of one service, 450 roubles, paid electronically."""
    receipt = {
        "client": {"email": "payer@example.com"},
        "company": {"email": "shop@example.com", "sno": "osn", "inn": inn, "payment_address": "https://shop.example"},
        "items": [
            {
                "name": "Доступ в интернет",
                "price": 450.00,
                "quantity": 1.0,
                "sum": 450.00,
                "measurement_unit": "мес",
                "payment_method": "full_payment",
                "payment_object": "service",
                "vat": {"type": "vat22"},
            }
        ],
        "payments": [{"type": 1, "sum": 450.00}],
        "total": 450.00,
        **changes,
    }
    return {"external_id": external_id, "receipt": receipt, "timestamp": "20.10.2026 12:00:00"}


def sale_v5(external_id: str, inn: str, **changes: Any) -> Json:
    """The same in the later version."""
    document = sale_v4(external_id, inn)
    [item] = document["receipt"]["items"]
    del item["measurement_unit"]
    item |= {"measure": 0, "payment_object": 4}
    document["receipt"] |= changes
    return document


def correction_v4(external_id: str, inn: str) -> Json:
    """450 roubles that were taken without a receipt."""
    return {
        "external_id": external_id,
        "timestamp": "20.10.2026 12:00:00",
        "correction": {
            "company": {"sno": "osn", "inn": inn, "payment_address": "https://shop.example"},
            "correction_info": {"type": "self", "base_date": "01.10.2026", "base_number": "7"},
            "payments": [{"type": 1, "sum": 450.00}],
            "vats": [{"type": "vat22", "sum": 81.15}],
        },
    }


def correction_v5(external_id: str, inn: str) -> Json:
    """The same in the later version, which wants it whole."""
    document = sale_v5(external_id, inn)
    info = {"type": "self", "base_date": "01.10.2026"}
    return {"correction": {**document.pop("receipt"), "correction_info": info}, **document}
