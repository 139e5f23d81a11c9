"""Forecast and alarms over HTTP."""

from pathlib import Path

from fiscal_server.storage import kkts
from tests.acceptance.site import open_site


async def test_a_merchant_reads_what_is_to_be_expected_and_what_to_do(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        shop = site.shop
        async with shop.db.write() as db:
            await kkts.add_cassette(db, shop.merchant.id, cassette_id := shop.db.ids.next(), "главная")
        await site.pay(3)
        (forecast,) = (await site.get("/v1/forecast")).json()
        assert (forecast["cassette"], forecast["waiting"]) == (str(cassette_id), 3)
        assert (forecast["queue_done_at"], forecast["empty_on"]) == (None, None)
        alarms = (await site.get("/v1/alarms")).json()
        assert [(alarm["code"], alarm["severity"]) for alarm in alarms] == [
            ("cassette_empty", "critical"),
            ("deadlines_missed", "critical"),
        ]
        assert alarms[0]["advice"].startswith("Добавьте")


async def test_without_a_key_there_is_no_forecast(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        assert (await site.client.get("/v1/forecast")).status_code == 401
        assert (await site.client.get("/v1/alarms")).status_code == 401
