from datetime import date

import msgspec
import pytest

from accounting.office.attributes import Attribute, AttributeKind
from accounting.office.conditions import AllOf, Answered, Fact, OneOf
from accounting.office.price import LineDifference, PriceCalculation, calculate, differences
from accounting.office.tariffs import (
    Base,
    Bracket,
    Coefficient,
    Discount,
    Parameter,
    PerUnit,
    Step,
    Surcharge,
    TariffPlan,
)
from accounting.receipts.wording import in_language

VALID_UNTIL = date(2026, 6, 1)


def _number(name: str, **more: object) -> Parameter:
    attribute = Attribute(name=name, label=name, kind=AttributeKind.NUMBER)
    return Parameter(attribute=attribute, default=0, **more)  # type: ignore[arg-type]


def _flag(name: str) -> Parameter:
    return Parameter(attribute=Attribute(name=name, label=name, kind=AttributeKind.FLAG), default=False)


LEGAL_FORM = Attribute(name="legal_form", label="", kind=AttributeKind.CHOICE, choices=("llc", "sole_trader"))
SYSTEM = Attribute(name="tax_system", label="", kind=AttributeKind.CHOICE, choices=("usn_income", "osno"))

USN_STANDARD = TariffPlan(
    name="УСН стандарт",
    version=1,
    valid_from=date(2026, 1, 1),
    parameters=(
        Parameter(attribute=LEGAL_FORM, default="llc"),
        Parameter(attribute=SYSTEM, default="usn_income"),
        _number("employees"),
        _number("documents"),
        _number("bank_accounts"),
        _flag("marketplace"),
        _flag("restore_books"),
        _number("months_to_restore", appears_when=Answered("restore_books")),
    ),
    # Out of order on purpose: kinds decide.
    lines=(
        Discount(name="Скидка", reason="знакомство", rate_bp=1_000, last_month=3),
        Coefficient(name="Маркетплейс", rate_bp=12_000, when=Answered("marketplace")),
        Bracket(name="Документы", parameter="documents", steps=(Step(50, 0), Step(150, 6_000), Step(None, 5_000))),
        PerUnit(name="Счета в банке", parameter="bank_accounts", price_kopecks=50_000, included=1),
        PerUnit(name="Сотрудники", parameter="employees", price_kopecks=70_000),
        Base(
            name="ООО на УСН «доходы»",
            amount_kopecks=900_000,
            when=AllOf((OneOf("legal_form", ("llc",)), OneOf("tax_system", ("usn_income",)))),
        ),
        PerUnit(name="Восстановление учета", parameter="months_to_restore", price_kopecks=600_000, one_off=True),
    ),
    minimum_fee_kopecks=300_000,
    rounding_step_kopecks=1_000,
)
CAFE: dict[str, Fact] = {"employees": 4, "documents": 120, "bank_accounts": 2, "marketplace": True}


def _priced(**answers: Fact) -> PriceCalculation:
    return calculate(USN_STANDARD, answers, VALID_UNTIL)


def test_worked_example_line_by_line() -> None:
    cafe = _priced(**CAFE)
    assert {line.name: line.amount_kopecks for line in cafe.lines} == {
        "ООО на УСН «доходы»": 900_000,
        "Сотрудники": 280_000,
        "Документы": 420_000,
        "Счета в банке": 50_000,
        "Маркетплейс": 330_000,
    }
    assert cafe.before_coefficients_kopecks() == 1_650_000
    assert cafe.subtotal_kopecks == 1_980_000
    assert cafe.lines[-1].of_kopecks == 1_650_000


def test_worked_example_costs_less_in_the_first_three_months() -> None:
    discounted, full = _priced(**CAFE).stages
    assert (discounted.first_month, discounted.last_month, discounted.total_kopecks) == (1, 3, 1_782_000)
    assert [line.amount_kopecks for line in discounted.discounts] == [-198_000]
    assert (full.first_month, full.last_month, full.total_kopecks, full.discounts) == (4, None, 1_980_000, ())


