"""Texts of contracts: fields are filled in or named with their line, and no value becomes anything but text."""

import re
from datetime import date

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounting.receipts.wording import in_language
from admin.office.contract_texts.fields import FIELDS, LINES, Table, Written, table_of, values_of
from admin.office.contract_texts.filling import Problem, TextRefused, fill, problems_of
from admin.office.contract_texts.making import compose
from admin.office.contract_texts.paper import draw_pdf
from admin.office.contract_texts.reading import sample_text
from admin.storage.office.contract_texts import ContractTemplate, OwnDetails, PartyDetails
from admin.storage.office.contracts import ContractCard, StoredLine
from admin.storage.office.organisations import Organisation
from fiscal_server.clock import VirtualClock

NOW = VirtualClock().now()
PARTY = PartyDetails(
    address="Тверь, Речная, 1", bank="р/с 1, БИК 2", contact="a@example.ru", acts_by="директора Ивановой Анны Петровны",
    signer_post="Директор", signer="А. П. Иванова",
)  # fmt: skip
CARD = ContractCard(
    id=1, version=1, organisation_id=2, short_name="Кафе", status="draft", lead_id=None, calculation_id=None,
    renews_contract_id=None, original_returned_on=None, notice_on=None, closes_on=None, renewed_by=None,
    number="17/2026", dated=date(2026, 1, 12), starts_on=date(2026, 2, 1), ends_on=date(2026, 12, 31),
    renews_by_months=12, fee_kopecks=1_980_000, indexation_bp=550, indexation_month=1,
    terms={"payment_terms": "до 5-го", "documents": "до 3-го"},
)  # fmt: skip
LINE = StoredLine(id=1, contract_id=1, service="books", starts_on=date(2026, 2, 1), ends_on=None, quantity=1,
                  price_kopecks=1_980_000)  # fmt: skip
CLIENT = Organisation(
    id=2, version=1, created_at=NOW, short_name="Кафе", full_name="ООО «Кафе»", tax_number="7700000009",
    identifiers={"kpp": "770001001", "ogrn": "1027700000019"},
)  # fmt: skip
OWN = OwnDetails(name="ООО «Учёт»", inn="7700000016", place="Тверь", party=PARTY)
WRITTEN = Written(card=CARD, lines=[LINE, msgspec.structs.replace(LINE, service="Акт", price_kopecks=0)],
                  services={"books": "Бухгалтерия"}, client=CLIENT, details=PARTY, own=OWN)  # fmt: skip
FULL = dict.fromkeys(FIELDS, "x")
TABLE = Table(("Услуга", "Цена"), (("Бухгалтерия", "100,00 ₽"),))
EVIL = (
    "<script>alert(1)</script>", "**жирно** _и_ `так`", "[x](javascript:alert(1))", "{{office.inn}}", "# заголовок",
    "| a | b |", '"><img src=x onerror=alert(1)>', "&lt;b&gt;", "- список", "#sys.inputs *typst* $x$ @a <b>", "\\",
)  # fmt: skip


def said(text: str) -> list[tuple[str, int, str]]:
    return [(one.kind, one.line, one.field) for one in problems_of(text)]


