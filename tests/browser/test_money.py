"""Money in: a file is handed over, checked, taken in once; what waits for a person is shown and can be settled."""

import json
from collections.abc import AsyncIterator

import pytest

from fiscal_server.clock import VirtualClock
from fiscal_server.new_merchant import NewMerchant, create_merchant
from tests.browser.client import text_of
from tests.browser.money_scene import Desk, open_desk
from tests.storage.scene import RULES, Shop, open_shop, payment
from tests.unit.reconciliation.incoming_files import Document, Paid, many, named_fields, statement, total_line

KNOWN = "0001234567"


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        await shop.post([], [KNOWN])
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


@pytest.fixture
async def desk(shop: Shop, api: str) -> AsyncIterator[Desk]:
    async with open_desk(shop, api) as desk:
        yield desk


def a_statement() -> bytes:
    """A payment that is somebody's, one that is nobody's, and a line that a person has to look at."""
    return statement(
        [
            Document(),
            Document(number="9002", purpose="Интернет", kopecks=10_000),
            Document(number="9003", credited="31.02.2026", dated="31.02.2026", kopecks=20_000),
        ]
    )


async def test_a_statement_is_checked_before_anything_is_stored(desk: Desk, shop: Shop) -> None:
    page = await desk.checked("выписка.txt", a_statement())
    told = await desk.text(page)
    assert "выписка банка" in told
    assert "Что получится" in told
    assert "Платежей 2 · 550,00 ₽" in told
    assert "Неизвестных плательщиков 1" in told
    assert "Нужно посмотреть 1" in told
    assert "22/122" in told  # money beforehand, by VAT code
    assert "Провести" in told
    assert await shop.value("select count(*) from fiscal.import") == 0
    assert await shop.value("select count(*) from fiscal.receipt") == 0
    assert "проверен, ждёт решения" in await desk.text("/money")


async def test_a_file_that_was_checked_is_taken_in_once_however_often_its_button_is_pressed(
    desk: Desk, shop: Shop
) -> None:
    page = await desk.checked("выписка.txt", a_statement())
    for _ in range(3):
        answer = await desk.press(f"{page}/run")
        assert answer.headers["location"] == page
    assert await shop.value("select count(*) from fiscal.import") == 1
    assert await shop.value("select count(*) from fiscal.receipt") == 2
    card = (await desk.browser.get(page)).headers["location"]
    told = await desk.text(card)
    assert "2 · 550,00 ₽" in told
    assert "31.02.2026" in told  # why the line waits
    assert "в очереди" in await desk.text(f"{card}/receipts") or "ждёт кассу" in await desk.text(f"{card}/receipts")
    assert await shop.value("select action from office.audit order by number desc limit 1") == "money.import"


async def test_a_form_that_is_sent_twice_is_one_file(desk: Desk, shop: Shop) -> None:
    first = await desk.checked("a.txt", a_statement())
    assert await desk.checked("a.txt", a_statement()) == first
    assert await shop.value("select count(*) from office.upload") == 1
    assert await desk.checked("a.txt", a_statement(), key="another-" + "k" * 20) != first


async def test_lines_that_were_not_taken_are_a_file_without_formulas(desk: Desk) -> None:
    formula = '=HYPERLINK("http://evil.example";"x")'
    bad = Document(number="9003", credited="31.02.2026", dated="31.02.2026", payer=formula, purpose="@SUM(1)")
    page = await desk.checked("выписка.txt", statement([Document(), bad]))
    await desk.press(f"{page}/run")
    card = (await desk.browser.get(page)).headers["location"]
    answer = await desk.browser.get(f"{card}/export?format=csv&outcome=rejected")
    assert answer.headers["content-disposition"].startswith('attachment; filename="errors-')
    head, row = answer.content.decode("utf-8-sig").splitlines()
    assert head.startswith("Строка;Что с ней;Дата;Сумма;Лицевой счёт;Плательщик;Назначение;Почему")
    assert "посмотрите" in row
    assert ";=" not in row
    assert ';"=' not in row
    assert "'=HYPERLINK" in row
    assert "'@SUM(1)" in row


async def test_names_of_payers_and_of_files_are_text_and_never_markup(desk: Desk) -> None:
    markup = '"><script>alert(1)</script>'
    bad = Document(number="9003", payer=markup, purpose=f"Интернет {markup}")
    page = await desk.checked(f"../..\\{markup}.txt", statement([Document(), bad]))
    await desk.press(f"{page}/check", format="statement 1c-exchange", channel=markup)
    pages = ["/money", page]
    await desk.press(f"{page}/run")
    card = (await desk.browser.get(page)).headers["location"]
    for path in (*pages[:1], card, f"{card}/unknown", "/money/batches"):
        answer = await desk.browser.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text, path
    assert "<script>alert(1)" in await desk.text(f"{card}/unknown")
    name = await desk.shop.value("select file_name from fiscal.import")
    assert "/" not in name.replace("</script>", "")
    assert "\\" not in name