def test_every_line_explains_itself() -> None:
    cafe = _priced(**CAFE)
    explained = {
        line.name: line.explanation().replace("\xa0", " ") for line in (*cafe.lines, *cafe.stages[0].discounts)
    }
    assert explained == {
        "ООО на УСН «доходы»": "1 × 9 000,00 ₽",
        "Сотрудники": "4 × 700,00 ₽",
        "Документы": "70 × 60,00 ₽; включено 50",
        "Счета в банке": "1 × 500,00 ₽; включено 1",
        "Маркетплейс": "16 500,00 ₽ × 1,20",
        "Скидка": "10 % от 19 800,00 ₽; первые месяцы: 3; знакомство",
    }


def test_explanation_is_in_the_language_of_the_call() -> None:
    with in_language("en"):
        line = _priced(**CAFE).stages[0].discounts[0]
        assert line.explanation() == "10 % of 19,800.00 ₽; first months: 3; знакомство"


def test_each_unit_costs_the_price_of_its_own_bracket() -> None:
    documents = {line.name: line for line in _priced(documents=170).lines}["Документы"]
    assert [(part.quantity, part.price_kopecks) for part in documents.parts] == [(100, 6_000), (20, 5_000)]
    assert documents.amount_kopecks == 700_000
    assert {line.name: line.amount_kopecks for line in _priced(documents=50).lines}["Документы"] == 0


def test_units_that_are_included_cost_nothing() -> None:
    assert {line.name: line.amount_kopecks for line in _priced(bank_accounts=0).lines}["Счета в банке"] == 0


def test_fee_is_never_below_the_minimum() -> None:
    trader = _priced(legal_form="sole_trader")
    assert trader.subtotal_kopecks == 0
    assert {stage.total_kopecks for stage in trader.stages} == {300_000}


def test_total_goes_up_to_the_next_step_and_not_beyond() -> None:
    step = msgspec.structs.replace(USN_STANDARD, rounding_step_kopecks=70_000, lines=USN_STANDARD.lines[1:])
    assert calculate(step, {}, VALID_UNTIL).stages[0].total_kopecks == 910_000
    assert calculate(step, {"employees": 2, "bank_accounts": 1}, VALID_UNTIL).stages[0].total_kopecks == 1_050_000


def test_coefficients_multiply_one_after_another() -> None:
    twice = (*USN_STANDARD.lines, Coefficient(name="ВЭД", rate_bp=15_000))
    plan = msgspec.structs.replace(USN_STANDARD, lines=twice)
    assert calculate(plan, CAFE, VALID_UNTIL).subtotal_kopecks == 2_970_000


def test_surcharge_is_added_before_coefficients() -> None:
    plan = msgspec.structs.replace(
        USN_STANDARD,
        lines=(*USN_STANDARD.lines, Surcharge(name="ЭДО", amount_kopecks=10_000, when=Answered("marketplace"))),
    )
    assert calculate(plan, CAFE, VALID_UNTIL).subtotal_kopecks == 1_992_000


def test_work_done_once_is_not_in_the_monthly_fee() -> None:
    restored = _priced(**CAFE, restore_books=True, months_to_restore=3)
    assert restored.one_off_kopecks == 1_800_000
    assert restored.stages == _priced(**CAFE).stages


def test_parameter_that_does_not_appear_has_its_default() -> None:
    assert _priced(**CAFE, months_to_restore=3).one_off_kopecks == 0


def test_parameter_behind_one_that_does_not_appear_has_its_default_too() -> None:
    hidden = _flag("marketplace_books"), _number("marketplace_months", appears_when=Answered("marketplace_books"))
    plan = msgspec.structs.replace(
        USN_STANDARD,
        parameters=(
            *USN_STANDARD.parameters,
            msgspec.structs.replace(hidden[0], appears_when=Answered("marketplace")),
            hidden[1],
        ),
        lines=(PerUnit(name="Месяцы", parameter="marketplace_months", price_kopecks=100),),
    )
    given: dict[str, Fact] = {"marketplace_books": True, "marketplace_months": 5}
    assert calculate(plan, given, VALID_UNTIL).subtotal_kopecks == 0
    assert calculate(plan, {**given, "marketplace": True}, VALID_UNTIL).subtotal_kopecks == 500


