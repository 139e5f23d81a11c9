"""Work of contracts has keys for good; steps of a contract ask for what they need."""

from datetime import date

import msgspec
import pytest

from accounting.office.clients import Coverage
from accounting.office.contract_steps import STEPS, ContractFacts, status_after, steps_of, what_hinders, what_is_missing
from accounting.office.contract_work import compare_work, generated_work
from accounting.office.contracts import Contract, ContractLine
from accounting.office.due_rules import parse_due_rule
from accounting.office.periods import PeriodKind
from accounting.working_days import BusinessCalendar, CalendarRules

RUSSIA = BusinessCalendar(CalendarRules())
FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)
ACT = ContractLine(id="1", service="act", starts_on=FIRST, terms=parse_due_rule("M+1:WD03"))
OPENING = ContractLine(
    id="2", service="opening", starts_on=date(2026, 1, 12), period=PeriodKind.EVENT, terms=parse_due_rule("E:+5W")
)
YEARLY = Contract(id="17", client="7", starts_on=FIRST, ends_on=date(2026, 12, 31), lines=(ACT, OPENING))


def test_work_has_keys_and_the_same_ones_again() -> None:
    found = generated_work([YEARLY], RUSSIA, FIRST, LAST)
    assert [(one.code, one.period, one.due) for one in found] == [
        ("W:opening", "2026-01-12", date(2026, 1, 19)),
        ("W:act", "2026-01", date(2026, 2, 4)),
        ("W:act", "2026-02", date(2026, 3, 4)),
    ]
    assert generated_work([YEARLY], RUSSIA, FIRST, LAST) == found
    december = generated_work([YEARLY], RUSSIA, date(2026, 11, 1), date(2026, 12, 31))
    assert {one.code for one in december} == {"W:act"}


def test_two_lines_of_one_service_are_two_pieces_of_work() -> None:
    twice = msgspec.structs.replace(YEARLY, lines=(ACT, msgspec.structs.replace(ACT, id="3")))
    found = generated_work([twice], RUSSIA, FIRST, date(2026, 2, 28))
    assert sorted(one.period for one in found) == ["2026-01", "2026-01/3"]


def test_a_new_plan_creates_moves_and_cancels_what_is_to_come_and_nobody_has_begun() -> None:
    opening, january, february = generated_work([YEARLY], RUSSIA, FIRST, LAST)
    old = {january.key(): date(2026, 2, 5), ("7", "W:gone", "2026-02", 0): date(2026, 3, 9)}  # type: ignore[dict-item]
    change = compare_work(old, [opening, january, february], date(2026, 1, 15), begun=())  # type: ignore[arg-type]
    assert (change.created, [one.work for one in change.moved]) == ((opening, february), [january])
    assert [key[1] for key, _ in change.cancelled] == ["W:gone"]
    late = compare_work(old, [opening, january, february], date(2026, 3, 10), begun=())  # type: ignore[arg-type]
    assert (late.created, late.moved, late.cancelled) == ((), (), ())
    begun = compare_work(old, [], date(2026, 1, 15), begun=set(old))  # type: ignore[arg-type]
    assert begun.cancelled == ()


def test_a_line_may_serve_all_rules_or_all_that_begin_alike() -> None:
    everything = Coverage(codes=frozenset({"*"}), valid_from=FIRST, valid_to=LAST)
    payroll = Coverage(codes=frozenset({"RU-NDFL*", "RU-RSV"}), valid_from=FIRST)
    assert everything.serves("RU-USN-ADV", FIRST)
    assert not everything.serves("RU-USN-ADV", LAST)
    assert [payroll.serves(code, FIRST) for code in ("RU-NDFL-PAY-A", "RU-RSV", "RU-RSV2")] == [True, True, False]


def facts(**more: object) -> ContractFacts:
    known = {
        "status": "draft", "number": "1", "starts_on": FIRST, "last_day": None, "lines": 1, "signed": frozenset(),
        "has_profile": True, "has_lead": True, **more,
    }  # fmt: skip
    return ContractFacts(**known)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("step", "lacking"),
    [
        ("agree", {"number": ""}),
        ("agree", {"starts_on": None}),
        ("agree", {"lines": 0}),
        ("send", {"lacks_text": True}),
        ("activate", {"has_profile": False}),
        ("activate", {"has_lead": False}),
    ],
)
def test_a_step_says_what_it_needs(step: str, lacking: dict[str, object]) -> None:
    assert len(what_is_missing(step, facts(**lacking))) == 1
    assert what_is_missing(step, facts()) == []


@pytest.mark.parametrize(
    ("step", "lacking", "words"),
    [
        ("activate", {"starts_on": LAST}, "начинается {day}"),
        ("back", {"signed": frozenset({"office"})}, "уже подписан"),
        ("suspend", {"reason": ""}, "причину"),
        ("cancel", {"reason": ""}, "причину"),
        ("close", {"last_day": LAST}, "Последний день договора — {day}"),
    ],
)
def test_a_step_that_nothing_can_make_possible_says_why(step: str, lacking: dict[str, object], words: str) -> None:
    whole = {"reason": "так решили", "last_day": FIRST}
    assert words in what_hinders(step, facts(**whole | lacking), FIRST)
    assert what_hinders(step, facts(**whole), FIRST) == ""


def test_two_marks_make_a_contract_signed_in_either_order() -> None:
    assert status_after("sign", facts(status="sent"), "client") == "sent"
    assert status_after("sign", facts(status="sent", signed=frozenset({"client"})), "office") == "signed"
    assert status_after("sign", facts(status="sent", signed=frozenset({"office"})), "office") == "sent"


def test_every_state_but_the_last_ones_leads_on() -> None:
    states = {source for step in STEPS.values() for source in step.sources} | {one.to for one in STEPS.values()} - {""}
    assert {state for state in states if not steps_of(state)} == {"closed", "cancelled"}
