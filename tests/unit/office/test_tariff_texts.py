"""Plans as people write them: what is written is what is priced, and what is wrong is named with its place."""

from datetime import date

import msgspec
import pytest

from accounting.office.attributes import AttributeKind
from accounting.office.contract_offer import OfferedLine, OfferedService, offered_lines, regular_fee
from accounting.office.price import PriceCalculation, calculate
from accounting.office.tariff_starter import STARTER
from accounting.office.tariff_texts import WrittenLine, WrittenParameter, WrittenPlan, WrittenWrong, read_plan

SINCE = date(2026, 1, 1)
CAFE = {"employees": 4, "documents": 120, "bank_accounts": 2, "marketplace": True}


def priced(written: WrittenPlan = STARTER, **answers: bool | int | str) -> PriceCalculation:
    return calculate(read_plan(written, "УСН стандарт", 1, SINCE), answers, SINCE)


def test_the_plan_that_an_office_begins_with_is_the_worked_example() -> None:
    cafe = priced(STARTER, **CAFE)
    assert {line.name: line.amount_kopecks for line in cafe.lines} == {
        "ООО на УСН «доходы»": 900_000, "Сотрудники": 280_000, "Первичные документы": 420_000, "Счета в банке": 50_000,
        "Маркетплейсы": 330_000,
    }  # fmt: skip
    assert (cafe.before_coefficients_kopecks(), cafe.subtotal_kopecks) == (1_650_000, 1_980_000)
    assert [line.amount_kopecks for line in cafe.stages[0].discounts] == [-198_000]
    assert [stage.total_kopecks for stage in cafe.stages] == [1_782_000, 1_980_000]


def test_the_plan_that_an_office_begins_with_asks_the_base_parameters() -> None:
    assert [one.name for one in STARTER.parameters] == [
        "legal_form", "tax_system", "activity", "employees", "documents", "bank_operations", "bank_accounts",
        "cash_registers", "turnover_kopecks", "vat_payer", "foreign_trade", "marketplace", "divisions", "restore_books",
        "months_to_restore", "documents_by",
    ]  # fmt: skip


def test_a_parameter_of_the_office_s_own_is_asked_and_priced_without_programming() -> None:
    own = WrittenParameter(name="shops", label="Точек продаж", kind=AttributeKind.NUMBER, default=1)
    line = WrittenLine(kind="per_unit", name="Точки", parameter="shops", amount_kopecks=10_000, when="shops > 2")
    plan = msgspec.structs.replace(STARTER, parameters=(*STARTER.parameters, own), lines=(*STARTER.lines, line))
    assert [one.amount_kopecks for one in priced(plan, shops=3).lines if one.name == "Точки"] == [30_000]
    assert "Точки" not in {one.name for one in priced(plan, shops=2).lines}


def test_a_plan_survives_being_kept() -> None:
    assert msgspec.json.decode(msgspec.json.encode(STARTER), type=WrittenPlan) == STARTER


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (WrittenLine(kind="per_unit", name="Сотрудники", parameter="marketplace"), "числовой параметр"),
        (WrittenLine(kind="bracket", name="Документы", parameter="documents"), "ступени растут"),
        (WrittenLine(kind="flag", name="НДС"), "нужно условие"),
        (WrittenLine(kind="base", name="База", when="employes > 1"), "есть employees"),
        (WrittenLine(kind="coefficient", name="Коэффициент"), "коэффициент"),
        (WrittenLine(kind="discount", name="Скидка"), "процент или сумму"),
        (WrittenLine(kind="discount", name="Скидка", rate_bp=10_001), "больше 100 %"),
        (WrittenLine(kind="magic", name="Чудо"), "нет такого вида"),
        (WrittenLine(kind="base", name=""), "нет названия"),
    ],
)
def test_a_line_that_cannot_be_is_named_with_its_row(line: WrittenLine, said: str) -> None:
    plan = msgspec.structs.replace(STARTER, lines=(*STARTER.lines, line))
    with pytest.raises(WrittenWrong) as wrong:
        read_plan(plan, "Тариф", 1, SINCE)
    (mistake,) = wrong.value.mistakes
    assert (mistake.place, mistake.row) == ("lines", len(plan.lines))
    assert said in mistake.reason


def test_parameters_have_names_of_their_own_and_choices_to_choose_from() -> None:
    number = AttributeKind.NUMBER
    wrong_ones = (
        WrittenParameter(name="Работники", label="x", kind=number),
        WrittenParameter(name="employees", label="x", kind=number),
        WrittenParameter(name="colour", label="x", kind=AttributeKind.CHOICE),
        WrittenParameter(name="nameless", label="", kind=number),
    )
    plan = msgspec.structs.replace(STARTER, parameters=(*STARTER.parameters, *wrong_ones))
    with pytest.raises(WrittenWrong) as wrong:
        read_plan(plan, "Тариф", 1, SINCE)
    first = len(STARTER.parameters) + 1
    rows = {one.row for one in wrong.value.mistakes if one.place == "parameters"}
    assert rows == {first, first + 1, first + 2, first + 3}
    with pytest.raises(WrittenWrong, match="ни одной строки"):
        read_plan(WrittenPlan(), "Тариф", 1, SINCE)


def test_lines_of_one_service_become_one_line_of_the_contract_with_the_rules_of_the_catalogue() -> None:
    lines = tuple(
        msgspec.structs.replace(one, service="books") if one.kind in ("base", "bracket") else one
        for one in STARTER.lines
    )
    books = OfferedService(code="books", due_rule="M+1:WD03", obligations=("RU-*",))
    calculation = priced(msgspec.structs.replace(STARTER, lines=lines), restore_books=True, months_to_restore=2, **CAFE)
    assert offered_lines(calculation, {"books": books}) == [
        OfferedLine(service="books", due_rule="M+1:WD03", obligations=("RU-*",), price_kopecks=1_320_000),
        OfferedLine(service="Сотрудники", price_kopecks=280_000),
        OfferedLine(service="Счета в банке", price_kopecks=50_000),
        OfferedLine(service="Восстановление учёта", period="event", price_kopecks=1_200_000, in_fee=False),
    ]
    assert regular_fee(calculation) == 1_980_000
