import pytest

from accounting.office.attributes import ATTRIBUTES, BY_NAME
from accounting.office.conditions import AllOf, Answered, AnyOf, Compared, Not, OneOf, holds, names_in, parse_condition
from accounting.office.mistakes import BadText


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", AllOf(())),
        ("vat_payer", Answered("vat_payer")),
        ("not vat_payer", Not(Answered("vat_payer"))),
        ("advance_kopecks > 0", Compared("advance_kopecks", ">", 0)),
        ("patent_months>=6", Compared("patent_months", ">=", 6)),
        ("profit_mode = actual_monthly", OneOf("profit_mode", ("actual_monthly",))),
        ("kkt_event in (transfer, loss)", OneOf("kkt_event", ("transfer", "loss"))),
        (
            "vat_payer or vat_agent and has_land",  # `and` binds tighter
            AnyOf((Answered("vat_payer"), AllOf((Answered("vat_agent"), Answered("has_land"))))),
        ),
        (
            "(vat_payer or vat_agent) and not has_land",
            AllOf((AnyOf((Answered("vat_payer"), Answered("vat_agent"))), Not(Answered("has_land")))),
        ),
    ],
)
def test_condition_is_read(text: str, condition: object) -> None:
    assert parse_condition(text, BY_NAME) == condition


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("vat_payr", 0, "Нет признака vat_payr; есть vat_payer"),
        ("has_land and zzzzzzz", 13, "Нет признака zzzzzzz."),
        ("has_land and", 12, "Ожидается признак"),
        ("has_land has_vehicles", 9, "Лишнее «has_vehicles»"),
        ("has_land > 3", 9, "не подходит"),
        ("income_kopecks", 14, "число: сравните"),
        ("income_kopecks > many", 17, "Ожидается целое число, а стоит «many»"),
        ("income_kopecks in (hire)", 15, "не подходит"),
        ("hr_event = fired", 11, "нет значения «fired»"),
        ("hr_event in (hire", 17, "Ожидается «)»"),
        ("(has_land", 9, "Ожидается «)»"),
        ("has_land %", 9, "Лишнее «%»"),
        ("not", 3, "Ожидается признак"),
        ("(" * 21 + "has_land" + ")" * 21, 20, "Слишком много"),
        ("not " * 21 + "has_land", 80, "Слишком много"),
    ],
)
def test_mistake_says_its_place_and_reason(text: str, position: int, said: str) -> None:
    with pytest.raises(BadText) as refused:
        parse_condition(text, BY_NAME)
    assert refused.value.position == position
    assert said in refused.value.reason()


@pytest.mark.parametrize(
    ("text", "facts", "so"),
    [
        ("", {}, True),
        ("vat_payer", {}, False),
        ("not vat_payer", {}, True),
        ("vat_payer", {"vat_payer": True}, True),
        ("advance_kopecks > 0", {}, False),
        ("advance_kopecks > 0", {"advance_kopecks": 0}, False),
        ("advance_kopecks > 0", {"advance_kopecks": 1}, True),
        ("advance_kopecks > 0", {"advance_kopecks": True}, False),  # a flag is no number
        ("patent_months < 6", {"patent_months": 5}, True),
        ("patent_months <= 6", {"patent_months": 6}, True),
        ("fns_demand", {"fns_demand": "deal"}, True),
        ("hr_event in (hire, dismissal)", {"hr_event": "transfer"}, False),
        ("hr_event in (hire, dismissal)", {"hr_event": "dismissal"}, True),
        ("is_intermediary and not vat_payer", {"is_intermediary": True, "vat_payer": True}, False),
        ("vat_payer or vat_agent", {"vat_agent": True}, True),
    ],
)
def test_condition_holds_for_answers(text: str, facts: dict[str, bool | int | str], so: bool) -> None:
    assert holds(parse_condition(text, BY_NAME), facts) is so


def test_condition_names_what_it_asks() -> None:
    condition = parse_condition("not has_land and (vat_payer or income_kopecks > 5) and hr_event = hire", BY_NAME)
    assert sorted(names_in(condition)) == ["has_land", "hr_event", "income_kopecks", "vat_payer"]


def test_attributes_have_different_names_and_money_says_its_unit() -> None:
    assert len(BY_NAME) == len(ATTRIBUTES)
    assert {name for name in BY_NAME if "income" in name or "advance" in name} >= {"income_kopecks", "advance_kopecks"}
