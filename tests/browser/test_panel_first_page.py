"""The panel's first page over a real database: what it shows, whose rows it may see, and how little it reads."""

import re
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from accounting.receipts.codes import SettlementSign
from admin.database import ROLE
from admin.permissions import Role
from fiscal_server.clock import VirtualClock
from fiscal_server.storage import overview
from fiscal_server.storage.pool import connect
from tests.browser.client import Panel, text_of, words
from tests.browser.people import new_browser, open_office
from tests.browser.scene import EMULATED_FN, REAL_FN, Scene, payment


async def test_an_empty_database_says_what_to_do_next(panel: Panel) -> None:
    page = await words(panel)
    for command in ("merchant create", "kkt add", "apikey create", "demo"):
        assert f"fiscal-server {command}" in page


async def test_somebody_without_merchants_is_not_told_that_there_are_none(
    scene: Scene, database: str, clock: VirtualClock
) -> None:
    await scene.merchant("ООО «Тёплый дом»")
    async with open_office(database, clock) as office, new_browser(database, clock) as browser:
        await office.person("k@example.ru", [Role.ACCOUNTANT])
        await browser.sign_in("k@example.ru")
        page = text_of((await browser.get("/")).text)
    assert "Вам пока не назначена ни одна организация" in page
    assert "merchant create" not in page


