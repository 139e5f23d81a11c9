"""What an api process writes: never a key, never a password, never whose a receipt is."""

import json
from pathlib import Path

import httpx

from fiscal_server.commands.atol_online import create_group, create_login
from fiscal_server.commands.keys import create_api_key
from tests.acceptance.api_process import api_process
from tests.acceptance.atol_client import sale_v5
from tests.acceptance.atol_site import GROUP, INN, LOGIN
from tests.storage.scene import open_shop, payment

CONTACT = "secret-payer@example.com"
PHONE = "+79005550143"


async def test_neither_keys_nor_passwords_nor_contacts_are_written(database: str, tmp_path: Path) -> None:
    log = tmp_path / "log"
    async with open_shop(database) as shop:
        await shop.add_kkts()
        await create_group(shop.db, shop.clock, shop.merchant, GROUP, version=5)
        password = await create_login(shop.db, shop.clock, shop.merchant.id, LOGIN)
        key = await create_api_key(shop.db, shop.merchant.id, "billing")
        async with api_process(database, tmp_path, log=log) as api, httpx.AsyncClient(base_url=api.url) as http:
            dialect = "/possystem/v5"
            got = await http.get(f"{dialect}/getToken", params={"login": LOGIN, "pass": password})
            token = str(got.json()["token"])
            document = sale_v5("one", INN)
            document["receipt"]["client"] = {"email": CONTACT}
            batch = {"accounts": [{"id": "A1", "contact": CONTACT}], "events": [payment("p1")]}
            bearer = {"Authorization": f"Bearer {key}", "Idempotency-Key": "one"}
            assert (await http.post("/v1/batches", json=batch, headers=bearer)).status_code == 202
            sold = await http.post(f"{dialect}/{GROUP}/sell", params={"token": token}, json=document)
            assert sold.status_code == 200, sold.text
            async with shop.db.write() as db:  # from now on every receipt and account is a mistake of ours
                for table in ("account", "receipt"):
                    await db.execute(f"alter table fiscal.{table} add constraint never check (false) not valid")
            batch = {"accounts": [{"id": "A2", "contact": PHONE}], "events": [payment("p2", "A2")]}
            bearer["Idempotency-Key"] = "two"
            assert (await http.post("/v1/batches", json=batch, headers=bearer)).status_code == 500
            document["external_id"] = "two"
            sold = await http.post(f"{dialect}/{GROUP}/sell", params={"token": token}, json=document)
            assert sold.status_code == 500
    written = log.read_text()
    events = [json.loads(line)["event"] for line in written.splitlines()]
    assert {"request_failed", "atol_request_failed"} <= set(events)
    assert "CheckViolationError" in written
    for secret in (key, password, token, CONTACT, PHONE.removeprefix("+")):
        assert secret not in written