async def test_money_of_an_unknown_payer_gets_its_account_once(desk: Desk, shop: Shop) -> None:
    page = await desk.checked("выписка.txt", a_statement())
    await desk.press(f"{page}/run")
    card = (await desk.browser.get(page)).headers["location"]
    form = await desk.browser.get(f"{card}/unknown")
    assert "100,00 ₽" in text_of(form.text)
    (key,) = {part.split('"')[0] for part in form.text.split('name="account-')[1:]}
    wrong = await desk.press(f"{card}/unknown", **{f"account-{key}": "нет такого"})
    assert wrong.status_code == 422
    for _ in range(2):
        assert (await desk.press(f"{card}/unknown", **{f"account-{key}": KNOWN})).status_code == 303
    assert await shop.value("select count(*) from fiscal.event where type = 'payment_identification'") == 1
    assert "уже назван" in await desk.text(f"{card}/unknown")
    assert await shop.value("select count(*) from office.audit where action = 'money.identified'") == 1


async def test_a_register_that_nobody_recognises_is_mapped_by_a_person(desk: Desk, shop: Shop) -> None:
    page = await desk.checked("reestr.txt", total_line(many(2)).rstrip() + b"\n\nlast line")
    told = await desk.text(page)
    assert "Файл не узнан" in told
    assert "Реестр с итоговой строкой" in told
    assert (await desk.press(f"{page}/check", format="")).status_code == 422
    await desk.press(f"{page}/check", format="register total-line", credited_on="2026-10-19")
    assert "Файл не будет принят" in await desk.text(page)
    assert (await desk.press(f"{page}/run")).headers["location"] == page
    assert await shop.value("select count(*) from fiscal.import") == 0


@pytest.mark.parametrize(
    ("content", "adapter"), [(total_line(many(2)), "total-line"), (named_fields([Paid()]), "named-fields")]
)
async def test_registers_are_known_by_their_bytes(desk: Desk, shop: Shop, content: bytes, adapter: str) -> None:
    page = await desk.checked("reestr.bin", content)
    assert "Что получится" in await desk.text(page)
    await desk.press(f"{page}/run")
    assert await shop.value("select adapter from fiscal.import") == adapter


async def test_a_batch_is_checked_and_posted_under_a_key_of_its_own(desk: Desk, shop: Shop) -> None:
    body = json.dumps({"accounts": [{"id": "A1"}], "events": [payment("p1"), payment("p2")], "on_error": "skip"})
    page = await desk.checked("batch.json", body.encode())
    told = await desk.text(page)
    assert "Принято событий 2" in told
    assert "Чеков 2" in told
    await desk.press(f"{page}/run")
    card = (await desk.browser.get(page)).headers["location"]
    assert card.startswith("/money/batches/")
    assert "Событий 2" in await desk.text(card)
    assert await shop.value("select count(*) from fiscal.receipt") == 2


async def test_what_a_batch_refused_is_shown_and_is_a_file(desk: Desk) -> None:
    bad = payment("=cmd|p2") | {"tenders": {"cash": 0}}
    body = "\n".join(json.dumps(one) for one in ({"on_error": "skip"}, payment("p1"), bad))
    page = await desk.checked("batch.ndjson", body.encode())
    await desk.press(f"{page}/run")
    card = (await desk.browser.get(page)).headers["location"]
    assert "Что отклонено" in await desk.text(card)
    rows = (await desk.browser.get(f"{card}/errors?format=csv")).content.decode("utf-8-sig").splitlines()
    assert rows[0] == "Событие;Ключ;Код;Поле;Почему"
    assert "'=cmd|p2" in rows[2]


@pytest.mark.parametrize(
    "content", [b"%PDF-1.7", b"MZ\x90\0", b"\xd0\xcf\x11\xe0old", b"a\0b", b"", b"  \n", b"<!doctype html><p>"]
)
async def test_files_of_other_types_are_refused_whatever_they_are_called(desk: Desk, content: bytes) -> None:
    answer = await desk.hand_over("kl_to_1c.txt", content)
    assert answer.status_code == 422
    assert await desk.shop.value("select count(*) from office.upload") == 0


