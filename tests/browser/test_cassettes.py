"""Cassettes and cards of KKTs: what stands where, how long it lasts and why, and who may not see it."""

import json
from datetime import date, timedelta

from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.scene import EMULATED_FN, REAL_FN, Scene, payment

SPARE_FN = "7380440700123452"


async def _cassette(scene: Scene, clock: VirtualClock) -> tuple[int, int, int]:
    """A merchant with an FN at work that is nearly full, and a spare that is an emulator; ids of all three."""
    merchant, now = await scene.merchant("ООО «Тёплый дом»"), clock.now()
    active = await scene.slot(
        merchant, 1, REAL_FN, last_fd=950, acked_fd=940, documents_left=50, valid_until=now.date() + timedelta(days=90),
        shift_number=12, shift_opened_at=now - timedelta(hours=3), warnings=0x04,
    )  # fmt: skip
    spare = await scene.slot(merchant, 2, EMULATED_FN, "READY", documents_left=9_999, valid_until=date(2030, 1, 1))
    return merchant, active, spare


async def test_a_cassette_shows_every_slot_with_its_fill_its_shift_and_its_backlog(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    merchant, active, _ = await _cassette(scene, clock)
    text = await words(panel, "/cassettes")
    for part in (
        "ООО «Тёплый дом», кассета «main»",
        "работает",
        "7380 4407 0012 3451",
        "950 из 1 000",
        "(90 дней)",
        "ждут 10",
        "запасная",
        "эмулятор",
        "1 из 10 000",
    ):
        assert part in text, part
    page = (await panel.get("/cassettes")).text
    assert f'href="/kkts/{merchant}/{active}"' in page
    assert "в налоговую не попадают и чеками по закону не являются" in page


async def test_the_page_of_a_cassette_says_what_to_do_and_why(panel: Panel, scene: Scene, clock: VirtualClock) -> None:
    merchant, active, _ = await _cassette(scene, clock)
    for days in range(1, 40):
        await scene.count_day(merchant, clock.now().date() - timedelta(days=days), 20)
    await scene.rotation(merchant, active, None, "memory_full: room for 3 documents is left")
    text = await words(panel, f"/cassettes/{merchant}/{merchant}")
    for part in (
        "Запасная стоит наготове, поэтому это только напоминание",
        "Раньше кончится память",
        "а 4 документа остаются для закрытия",
        "Смены памяти",
        "память ФН заполнена",
        "нет запасной",
    ):
        assert part in text, part


async def test_the_card_of_a_kkt_tells_its_fns_life_papers_shifts_and_orders(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    merchant, active, _ = await _cassette(scene, clock)
    now = clock.now()
    for number, kind, answer in (
        (1, "close_shift", {"done": {"shift_number": 11, "last_fd": 930}}),
        (2, "rotate", {"refused": "the slot is READY: only an active one can give way"}),
        (3, "return_to_service", {"refused": "other_fn: FN 9999078900000001 answers"}),
        (7, "take_out", {"done": {"state": "CLOSED", "unconfirmed": 2, "note": "they stay counted"}}),
        (8, "take_out", {"refused": "receipts that it has in hand: 1; nobody knows whether it made them"}),
        (4, "pause", {"failed": "no answer within 5 s"}),
        (5, "pause", None),
    ):
        await scene.db.execute(
            "insert into fiscal.kkt_request (merchant_id, id, kkt_id, kind, created_at, finished_at, answer, asked_by,"
            " reason) values ($1, $2, $3, $4, $5, $6, $7, 'Анна', 'проверка')",
            merchant, number, active, kind, now, None if answer is None else now,
            None if answer is None else json.dumps(answer),
        )  # fmt: skip
    text = await words(panel, f"/kkts/{merchant}/{active}")
    for part in (
        "Касса 7380 4407 0012 3451",
        "память заполнена на 90 %",
        "0000000001000000",
        "fn+tcp://127.0.0.1:1",
        "127.0.0.1:2",
        "рабочий день № 12 открыт",
        "сделано: рабочий день № 11 закрыт, последний документ № 930",
        "отказано: Уступить место может только работающая касса",
        "отказано: по адресу этой кассы отвечает другой ФН",
        "сделано: касса закрыта, документов без подтверждения оператора осталось: 2. Что с ними делать",
        "отказано: Сначала выясните вручную каждый чек, который касса держит в руках",
        "касса не смогла: попробуйте ещё раз, когда она ответит no answer within 5 s",
        "ждём ответа кассы",
    ):
        assert part in text, part
    clock.jump(60)
    part_alone = await panel.get(f"/kkts/{merchant}/{active}/orders", headers={"X-Part": "1"})
    assert "<html" not in part_alone.text
    assert "ответа всё нет: проверьте, работает ли диспетчер" in text_of(part_alone.text)


async def test_a_slot_that_stands_still_offers_its_return_and_its_end(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    faulty = await scene.slot(merchant, 1, REAL_FN, "FAULTY", fault="totals_differ: shift 7: 3 receipts, books 4")
    page = (await panel.get(f"/kkts/{merchant}/{faulty}")).text
    assert "итоги смены в ФН и в нашем учёте расходятся" in text_of(page)
    assert f'"/kkts/{merchant}/{faulty}/order/return_to_service"' in page
    assert f'"/kkts/{merchant}/{faulty}/order/take_out"' in page
    assert "/order/pause" not in page
    assert "/order/rotate" not in page
    end = await words(panel, f"/kkts/{merchant}/{faulty}/order/take_out")
    assert "Это нельзя отменить. Память 7380 4407 0012 3451 больше никогда не возьмёт чек." in end
    assert "спросите в налоговой" in end
    text = await words(panel, f"/kkts/{merchant}/{faulty}/order/return_to_service")
    assert "вы принимаете разницу" in text
    assert "Это нельзя отменить" not in text


async def test_what_cannot_be_undone_names_its_object_before_it_is_done(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    merchant, active, spare = await _cassette(scene, clock)
    text = await words(panel, f"/kkts/{merchant}/{active}/order/rotate")
    assert "Это нельзя отменить. Память 7380 4407 0012 3451 больше никогда не возьмёт чек." in text
    assert "ООО «Тёплый дом»" in text
    assert "сейчас в этом нет смысла" in await words(panel, f"/kkts/{merchant}/{spare}/order/rotate")
    assert (await panel.get(f"/kkts/{merchant}/{active}/order/explode")).status_code == 404
    assert (await panel.get(f"/kkts/{merchant}/7/order/pause")).status_code == 404


async def test_receipts_that_wait_for_a_person_are_listed_with_what_can_be_done(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    merchant, active, _ = await _cassette(scene, clock)
    parked, lost = await scene.receipt(merchant, payment(12_345)), await scene.receipt(merchant, payment(500))
    await scene.refuse(parked, "bad_request: the FN refuses tag 1008")
    await scene.db.execute(
        "update fiscal.queue set state = 'UNCERTAIN', kkt_id = $2 where receipt_id = $1", lost, active
    )
    page = (await panel.get(f"/cassettes/{merchant}/{merchant}")).text
    for kind, receipt in (("retry", parked), ("cancel", parked), ("settle", lost)):
        assert f'href="/receipts/{merchant}/{receipt}/order/{kind}"' in page, kind
    assert "ФН не принял данные чека" in text_of(page)
    assert f"/receipts/{merchant}/{lost}/order/settle" in (await panel.get(f"/kkts/{merchant}/{active}")).text
    assert "/order/retry" in (await panel.get(f"/receipts/{merchant}/{parked}")).text
    assert "123,45 ₽" in await words(panel, f"/receipts/{merchant}/{parked}/order/cancel")
    assert "Документ есть, вот он" in await words(panel, f"/receipts/{merchant}/{lost}/order/settle")
    assert (await panel.get(f"/receipts/{merchant}/{lost}/order/burn")).status_code == 404


async def test_those_that_need_a_person_come_first_page_by_page(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    for number in range(23):
        merchant = await scene.merchant(f"ООО «№ {number:02}»")
        await scene.slot(merchant, 1, f"73804407{number:08}", "FAULTY" if number == 21 else "ACTIVE",
                         documents_left=1000)  # fmt: skip
    empty = await scene.merchant("ООО «Пустое»")
    await scene.db.execute("delete from fiscal.cassette where merchant_id = $1", empty)
    first = await words(panel, "/cassettes")
    assert "нужен человек: 1" in first
    assert first.index("ООО «№ 21», кассета") < first.index("ООО «№ 00», кассета")
    assert "страница 1 из 3" in first
    assert "ООО «№ 12», кассета" not in first
    assert "ООО «№ 12», кассета" in await words(panel, "/cassettes?number=2")
    last = await words(panel, "/cassettes?number=99")
    assert "страница 3 из 3" in last
    assert "ООО «Пустое» Кассы ещё нет" in last
    needing = await words(panel, "/cassettes?only=need")
    assert "ООО «№ 21», кассета" in needing
    assert "ООО «№ 00», кассета" not in needing


async def test_the_rules_of_a_cassette_are_shown_with_what_they_are_for(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    merchant, *_ = await _cassette(scene, clock)
    page = await panel.get(f"/cassettes/{merchant}/{merchant}/rules")
    text = text_of(page.text)
    assert "Оставлять в памяти документов" in text
    assert "На 30 день память откажется делать чеки" in text
    assert 'name="unreachable_s" inputmode="decimal" value="60"' in page.text