def test_difference_tells_discounts_of_later_months_and_lines_of_one_name_together() -> None:
    def priced(second: int, later: int) -> PriceCalculation:
        lines = (
            Base(name="База", amount_kopecks=100_000),
            Base(name="База", amount_kopecks=second),
            Discount(name="Скидка", reason="с четвёртого", amount_kopecks=later, first_month=4),
            Discount(name="Акция", reason="лето", amount_kopecks=700, first_month=2, last_month=6),
        )
        return calculate(msgspec.structs.replace(USN_STANDARD, lines=lines), {}, VALID_UNTIL)

    assert differences(priced(20_000, 3_000), priced(30_000, 5_000)) == [
        LineDifference("База", 120_000, 130_000),
        LineDifference("Скидка", -3_000, -5_000),
    ]


def test_discounts_that_overlap_make_stages_of_months() -> None:
    plan = msgspec.structs.replace(
        USN_STANDARD,
        lines=(
            *USN_STANDARD.lines,
            Discount(name="Лето", reason="акция", amount_kopecks=80_000, first_month=3, last_month=5),
        ),
    )
    stages = calculate(plan, CAFE, VALID_UNTIL).stages
    assert [(one.first_month, one.last_month, one.total_kopecks) for one in stages] == [
        (1, 2, 1_782_000),
        (3, 3, 1_702_000),
        (4, 5, 1_900_000),
        (6, None, 1_980_000),
    ]
    assert "месяцы 3–5" in stages[1].discounts[1].explanation()


def test_saved_calculation_stays_when_the_tariff_changes_and_the_new_one_shows_the_difference() -> None:
    before = _priced(**CAFE)
    kept = msgspec.json.encode(before)
    dearer = msgspec.structs.replace(
        USN_STANDARD,
        version=2,
        lines=tuple(
            msgspec.structs.replace(line, price_kopecks=80_000) if line.name == "Сотрудники" else line
            for line in USN_STANDARD.lines
            if line.name != "Счета в банке"
        ),
    )
    after = calculate(dearer, CAFE, VALID_UNTIL)
    assert msgspec.json.encode(before) == kept
    assert differences(before, after) == [
        LineDifference("Сотрудники", 280_000, 320_000),
        LineDifference("Маркетплейс", 330_000, 328_000),
        LineDifference("Скидка", -198_000, -196_800),
        LineDifference("Счета в банке", 50_000, None),
    ]


def test_calculation_is_read_back_as_it_was_saved() -> None:
    before = _priced(**CAFE)
    assert msgspec.json.decode(msgspec.json.encode(before), type=PriceCalculation) == before


def test_tariff_is_read_back_as_it_was_written() -> None:
    written = msgspec.json.encode(USN_STANDARD)
    assert msgspec.json.decode(written, type=TariffPlan) == USN_STANDARD


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"staff": 1}, "no parameter staff"),
        ({"employees": -1}, "employees cannot be -1"),
        ({"employees": True}, "employees cannot be True"),
        ({"marketplace": 1}, "marketplace cannot be 1"),
        ({"tax_system": "npd"}, "tax_system cannot be 'npd'"),
    ],
)
def test_answer_that_does_not_fit_is_refused(answers: dict[str, Fact], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        calculate(USN_STANDARD, answers, VALID_UNTIL)


def test_plan_that_asks_for_what_it_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no parameter cars"):
        msgspec.structs.replace(USN_STANDARD, lines=(PerUnit(name="Машины", parameter="cars", price_kopecks=1),))
    with pytest.raises(ValueError, match="not a number"):
        msgspec.structs.replace(USN_STANDARD, lines=(PerUnit(name="Флаг", parameter="marketplace", price_kopecks=1),))


@pytest.mark.parametrize("bounds", [(), (50,), (None, None), (50, 40, None), (50, 50, None)])
def test_steps_that_do_not_rise_to_an_open_end_are_refused(bounds: tuple[int | None, ...]) -> None:
    with pytest.raises(ValueError, match="steps must rise"):
        Bracket(name="Документы", parameter="documents", steps=tuple(Step(bound, 1) for bound in bounds))
