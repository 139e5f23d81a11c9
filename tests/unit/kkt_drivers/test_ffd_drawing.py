"""A receipt drawn: what a buyer must find, in HTML and in PDF, and nothing that is not theirs."""

import re
from html.parser import HTMLParser

import msgspec
import pytest

from accounting.receipts.codes import DocumentForm
from accounting.receipts.model import Agent, AgentData
from kkt_drivers.ffd.documents import receipt_records
from kkt_drivers.ffd.draw_html import draw_html
from kkt_drivers.ffd.draw_pdf import draw_pdf
from kkt_drivers.ffd.drawing import drawing_of
from kkt_drivers.ffd.envelope import open_envelope
from kkt_drivers.ffd.tree import Node, decode_document, decode_nodes
from tests.unit.kkt_drivers import golden
from tests.unit.kkt_drivers.ffd_samples import LINE, V1_05, V1_2, order
from tests.unit.kkt_drivers.ffd_wholes import MADE, changed, utility_receipt, whole


class Page(HTMLParser):
    """Texts of a page, and the addresses it would load."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.loaded: list[str] = []
        self.feed(html)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "data")]


def test_page_has_everything_a_buyer_looks_for() -> None:
    text = "|".join(Page(draw_html(utility_receipt())).texts)
    for wanted in (
        'ООО "Единый расчётный центр"', "ИНН 7702203276", "109240, Москва", "https://pay.example", "Кассовый чек № 7",
        "Приход", "03.11.2026 12:05", "2. Отопление, 10.2026", "22,5 Гкал × 50,17", "= 1\u00a0128,83",
        "1\u00a0616,33 руб.", "НДС 22%", "203,56", "Сумма без НДС", "Предоплата (аванс)", "616,33", "anna@example.com",
        "7380440902582955", "2853205313", "www.nalog.gov.ru", "поставщик АО", "1.2",
    ):  # fmt: skip
        assert wanted in text, wanted


def test_line_of_an_agent_says_who_sold_and_who_took_the_money() -> None:
    data = AgentData(operation="Приём платежа", agent_phones=("+74951112233",), transfer_operator_name="Банк")
    agent = Agent(64, "7702203276", "ООО «Водоканал»", ("+74950000000",), data)
    line = msgspec.structs.replace(LINE, agent=agent)
    records = receipt_records(order(lines=(line,)), V1_2)
    drawn = drawing_of(Node(3, decode_nodes(b"".join(records)))).lines[0].notes
    assert drawn[1:] == (
        'агент, поставщик ООО "Водоканал", ИНН\u00a07702203276, тел.\u00a0+74950000000',
        "Приём платежа, тел.\u00a0+74951112233, оператор перевода Банк",
    )


@pytest.mark.parametrize(("kind", "name"), [(0, "Номер основания"), (1, "Предписание")])
def test_number_of_a_correction_is_called_what_it_is(kind: int, name: str) -> None:
    document = changed(whole(DocumentForm.CORRECTION_RECEIPT, V1_05), t1173=kind)
    assert dict(drawing_of(document).head)[name] == "15-04/12"


def test_reports_have_amounts_and_days_as_people_write_them() -> None:
    drawn = dict(drawing_of(whole(DocumentForm.SETTLEMENTS_REPORT, V1_2)).details)
    assert drawn["Дата первого из непереданных ФД"] == "02.11.2026"
    assert drawn["· · Общая итоговая сумма в чеках (БСО)"] == "10,00"


def test_page_loads_nothing_and_has_its_code_inside() -> None:
    html = draw_html(utility_receipt())
    assert Page(html).loaded == []
    assert "url(" not in html
    assert "<svg" in html
    assert "@media print" in html


def test_service_zero_of_1104_is_not_shown() -> None:
    document = utility_receipt()
    taxes = dict(drawing_of(changed(document, 1105, t1104=0)).taxes)
    assert taxes == {"НДС 22%": "203,56"}
    assert dict(drawing_of(decode_document(golden.document("receipt_ffd_1_0_five_items"))).taxes) == {
        "Сумма с НДС 0%": "279,90"
    }


def test_rate_is_called_as_on_its_day() -> None:
    assert dict(drawing_of(decode_document(golden.document("receipt_atol_test_fn"))).taxes) == {"НДС 18%": "3,81"}
    assert "НДС 20%" in dict(drawing_of(decode_document(golden.document("receipt_weighed_goods"))).taxes)


def test_emulated_receipt_says_that_it_is_none() -> None:
    html = draw_html(whole(DocumentForm.RECEIPT, V1_2))
    assert "Эмулятор, не чек" in html
    assert "тестовый ФН" in html
    assert "Эмулятор" not in draw_html(utility_receipt())


def test_texts_of_a_document_are_never_markup() -> None:
    odd = changed(utility_receipt(), t1048="<script>alert(1)</script>", t1008='"><img src=x>')
    html = draw_html(odd)
    assert "<script>" not in html
    assert "<img" not in html
    assert draw_pdf(changed(utility_receipt(), t1048="#panic() $ * _ `"))[:5] == b"%PDF-"


@pytest.mark.parametrize("name", golden.EVERYTHING)
def test_every_real_document_is_drawn(name: str) -> None:
    tree = decode_document(open_envelope(golden.document(name)).document)
    assert draw_html(tree).startswith("<!doctype html>")


@pytest.mark.parametrize("ffd", [V1_05, V1_2])
@pytest.mark.parametrize("form", MADE)
def test_every_form_is_drawn(form: DocumentForm, ffd: object) -> None:
    document = whole(form, V1_05 if ffd is V1_05 else V1_2)
    drawing = drawing_of(document)
    assert drawing.title
    assert bool(drawing.qr) is (document.find(1020) is not None)
    assert drawing.marks


def test_pdf_is_one_page_with_its_fonts_inside() -> None:
    data = draw_pdf(utility_receipt())
    assert data[:5] == b"%PDF-"
    assert len(re.findall(rb"/Type\s*/Page\b", data)) <= 1
    assert b"/FontFile" in data


def test_draft_without_a_sign_has_no_code() -> None:
    assert drawing_of(changed(utility_receipt(), 1077)).qr == ""
    assert "<svg" not in draw_html(changed(utility_receipt(), 1077))


def test_empty_receipt_is_drawn_too() -> None:
    assert draw_html(Node(3, ()))
    assert draw_pdf(Node(3, (Node(1059, ()),)))
    assert msgspec.json.encode(drawing_of(Node(3, ())))
