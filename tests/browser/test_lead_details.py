"""What is known of a lead beside its way: names, a messenger, what is wanted, the consent; where it goes from there."""

from datetime import date

from tests.browser.client import Panel, text_of, words
from tests.browser.test_leads import CAFE, add, lead_to_price, post
from tests.clients import Clients

MORE = {
    "surname": "Орлова",
    "name": "Ольга",
    "patronymic": "Игоревна",
    "messenger": "Telegram @olga",
    "source_detail": "Пекарня на площади",
    "needs": "Зарплата и отчётность",
    "expected_start": "2026-03-01",
    "consent_on": "2026-01-15",
}


async def test_what_is_known_of_a_lead_goes_with_it_to_its_contact_and_contract(panel: Panel, clients: Clients) -> None:
    card = await add(panel, **MORE, email="", phone="", despite="1")
    page = await words(panel, card)
    for part in (
        "№ 1",
        "Орлова Ольга Игоревна",
        "Telegram @olga",
        "сайт: Пекарня на площади",
        "01.03.2026",
        "15.01.2026",
    ):
        assert part in page, part
    await lead_to_price(panel, card)
    assert (await post(panel, f"{card}/convert")).status_code == 303
    async with clients.look() as db:
        contact = await db.fetchrow("select name, notes, preferred_channel from office.contact")
        starts_on = await db.fetchval("select starts_on from office.contract")
    assert contact is not None
    assert tuple(contact) == ("Орлова Ольга Игоревна", "Telegram @olga", "messenger")
    assert starts_on == date(2026, 3, 1)


async def test_what_is_learned_later_is_written_on_the_card(panel: Panel) -> None:
    first, second = await add(panel), await add(panel, despite="1")
    assert "№ 1" in await words(panel, first)
    assert "№ 2" in await words(panel, second)
    assert "Согласие на обработку данных ещё нет" in await words(panel, second)
    known = {
        "surname": "Орлова",
        "name": "Ольга",
        "patronymic": "Игоревна",
        "needs": "Восстановить учёт",
        "consent_on": "2026-01-14",
        "phone": "8 (900) 000-00-77",
        "email": "Orlova@Example.ru",
    }
    assert (await post(panel, f"{second}/details", **known)).status_code == 303
    page = await words(panel, second)
    assert "Орлова Ольга Игоревна" in page
    assert "Восстановить учёт" in page
    assert "14.01.2026" in page
    assert "+79000000077" in page
    assert "orlova@example.ru" in page
    wrong = await post(panel, f"{second}/details", needs="Кадры", consent_on="вчера")
    assert wrong.status_code == 422
    assert "Укажите дату" in text_of(wrong.text)
    assert "Кадры" in wrong.text
    early = await post(panel, f"{second}/details", **{**known, "consent_on": "2026-01-16"})
    assert "Согласие на обработку данных: Этот день ещё не наступил." in text_of(early.text)
    unreachable = await post(panel, f"{second}/details", **{**known, "phone": "", "email": ""})
    assert "Укажите телефон, почту или мессенджер." in text_of(unreachable.text)
    for name, wrong_way in (("phone", "звоните"), ("email", "orlova")):
        assert (await post(panel, f"{second}/details", **{**known, name: wrong_way})).status_code == 422
    assert "+79000000077" in await words(panel, second)
    nobody = await add(panel, organisation_name="", despite="1")
    assert "имя или название" in text_of((await post(panel, f"{nobody}/details", needs="Кадры")).text)
    assert (await post(panel, "/leads/17/details", needs="Кадры")).status_code == 404


async def test_a_changed_way_to_reach_a_lead_is_looked_for_among_the_others(panel: Panel, clients: Clients) -> None:
    await add(panel)
    card = await add(
        panel, name="Пётр", organisation_name="", phone="+79000000002", email="p@example.ru", tax_number=""
    )
    kept = {"name": "Пётр", "phone": "+79000000002", "email": "p@example.ru"}
    for changed, why in (
        ({"phone": "8 900 000-00-01"}, "тот же телефон"),
        ({"email": "OLGA@example.ru"}, "та же почта"),
    ):
        warned = await post(panel, f"{card}/details", **{**kept, **changed, "needs": "Кадры"})
        assert warned.status_code == 422
        assert f"Возможно, это уже есть: ООО «Кафе на углу», Ольга Орлова {why}" in text_of(warned.text)
        assert 'name="despite"' in warned.text
        assert "Кадры" in warned.text  # what was typed stays
    assert "p@example.ru" in await words(panel, card)
    async with clients.look() as db:
        assert await db.fetchval("select count(*) from office.audit where action = 'lead.changed'") == 0
    both = {**kept, "phone": "+79000000001", "despite": "1"}
    assert (await post(panel, f"{card}/details", **both)).status_code == 303
    again = {**both, "needs": "Кадры", "despite": ""}  # it has this telephone already: nobody asks again
    assert (await post(panel, f"{card}/details", **again)).status_code == 303
    assert "Возможно" not in await words(panel, card)


async def test_somebody_without_any_way_to_be_reached_is_no_lead(panel: Panel) -> None:
    answer = await post(panel, "/leads/new", **{**CAFE, "phone": "", "email": ""})
    assert answer.status_code == 422
    assert "Укажите телефон, почту или мессенджер." in text_of(answer.text)
