"""Forecast and alarms over HTTP."""

from pathlib import Path
from zoneinfo import ZoneInfo

from fiscal_server.cassette.outlook import Watch
from fiscal_server.storage import kkts
from tests.acceptance.site import open_site
from tests.storage.scene import payment


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


async def test_receipts_that_have_time_do_not_stop_the_watch(database: str, tmp_path: Path) -> None:
    """What is restored has no deadline: the day behind all others has no day after it."""
    async with open_site(database, tmp_path) as site:
        async with site.shop.db.write() as db:
            await kkts.add_cassette(db, site.shop.merchant.id, site.shop.db.ids.next(), "главная")
        await site.pay(1)
        order = {"date": "2026-10-20", "replay": [payment("lost", date="2026-10-06")]}
        restored = await site.ask("POST", "/v1/restorations", order, Idempotency_Key="one")
        assert restored.status_code == 202, restored.text
        (forecast,) = (await site.get("/v1/forecast")).json()
        assert (forecast["waiting"], sum(day["receipts"] for day in forecast["deadlines"])) == (2, 1)
        assert "cassette_empty" in [alarm["code"] for alarm in (await site.get("/v1/alarms")).json()]
        assert len(await Watch(site.shop.db, site.shop.clock, ZoneInfo("Europe/Moscow")).look()) == 1


async def test_without_a_key_there_is_no_forecast(database: str, tmp_path: Path) -> None:
    async with open_site(database, tmp_path) as site:
        assert (await site.client.get("/v1/forecast")).status_code == 401
        assert (await site.client.get("/v1/alarms")).status_code == 401
