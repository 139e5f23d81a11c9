"""Cards of a receipt and of an account: paper, story, reasons, and a payment tried out."""

from datetime import timedelta

from fiscal_server.clock import VirtualClock
from tests.browser.client import Panel, text_of, words
from tests.browser.scene import EMULATED_FN, REAL_FN, Scene, payment


async def test_a_registered_receipt_is_drawn_with_its_code_and_tells_its_story(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, REAL_FN)
    account = await scene.account(merchant, "0040017811")
    receipt = await scene.paid(merchant, account, "0040017811", 123_450)
    await scene.register(merchant, receipt, kkt, fiscal_sign=3_153_580_303)
    await scene.confirm(merchant, receipt, kkt)
    card = f"/receipts/{merchant}/{receipt}"
    answer = await panel.get(card)
    page = text_of(answer.text)
    for part in (
        "ИНН 7700000016",
        "ИТОГ 1 234,50 ₽",
        "ФН 7380440700123451",
        "ФП 3153580303",
        "Платёж ключ pay-",
        "память 7380 4407 0012 3451, № 2",
        "Оператор подтвердил",
        "у оператора",
    ):
        assert part in page, part
    assert page.index("Платёж ключ") < page.index("Чек рассчитан") < page.index("Чек оформлен")
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in answer.text
    assert "Эмулятор" not in page
    pdf = await panel.get(f"{card}/pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content[:5] == b"%PDF-"


async def test_the_rules_say_why_a_receipt_is_as_it_is(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    account = await scene.account(merchant, "A1")
    receipt = await scene.paid(merchant, account, "A1", 45_000)
    page = await words(panel, f"/receipts/{merchant}/{receipt}/why")
    assert "Поступил платеж 450,00 ₽" in page
    assert "Ни долгов, ни переплаты не было" in page
    assert "Срок" in page
    strange = await scene.receipt(merchant, payment(100), account)
    assert "Объяснить этот чек расчётом не получилось" in await words(panel, f"/receipts/{merchant}/{strange}/why")


async def test_a_receipt_of_an_emulator_is_marked_and_one_without_a_document_is_no_paper(
    panel: Panel, scene: Scene
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    kkt = await scene.slot(merchant, 1, EMULATED_FN)
    account = await scene.account(merchant, "A1")
    made, waiting = [await scene.paid(merchant, account, "A1", 100) for _ in range(2)]
    await scene.register(merchant, made, kkt, 1)
    assert "Эмулятор, не чек" in await words(panel, f"/receipts/{merchant}/{made}")
    page = await words(panel, f"/receipts/{merchant}/{waiting}")
    assert "Ещё не чек: документа нет" in page
    assert "Печать" not in page
    assert (await panel.get(f"/receipts/{merchant}/{waiting}/pdf")).status_code == 404


async def test_a_refused_receipt_says_what_the_device_said_and_what_comes_next(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    account = await scene.account(merchant, "A1")
    before = await scene.receipt(merchant, payment(100), account)
    receipt = await scene.receipt(merchant, payment(200), account)
    await scene.refuse(receipt, "bad_request: 16h: wrong sum")
    page = await words(panel, f"/receipts/{merchant}/{receipt}")
    assert "Касса отказала ФН не принял данные чека · 16h: wrong sum" in page
    assert "Касса отвергла документ. Сам он больше не пойдёт" in page
    assert f"Перед ним этого счёта: {before}" in page


async def test_a_correction_and_what_it_corrects_know_each_other(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    wrong, right = await scene.receipt(merchant, payment(100)), await scene.receipt(merchant, payment(200))
    await scene.corrected(merchant, wrong, by=right)
    assert "Этот чек исправили 2,00 ₽" in await words(panel, f"/receipts/{merchant}/{wrong}")
    assert "Он исправляет 1,00 ₽" in await words(panel, f"/receipts/{merchant}/{right}")


async def test_an_account_shows_debts_advances_and_what_happened(
    panel: Panel, scene: Scene, clock: VirtualClock
) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    account = await scene.account(merchant, "A1", contact="+79990000001")
    await scene.debt(merchant, account, "heating", 45_000, clock.now().date() - timedelta(days=3))
    await scene.lot(merchant, account, 5_000)
    await scene.paid(merchant, account, "A1", 100)
    page = await words(panel, f"/accounts/{merchant}/A1")
    assert "Долг 450,00 ₽ Переплата 50,00 ₽" in page
    assert "Отопление январь 2026 12.01.2026 450,00 ₽" in page
    assert "+79990000001" in page
    assert "деньги вперёд 1,00 ₽ в очереди" in page
    assert page.index("деньги вперёд 1,00 ₽") < page.index("Платёж pay-")


async def test_a_long_history_goes_on_behind_its_page(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    account = await scene.account(merchant, "A/1")
    receipts = [await scene.receipt(merchant, payment(100), account) for _ in range(31)]
    page = (await panel.get(f"/accounts/{merchant}?code=A/1")).text
    assert f"/receipts/{merchant}/{receipts[-1]}" in page
    assert f"/receipts/{merchant}/{receipts[0]}" not in page
    older = (await panel.get(f"/accounts/{merchant}", params={"code": "A/1", "before": str(receipts[1])})).text
    assert f"/receipts/{merchant}/{receipts[0]}" in older
    assert "к новым" in older


async def test_a_payment_is_tried_out_and_nothing_of_it_is_stored(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    account = await scene.account(merchant, "A1")
    await scene.debt(merchant, account, "heating", 45_000, scene.clock.now().date())
    tables = ("event", "receipt", "queue", "event_key", "payment", "audit")

    async def rows() -> list[int]:
        return [await scene.db.fetchval(f"select count(*) from fiscal.{table}") for table in tables]

    before = await rows()
    page = await words(panel, f"/accounts/{merchant}/A1?pay=500,00&on=15.01.2026&way=cash")
    assert "450,00 ₽ в долг: Отопление, январь 2026" in page
    assert "50,00 ₽ в переплату" in page
    assert "Чек: оплата 500,00 ₽" in page
    assert "оформить сразу, в момент расчёта" in page
    assert "Почему именно так" in page
    assert await rows() == before
    assert "Нужна сумма больше нуля" in await words(panel, f"/accounts/{merchant}/A1?pay=0")
