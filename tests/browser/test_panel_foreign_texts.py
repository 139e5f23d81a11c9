"""What others wrote, in lists, cards and files: it is text there, and nobody sees what is another's."""

import io
import re
import zipfile
from datetime import date

from python_calamine import CalamineWorkbook

from tests.browser.client import Panel, text_of
from tests.browser.scene import Scene, payment

NASTY = "'; drop table fiscal.receipt; --"
MARKUP = '"><script>alert(1)</script>'
FORMULA = '=HYPERLINK("http://evil.example","Счёт")'


async def test_sql_in_any_condition_is_a_text_like_any_other(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.receipt(merchant, payment(100), await scene.account(merchant, NASTY))
    pages = {
        "/receipts": ("account", "state", "from", "to", "sum_from", "sum_to", "fd", "kind", "column", "order"),
        "/accounts": ("code", "contact", "money", "kind", "column", "order"),
    }
    for path, names in pages.items():
        for name in (*names, "behind", "ahead", "first"):
            for text in (NASTY, "%", "_%", "\\", "\0", "' or 1=1 --", "\U0010ffff", "|", "1|", f"{merchant}|'"):
                for place in ("", "/totals"):
                    answer = await panel.get(path + place, params={name: text})
                    assert answer.status_code == 200, (path, name, text)
    assert (await panel.get("/receipts/codes", params={"begins": NASTY})).json() == [NASTY]
    assert await _rows(panel, "/receipts", account=NASTY) == 1
    assert await _rows(panel, "/accounts", code="'; drop") == 1


async def _rows(panel: Panel, path: str, **conditions: str) -> int:
    return (await panel.get(path, params=conditions)).text.count('class="row-link"')


async def test_ids_of_other_merchants_and_of_nobody_are_not_found(panel: Panel, scene: Scene) -> None:
    first, second = await scene.merchant("Первая"), await scene.merchant("Вторая")
    account = await scene.account(first, "A1")
    receipt = await scene.receipt(first, payment(100), account)
    card = f"/receipts/{first}/{receipt}"
    assert (await panel.get(card)).status_code == 200
    assert (await panel.get(f"/accounts/{first}/A1")).status_code == 200
    for path in (
        f"/receipts/{second}/{receipt}",
        f"/receipts/{second}/{receipt}/why",
        f"/receipts/{second}/{receipt}/pdf",
        f"/receipts/1/{receipt}",
        f"/receipts/{first}/0",
        f"/receipts/{first}/99999999999999999999999",
        f"/accounts/{second}/A1",
        "/accounts/1/A1",
        f"/accounts/{first}",
        f"/accounts/{first}/{'x' * 129}",
        "/receipts?merchant=1",
        "/receipts/totals?merchant=1",
        "/receipts/export?format=csv&merchant=1",
        "/accounts?merchant=word",
    ):
        assert (await panel.get(path)).status_code == 404, path


async def test_texts_of_payers_are_text_and_never_markup(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant(MARKUP)
    await scene.merchant("Вторая")
    account = await scene.account(merchant, MARKUP, contact=MARKUP)
    await scene.debt(merchant, account, MARKUP, 100, date(2026, 1, 1))
    receipt = await scene.paid(merchant, account, MARKUP, 100)
    await scene.refuse(receipt, MARKUP)
    for path in (
        "/receipts",
        "/accounts",
        f"/receipts/{merchant}/{receipt}",
        f"/receipts/{merchant}/{receipt}/why",
        f"/accounts/{merchant}?code=%22%3E%3Cscript%3Ealert%281%29%3C%2Fscript%3E&pay=5",
        "/receipts?account=%22%3E%3Cscript%3Ealert(1)%3C",
        "/accounts?contact=%22%3E%3Cscript%3Ealert(1)",
    ):
        answer = await panel.get(path)
        assert answer.status_code == 200, path
        assert "<script>alert" not in answer.text, path
        assert text_of(answer.text).count("<script>alert(1)") > 0, path
        assert not re.search(r"<style|style=|<script(?! type=\"module\" src=)|\son\w+=", answer.text), path


async def test_a_csv_holds_the_chosen_columns_and_no_formulas(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.receipt(merchant, payment(123_450), await scene.account(merchant, FORMULA))
    answer = await panel.get("/receipts/export?format=csv&column=account&column=sum&column=time")
    assert answer.headers["content-disposition"] == 'attachment; filename="receipts.csv"'
    head, row = answer.content.decode("utf-8-sig").splitlines()
    assert head == "Рассчитан;Лицевой счёт;Сумма"
    assert row.endswith(';"\'=HYPERLINK(""http://evil.example"",""Счёт"")";1234,50')
    accounts = (await panel.get("/accounts/export?format=csv&column=code&column=debt")).content.decode("utf-8-sig")
    assert accounts.splitlines()[1].startswith("\"'=HYPERLINK")


async def test_an_xlsx_holds_numbers_days_and_no_formulas(panel: Panel, scene: Scene) -> None:
    merchant = await scene.merchant("ООО «Тёплый дом»")
    await scene.receipt(merchant, payment(123_450), await scene.account(merchant, FORMULA))
    answer = await panel.get("/receipts/export?format=xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0)
    head, row = sheet.to_python()
    cells = dict(zip(head, row, strict=True))
    assert cells["Лицевой счёт"] == FORMULA
    assert cells["Сумма"] == 1234.5
    assert str(cells["Рассчитан"]).startswith("2026-01-15")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")
        assert not any("hyperlink" in name for name in parts.namelist())


async def test_an_unknown_file_format_is_not_found(panel: Panel, scene: Scene) -> None:
    await scene.merchant("ООО «Тёплый дом»")
    assert (await panel.get("/receipts/export")).status_code == 404
    assert (await panel.get("/receipts/export?format=xlsx&sum_from=x")).status_code == 404