def test_every_field_has_a_value_in_the_words_of_the_template() -> None:
    values = values_of(WRITTEN)
    assert {*values, LINES} == FIELDS.keys()
    assert all(value for name, value in values.items() if name not in ("office.kpp", "office.ogrn"))
    assert values["client.numbers"] == "ИНН 7700000009, КПП 770001001, ОГРН 1027700000019"
    assert values["office.numbers"] == "ИНН 7700000016"
    assert values["contract.fee"] == "19\u00a0800,00\u00a0₽"
    assert values["contract.term"] == "по 31.12.2026 включительно; затем продлевается каждый раз на 12\u00a0месяцев"
    assert values["contract.indexation"] == "растёт на 5,50 % каждый год с 1-го числа месяца 1"
    assert table_of(WRITTEN).rows == (
        ("Бухгалтерия", "каждый месяц", "1", "19\u00a0800,00\u00a0₽, в плате за месяц"),
        ("Акт", "каждый месяц", "1", "в плате за месяц"),
    )
    over = msgspec.structs.replace(LINE, service="Час", quantity=2, price_kopecks=150_000, in_fee=False)
    with_coefficient = msgspec.structs.replace(WRITTEN, card=msgspec.structs.replace(CARD, fee_kopecks=2_376_000),
                                               lines=[LINE, over])  # fmt: skip
    assert [row[-1] for row in table_of(with_coefficient).rows] == ["в плате за месяц", "1\u00a0500,00\u00a0₽"]
    with in_language("en"):
        assert values_of(WRITTEN)["contract.notice"] == "30\u00a0days"
    forever = msgspec.structs.replace(CARD, ends_on=None, renews_by_months=None, indexation_bp=None)
    open_ended = values_of(msgspec.structs.replace(WRITTEN, card=forever))
    assert (open_ended["contract.term"], open_ended["contract.indexation"]) == (
        "без ограничения срока", "не индексируется",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("stages", "said"),
    [
        ([[1, 3, 1_782_000], [4, None, 1_980_000]], "19 800,00 ₽; месяцы 1–3: 17 820,00 ₽"),
        ([[1, None, 1_980_000]], "19 800,00 ₽"),
        ([[1, 3, 1_000_000], [4, None, 1_100_000]], "19 800,00 ₽"),  # another fee was agreed on since
    ],
)
def test_the_fee_tells_the_months_that_cost_less(stages: list[list[int | None]], said: str) -> None:
    card = msgspec.structs.replace(CARD, terms={**CARD.terms, "stages": stages})
    fee = values_of(msgspec.structs.replace(WRITTEN, card=card))["contract.fee"]
    assert fee.replace("\u00a0", " ") == said


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("а\n{{client.nmae}} {{ client.inn }}", [("unknown", 2, "client.nmae")]),
        ("{{}}", [("unknown", 1, "")]),
        ("{{client.inn}\n{{client.inn}}", [("broken", 1, "")]),
        ("client.inn}}", [("broken", 1, "")]),
        ("`{{client.inn}}`", [("misplaced", 1, "client.inn")]),
        ("[сайт](https://{{client.inn}})", [("misplaced", 1, "client.inn")]),
        ("```\n{{client.inn}}\n```", [("misplaced", 2, "client.inn")]),
        ("\\{{client.inn}}", [("misplaced", 1, "client.inn")]),
        ("Услуги: {{contract.lines}}", [("table", 1, "contract.lines")]),
        ("- {{contract.lines}}", [("table", 1, "contract.lines")]),
        ("Услуги:\n\n{{contract.lines}}\n\nвсе", []),
        ("[]()", [("nowhere", 1, "")]),
        ("# а\n\nб\n[сайт]() и [наш][x]\n\n[x]: <>", [("nowhere", 4, "сайт"), ("nowhere", 4, "наш")]),
        ("а\n\n|б|\n|-|\n|[**в**](<>)|", [("nowhere", 5, "в")]),
        ("- а\n- [](https://a.ru) [ ](https://a.ru)", [("wordless", 2, ""), ("wordless", 2, "")]),
        (f"а\n[б]({'в' * 700})", [("endless", 2, "б")]),
        ("[а]: https://a.ru", [("blank", 1, "")]),
        ("# {{client.name}}\n\n|{{client.inn}}|б|\n|-|-|\n|**{{client.kpp}}**|[{{client.ogrn}}](https://a.ru)|", []),
    ],
)  # fmt: skip
def test_a_mistake_of_a_template_is_named_with_its_line(text: str, problems: list[tuple[str, int, str]]) -> None:
    assert said(text) == problems


