"""Leads out of a file: checked, taken in, taken back where nobody has touched them; and a client that is changed."""

from tests.browser.client import Panel, text_of, words
from tests.browser.scene import EMULATED_FN, Scene
from tests.browser.test_contracts import done, post
from tests.clients import Clients

FILE = (
    "Компания;Телефон;Почта;ИНН\n"
    "ООО «Кафе»;+7 900 000-00-01;;\n"
    "Чайная;;tea@example.ru;\n"
    "Без связи;;;\n"
    "Знакомые;;;7700000016\n"
    "Знакомые снова;+7 900 000-00-03;;7700000016\n"
)


async def test_a_file_is_checked_taken_in_and_taken_back(panel: Panel, clients: Clients) -> None:
    await clients.client("Старый клиент", tax_number="7700000016")
    answer = await panel.post(
        "/leads/import", data={"source": "event"}, files={"file": ("лиды.csv", FILE.encode(), "text/csv")},
        follow_redirects=False,
    )  # fmt: skip
    card = answer.headers["location"]
    page = await words(panel, card)
    for part in (
        "Загрузим: 2. Уже есть: 1. С ошибкой: 2.",
        "тот же ИНН: Старый клиент",
        "Укажите телефон, почту или мессенджер",
    ):
        assert part in page, part
    await done(panel, f"{card}/mapping", source="event", m_organisation_name="0", m_email="2")
    assert "Загрузим: 1" in await words(panel, card)
    await done(panel, f"{card}/mapping", source="event", m_organisation_name="0", m_phone="1", m_email="2",
               m_tax_number="3")  # fmt: skip
    for _ in range(2):
        await done(panel, f"{card}/run")
    assert "Загружено: 2. Осталось: 2." in await words(panel, card)
    async with clients.look() as db:
        touched = await db.fetchval("select id from office.lead where email = 'tea@example.ru'")
    await done(panel, f"/leads/{touched}/move", step="log_contact", note="Говорили")
    for _ in range(2):
        await done(panel, f"{card}/undo")
    assert "Осталось: 1." in await words(panel, card)
    assert "Чайная" in (leads := await words(panel, "/leads"))
    assert "Кафе" not in leads
    wrong = await panel.post("/leads/import", data={"source": "site"}, files={"file": ("x.csv", b"a;b\n", "text/csv")})
    assert "нет строк под заголовком" in text_of(wrong.text)


async def test_a_client_is_changed_number_by_number_and_shows_its_cassettes(
    panel: Panel, clients: Clients, scene: Scene
) -> None:
    await clients.client("Другой", tax_number="7700000016")
    client = await clients.client("Кафе")
    page = f"/clients/{client}/edit"
    form = {"version": "1", "short_name": "Кафе на углу", "full_name": "ООО «Кафе на углу»", "kind": "org"}
    for wrong, said in (({"kpp": "77"}, "В КПП ошибка"), ({"ogrn": "1000000000001"}, "В ОГРН ошибка"),
                        ({"tax_number": "770000001600"}, "В ИНН ошибка"), ({"tax_number": "7700000016"}, "уже есть"),
                        ({"short_name": ""}, "Укажите название")):  # fmt: skip
        assert said in text_of((await post(panel, page, **{**form, **wrong})).text), said
    await done(panel, page, **form, kpp="770101001", ogrn="1000000000000")
    assert "только что изменили" in text_of((await post(panel, page, **form)).text)
    merchant = await scene.merchant("ООО «Кафе»")
    await scene.slot(merchant, 1, EMULATED_FN)
    await scene.batch(merchant, 7)
    await done(panel, f"/clients/{client}/merchants", merchant=str(merchant))
    card = await words(panel, f"/clients/{client}")
    for part in ("Кафе на углу", "КПП 770101001", "Чеков сегодня 7", "Кассета «main» 1 накопитель"):
        assert part in card, part