async def test_a_file_that_is_too_large_is_refused(desk: Desk) -> None:
    answer = await desk.hand_over("a.txt", b"1CClientBankExchange" + b"x" * (64 * 1024 * 1024))
    assert answer.status_code in (413, 422)
    assert await desk.shop.value("select count(*) from office.upload") == 0


async def test_a_file_that_was_given_up_is_gone(desk: Desk) -> None:
    page = await desk.checked("a.txt", a_statement())
    assert (await desk.press(f"{page}/forget")).headers["location"] == "/money"
    assert (await desk.browser.get(page)).status_code == 404
    assert await desk.shop.value("select count(*) from office.upload_piece") == 0


async def test_a_step_whose_process_died_is_begun_anew(desk: Desk, shop: Shop) -> None:
    page = await desk.checked("a.txt", a_statement())
    async with shop.db.write() as db:
        await db.execute("update office.upload set state = 'RUNNING'")
    assert (await desk.press(f"{page}/run")).status_code == 303
    assert await shop.value("select count(*) from fiscal.import") == 0  # somebody may be at it
    shop.clock.jump(60)
    assert "Работа прервалась" in await desk.text(page)
    await desk.press(f"{page}/run")
    assert await shop.value("select count(*) from fiscal.import") == 1


async def test_what_belongs_to_others_is_not_found(desk: Desk, shop: Shop, api: str) -> None:
    page = await desk.checked("a.txt", a_statement())
    async with shop.db.write() as db:
        await db.execute("update office.upload set merchant_id = 7")
    for path in (page, f"{page}/state"):
        assert (await desk.browser.get(path)).status_code == 404, path
    for path in (f"{page}/check", f"{page}/run", f"{page}/forget"):
        assert (await desk.press(path)).status_code == 404, path
    assert (await desk.hand_over("a.txt", a_statement(), merchant="7")).status_code == 422
    second = await desk.checked("a.txt", a_statement(), key="another-" + "k" * 20)
    await desk.press(f"{second}/run")
    card = (await desk.browser.get(second)).headers["location"]
    batch = await shop.value("select batch_id from fiscal.import")
    other = await create_merchant(shop.db, NewMerchant(name="Чужая", rules=RULES, place="здесь", address="Москва"))
    foreign = card.replace(f"/{shop.merchant.id}/", f"/{other.id}/")
    for path in (
        foreign, f"{foreign}/totals", f"{foreign}/receipts", f"{foreign}/export?format=csv", f"{foreign}/unknown",
        f"/money/batches/{other.id}/{batch}", f"/money/batches/{other.id}/{batch}/errors?format=csv",
        f"{card}0000000000000000", f"/money/imports/7/{card.rpartition('/')[2]}", "/money?merchant=7",
    ):  # fmt: skip
        assert (await desk.browser.get(path)).status_code == 404, path
    assert (await desk.press(f"{foreign}/unknown", **{"account-x": "1"})).status_code == 404


async def test_sql_in_any_condition_is_a_text_like_any_other(desk: Desk) -> None:
    page = await desk.checked("a.txt", a_statement())
    await desk.press(f"{page}/run")
    card = (await desk.browser.get(page)).headers["location"]
    for path in ("/money", "/money/batches", card):
        for name in ("kind", "look", "from", "to", "outcome", "behind", "ahead", "first", "order", "column"):
            for text in ("'; drop table fiscal.import; --", "%", "\0", "\U0010ffff", "9" * 30):
                for place in ("", "/totals"):
                    answer = await desk.browser.get(path + place, params={name: text})
                    assert answer.status_code == 200, (path, name, text)


async def test_lists_page_in_both_directions_and_leave_as_files(desk: Desk, shop: Shop) -> None:
    async with shop.db.write() as db:
        await db.execute(
            "insert into fiscal.import select $1, n, 'register', 'table', '=1+1', 'f' || n,"
            " decode(md5(n::text), 'hex'), 0, null, null, 2, 1, 100, 0, 0, 0, n % 2, 0, 1, '[]', now()"
            " from generate_series(1, 120) n",
            shop.merchant.id,
        )
    first = (await desk.browser.get("/money")).text
    assert first.count('class="row-link"') == 50
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = await desk.browser.get(following)
    assert "51–100" in text_of(second.text)
    back = second.text.split('rel="prev" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "f120" in await desk.text(back)
    assert "из 60" in await desk.text("/money/totals?look=yes")
    rows = (await desk.browser.get("/money/export?format=csv&column=file&column=channel")).text.splitlines()
    assert len(rows) == 121
    assert rows[1] == "f120;'=1+1"
    assert (await desk.browser.get("/money/batches/export?format=xlsx")).status_code == 200