def test_all_that_is_empty_is_named_at_once_and_nothing_comes_of_it() -> None:
    text = "{{contract.number}}\n\n{{client.signer}}\n\n{{contract.lines}}"
    with pytest.raises(TextRefused) as refused:
        fill(text, {**FULL, "contract.number": "", "client.signer": ""}, Table(("Услуга",), ()))
    assert refused.value.problems == [
        Problem("empty", 1, "contract.number"), Problem("empty", 3, "client.signer"), Problem("empty", 5, LINES),
    ]  # fmt: skip
    assert refused.value.problems[0].text() == "Строка 1: не заполнено «номер договора» (contract.number)."
    fill("{{client.inn}}", {**FULL, "contract.number": ""}, TABLE)  # what the text does not name is not asked


def test_the_sample_has_no_mistake_and_says_that_it_is_one() -> None:
    template = ContractTemplate(1, "ru", None, 1, "Образец", sample_text(), "Анна", NOW)
    made = compose(template, WRITTEN)
    assert made.title == "Договор № 17/2026"
    assert "не юридическая консультация" in made.html()
    assert re.search(r"\{\{|\}\}", made.html()) is None
    for part in ("<strong>ООО «Кафе»</strong>, ИНН 7700000009", "<td>Бухгалтерия</td>", '<td class="number">19'):
        assert part in made.html(), part


def marks(html: str) -> list[str]:
    return re.findall(r"<[^>]*>", html)


TEXT = "# {{client.name}}\n\n**{{client.inn}}** {{client.name}}\n- {{client.kpp}}\n\n|а|\n|-:|\n|{{client.bank}}|\n\n" \
       "{{contract.lines}}"  # fmt: skip


@given(st.one_of(st.sampled_from(EVIL), st.text(min_size=1, max_size=30)))
def test_no_value_becomes_markup(value: str) -> None:
    table = Table(TABLE.heads, ((value, value),))
    plain = fill(TEXT, FULL, Table(TABLE.heads, (("x", "x"),)))
    assert marks(fill(TEXT, dict.fromkeys(FIELDS, value), table).html()) == marks(plain.html())


def test_columns_to_the_right_stand_there_by_a_class_of_the_panel() -> None:
    html = fill(TEXT, FULL, TABLE).html()
    assert "style=" not in html
    assert '<td class="number">x</td>' in html


@pytest.mark.parametrize("value", EVIL)
def test_a_paper_is_drawn_whatever_stands_in_it(value: str) -> None:
    text = TEXT + "\n\n1. а\n   - б ~~в~~\n\n> г `д`\n\n---\n\n```\n<е>\n```\n\n[ж](https://a.example)\n\n||\n|-|\n||"
    pdf = draw_pdf(fill(text, dict.fromkeys(FIELDS, value), Table(TABLE.heads, ((value, value),))), value, "pt_BR")
    assert pdf.startswith(b"%PDF-")


PIECES = st.sampled_from((
    "[", "]", "(", ")", "<", ">", "[]()", "[x]()", "[x]: <>", "[x]:", "http://a", "#", "*", "**", "_", "~~", "`", "```",
    "|", "|-|", "-", "1.", "999999999)", "---", "===", "\n", "\n\n", "    ", "\t", "&#0;", "&lt;", "\\",
    "{{client.inn}}", "{{contract.lines}}", "{{", "}}", "\x00", "\u200b", "x",
))  # fmt: skip


@given(st.one_of(st.lists(PIECES, min_size=1, max_size=12).map("".join), st.text(min_size=1, max_size=60)))
def test_a_template_is_refused_or_becomes_a_page_and_a_paper(text: str) -> None:
    problems = problems_of(text)
    if problems:
        assert all(one.text() and 1 <= one.line <= text.count("\n") + 1 for one in problems)
        with pytest.raises(TextRefused):
            fill(text, FULL, TABLE)
        return
    filled = fill(text, FULL, TABLE)
    assert filled.html()
    assert draw_pdf(filled, "x", "ru").startswith(b"%PDF-")