async def test_alarms_are_said_to_each_in_his_language(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.slot(merchant, 1, REAL_FN, "FAULTY", fault="unreachable: no answer for 60 s")
    told = {"ru": f"Касса {REAL_FN} (место 1) остановлена", "pl": f"Kasa {REAL_FN} (miejsce 1) jest zatrzymana"}
    for language in ("ru", "pl", "ru"):
        page = text_of((await panel.get("/", headers={"Accept-Language": language})).text)
        assert [one for one, words_of_alarm in told.items() if words_of_alarm in page] == [language]


async def test_what_went_wrong_is_said_in_the_language_of_the_browser(panel: Panel) -> None:
    page = (await panel.get("/no-such-page", headers={"Accept-Language": "pl"})).text
    assert '<html lang="pl">' in page
    assert "Такой страницы нет" not in page


async def test_newest_receipts_lead_to_their_cards(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    account = await scene.account(merchant, "0040017811")
    receipt = await scene.receipt(merchant, payment(123_450), account)
    page = (await panel.get("/")).text
    for card in (f"/receipts/{merchant}/{receipt}", f"/accounts/{merchant}/0040017811", f"/kkts/{merchant}/{kkt}"):
        assert f'href="{card}"' in page


async def test_a_merchant_without_a_register_is_told_how_to_add_one(panel: Panel, scene: Scene) -> None:
    await scene.merchant("ООО «Тёплый дом»")
    page = await words(panel)
    assert "fiscal-server kkt add fn+tcp://АДРЕС:ПОРТ --merchant 'ООО «Тёплый дом»'" in page


async def test_a_receipt_is_followed_from_the_queue_to_the_operator(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN, documents_left=999)
    account = await scene.account(merchant, "0040017811")
    await scene.batch(merchant, 1)
    receipt = await scene.receipt(merchant, payment(123_450), account)
    page = await words(panel)
    assert "0040017811 оплата 1 234,50 ₽ в очереди" in page
    assert "Рассчитано сегодня 1 из 1 пакета биллинга" in page
    assert "Оформлено сегодня 0" in page

    await scene.register(merchant, receipt, kkt, fiscal_sign=12_345_678)
    page = await words(panel)
    assert "оформлен 2 0012345678 7380 4407 0012 3451" in page
    assert "Ждут оформления 0 очередь пуста" in page
    assert "Оформлено сегодня 1" in page

    await scene.confirm(merchant, receipt, kkt)
    page = await words(panel)
    assert "у оператора 2 0012345678" in page
    assert "2 из 2 всё доставлено" in page


async def test_a_refused_receipt_stands_at_the_top_with_the_words_of_the_device(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.slot(merchant, 1, REAL_FN)
    receipt = await scene.receipt(merchant, payment(45_000, SettlementSign.INCOME_RETURN))
    await scene.refuse(receipt, "Неверная сумма <чека>")
    page = await words(panel)
    assert page.index("Неверная сумма <чека>") < page.index("Рассчитано сегодня")
    assert "вернули деньги · 450,00 ₽" in page


async def test_a_document_that_the_operator_refused_is_not_shown_as_delivered(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    receipt = await scene.receipt(merchant, payment(45_000))
    await scene.register(merchant, receipt, kkt, 1)
    await scene.confirm(merchant, receipt, kkt, code=14)
    assert "не принят оператором" in await words(panel)


async def test_emulated_fns_are_marked_and_real_ones_are_not(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.slot(merchant, 1, REAL_FN)
    assert "эмулятор" not in await words(panel)
    await scene.slot(merchant, 2, EMULATED_FN, "READY")
    assert "запасная эмулятор 9999 0789 0000 0101" in await words(panel)


async def test_the_cassette_shows_faults_backlogs_and_rotations(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    first = await scene.slot(merchant, 1, REAL_FN, "FAULTY", fault="fault: 10h: memory is dead", last_fd=7, acked_fd=7)
    second = await scene.slot(
        merchant, 2, "7380440700123469", acked_fd=1, documents_left=20, shift_number=3, shift_opened_at=clock.now()
    )
    await scene.rotation(merchant, first, second, "memory_full: documents that still fit: 4")
    await scene.register(merchant, await scene.receipt(merchant, payment(1)), second, 1)
    await clock.advance(timedelta(hours=25).total_seconds())
    page = await words(panel)
    assert "остановлена 7380 4407 0012 3451 ФН отказал: он неисправен" in page
    assert "Рабочий день № 3 идёт 1 дн 1 ч" in page
    assert "ждут 1 · 1 дн 1 ч" in page
    assert "Смены памяти 15 янв 12:00 1 → 2 память ФН заполнена" in page


async def test_one_merchant_can_be_chosen_and_an_unknown_one_is_not_found(panel: Panel, scene: Scene) -> None:
    first = await scene.merchant("Первая")
    second = await scene.merchant("Вторая")
    await scene.slot(first, 1, REAL_FN)
    await scene.slot(second, 1, EMULATED_FN)
    page = await words(panel, f"/?merchant={first}")
    assert "7380 4407" in page
    assert "9999 0789" not in page
    assert (await panel.get("/?merchant=1")).status_code == 404


async def test_names_from_the_database_are_text_and_never_markup(panel: Panel, scene: Scene) -> None:
    await scene.merchant("<script>alert(1)</script>")
    answer = await panel.get("/")
    assert "<script>alert" not in answer.text
    assert "<script>alert(1)</script>" in text_of(answer.text)


async def test_without_the_list_of_merchants_the_panels_role_sees_nothing(
    database: str, scene: Scene, clock: VirtualClock
) -> None:
    merchants = [await scene.merchant(name) for name in ("Первая", "Вторая")]
    for merchant, fn in zip(merchants, (REAL_FN, EMULATED_FN), strict=True):
        kkt = await scene.slot(merchant, 1, fn)
        await scene.rotation(merchant, kkt, None, "причина")
        await scene.batch(merchant, 1)
        await scene.refuse(await scene.receipt(merchant, payment(1)), "нет")
    panel = await connect(database, clock, role=ROLE)
    try:
        for listed in ([], merchants[:1], merchants):
            async with overview.seen_by(panel, listed) as db:
                seen: list[list[Any]] = [
                    await overview.unfinished_by_state(db, merchants, clock.now()),
                    await overview.batches_since(db, merchants, clock.now() - timedelta(days=1)),
                    await overview.cassettes_in_sight(db, merchants),
                    await overview.last_rotations(db, merchants, 10),
                    await overview.last_receipts(db, merchants, 10),
                    await overview.refused_receipts(db, merchants, 10),
                ]
            assert [{row.merchant_id for row in rows} for rows in seen] == [set(listed)] * len(seen)
        async with panel.read() as db:
            assert await overview.last_receipts(db, merchants, 10) == []
    finally:
        await panel.close()


async def test_the_panel_may_not_write(database: str, clock: VirtualClock) -> None:
    panel = await connect(database, clock, role=ROLE)
    try:
        async with panel.write() as db:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await db.execute("update fiscal.kkt set fault = null")
    finally:
        await panel.close()


async def test_no_big_table_is_read_as_a_whole(database: str, scene: Scene, clock: VirtualClock) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN, last_fd=20_000, acked_fd=19_999)
    first = await scene.receipt(merchant, payment(1))
    await scene.db.execute(
        """
        with copied as (
            insert into fiscal.receipt (
                merchant_id, id, event_id, event_key, form, sign, total_kopecks, register_group, body, created_at)
            select merchant_id, id + n, id, 'k', 3, 1, 1, 'main', body, created_at
            from fiscal.receipt, generate_series(1, 20000) n where id = $1
            returning merchant_id, id
        )
        insert into fiscal.fiscal_document (
            merchant_id, id, kkt_id, form, fn_number, fd_number, fiscal_sign, issued_at, recorded_at)
        select merchant_id, id, $2, 3, $3, id - $1, 1, now()::timestamp, now() from copied
        """,
        first,
        kkt,
        REAL_FN,
    )
    await scene.db.execute(
        "insert into fiscal.ofd_exchange (merchant_id, id, kkt_id, fn_number, fd_number, code, acked_at)"
        " select merchant_id, id, kkt_id, fn_number, fd_number, 0, now() from fiscal.fiscal_document where id % 2 = 0"
    )
    await scene.db.execute("analyze")
    panel = await connect(database, clock, role=ROLE)
    try:
        async with overview.seen_by(panel, [merchant]) as db:
            for name, arguments in (
                ("last_receipts", ([merchant], 20)),
                ("refused_receipts", ([merchant], 10)),
                ("slots_in_sight", ([merchant],)),
            ):
                await db.execute("set local plan_cache_mode = force_generic_plan")
                prepared = await db.prepare(f"explain (analyze, costs off, timing off) {overview.SQL[name]}")
                plan = "\n".join(row[0] for row in await prepared.fetch(*arguments))
                most = max(float(rows) for rows in re.findall(r"(?:rows=|Removed by .*: )([\d.]+)", plan))
                assert most <= 100, f"{name} reads {most} rows:\n{plan}"
    finally:
        await panel.close()


async def test_what_to_do_stands_before_everything_with_the_forecast_at_its_cassette(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    ends = (clock.now() + timedelta(days=9)).date()
    await scene.slot(merchant, 1, REAL_FN, documents_left=999, valid_until=ends)
    await scene.slot(merchant, 2, EMULATED_FN, "FAULTY", documents_left=500, fault="other_fn: FN 1 answers")
    await scene.receipt(merchant, payment(45_000))
    page = await words(panel)
    assert "Запасной кассы нет" in page
    assert "остановлена" in page
    assert page.index("Что сделать") < page.index("Рассчитано сегодня")
    assert "Очередь пройдёт" in page
    assert "3 600 чеках в час" in page
    assert "Памяти кассеты хватит до" in page


async def test_a_webhook_that_takes_nothing_stands_among_what_is_to_be_done(panel: Panel, scene: Scene) -> None:
    merchant, other = await scene.merchant("ООО «Тёплый дом»"), await scene.merchant("ООО «Провайдер»")
    await scene.slot(merchant, 1, REAL_FN, documents_left=999)
    await scene.troubled_webhook(merchant, "https://billing.example/hook")
    page = await words(panel)
    assert "Вебхук https://billing.example/hook больше часа не принимает сообщения. Ждут: 1." in page
    assert "Вебхук https://billing.example/hook: за неделю не доставлено сообщений: 1." in page
    assert "billing.example" not in await words(panel, f"/?merchant={other}")
