"""The way of a case: every step from every state, four eyes, group cases, what closes and what never moves again."""

from datetime import date

import hypothesis.strategies as st
import pytest
from hypothesis import given
from msgspec import structs

from accounting.office.case_roles import _BY_BEGINNING, role_of
from accounting.office.cases import (
    CLOSED,
    NOT_BEGUN,
    OBLIGATION_STATES,
    OPEN,
    STEPS,
    Case,
    Hindrance,
    Part,
    Place,
    hindrance,
    is_complete,
    may_close_part,
    steps_of,
)
from accounting.office.pack_files import shipped_pack

DOES = {Place.EXECUTOR}
CHECKS = {Place.REVIEWER}
PLACES = st.frozensets(st.sampled_from(Place), min_size=1)
CASES = st.builds(
    Case,
    state=st.sampled_from((*OPEN, *CLOSED)),
    has_reviewer=st.booleans(),
    is_submitted=st.booleans(),
    is_obligation=st.booleans(),
    unchecked=st.integers(0, 2),
)
WALKS = st.lists(st.tuples(st.sampled_from(sorted(STEPS)), PLACES), max_size=40)


def walk(case: Case, *names: str, places: set[Place] = DOES, text: str = "…") -> Case:
    for name in names:
        assert hindrance(case, name, places, text=text) is None, (case.state, name)
        case = Case(
            state=STEPS[name].to, has_reviewer=case.has_reviewer, is_submitted=case.is_submitted, parts=case.parts
        )
    return case


def test_a_payment_is_begun_and_completed() -> None:
    assert walk(Case(state="planned"), "open", "start", "complete").is_closed


def test_a_report_is_submitted_and_accepted_and_never_simply_completed() -> None:
    report = Case(state="in_progress", is_submitted=True)
    assert hindrance(report, "complete", DOES) is Hindrance.SUBMITTED
    sent = walk(report, "make_ready", "submit")
    assert hindrance(sent, "reject", DOES) is Hindrance.TEXT
    assert walk(sent, "accept").state == "done"
    assert walk(sent, "reject").state == "in_progress"
    assert hindrance(Case(state="ready"), "submit", DOES) is Hindrance.SUBMITTED


def test_four_eyes_the_executor_does_not_approve_and_does_not_go_round() -> None:
    case = Case(state="in_progress", has_reviewer=True)
    assert hindrance(case, "complete", DOES) is Hindrance.REVIEW
    assert hindrance(Case(state="in_progress", has_reviewer=True, is_submitted=True), "make_ready", DOES)
    asked = walk(case, "submit_for_review")
    assert hindrance(asked, "approve", DOES) is Hindrance.PLACE
    assert hindrance(asked, "approve", {*DOES, Place.HEAD}) is Hindrance.OWN_WORK
    assert hindrance(asked, "return", CHECKS) is Hindrance.TEXT
    assert walk(walk(asked, "approve", places=CHECKS), "complete").is_closed


def test_what_is_closed_late_needs_a_reason() -> None:
    late = Case(state="in_progress", legal_date=date(2026, 4, 27))
    assert hindrance(late, "complete", DOES, today=date(2026, 4, 27), late_reason="") is None
    assert hindrance(late, "complete", DOES, today=date(2026, 4, 28), late_reason="") is Hindrance.LATE
    assert hindrance(late, "complete", DOES, today=date(2026, 4, 28), late_reason="документы пришли поздно") is None
    assert hindrance(late, "waive", DOES, today=date(2026, 4, 28), late_reason="", text="нулевой период") is None


def test_an_obligation_is_waived_but_not_cancelled() -> None:
    owed = Case(state="open", is_obligation=True)
    assert hindrance(owed, "cancel", {Place.HEAD}, text="ошибка") is Hindrance.OBLIGATION
    assert hindrance(owed, "waive", DOES, text="нет данных") is None


def test_an_open_point_of_the_checklist_stands_in_the_way() -> None:
    assert hindrance(Case(state="in_progress", unchecked=1), "complete", DOES) is Hindrance.CHECKLIST
    assert "complete" in {step.name for step in steps_of(Case(state="in_progress", unchecked=1), DOES)}


@pytest.mark.parametrize(
    ("mode", "closed", "complete"),
    [("all", (True, False), False), ("all", (True, True), True), ("any", (False, True), True),
     ("any", (False, False), False), ("ordered", (True, False), False), ("ordered", (True, True), True)],
)  # fmt: skip
def test_a_group_case_closes_by_its_mode(mode: str, closed: tuple[bool, ...], complete: bool) -> None:
    parts = tuple(Part(number, is_closed) for number, is_closed in enumerate(closed))
    assert is_complete(mode, parts) is complete
    against = hindrance(Case(state="in_progress", mode=mode, parts=parts), "complete", DOES)
    assert against is (None if complete else Hindrance.PARTS)


def test_in_order_the_second_waits_for_the_first() -> None:
    parts = (Part(1, is_closed=False), Part(2, is_closed=False))
    assert may_close_part("ordered", parts, 1)
    assert not may_close_part("ordered", parts, 2)
    assert may_close_part("all", parts, 2)
    assert may_close_part("ordered", (Part(1, is_closed=True), Part(2, is_closed=False)), 2)
    assert not may_close_part("all", parts, 3)


@given(CASES, PLACES)
def test_a_step_that_is_offered_needs_at_most_a_text_the_list_or_the_others(case: Case, places: set[Place]) -> None:
    for step in steps_of(case, places):
        helped = Case(
            state=case.state, has_reviewer=case.has_reviewer, is_submitted=case.is_submitted,
            is_obligation=case.is_obligation,
        )  # fmt: skip
        assert hindrance(helped, step.name, places, text="…") is None


@given(CASES, WALKS)
def test_whoever_walks_a_reviewed_case_was_approved_by_another(case: Case, steps: list[tuple[str, set[Place]]]) -> None:
    state, approved = "planned", False
    for name, places in steps:
        now = Case(state=state, has_reviewer=True, is_submitted=case.is_submitted)
        if hindrance(now, name, places, text="…") is not None:
            continue
        if name == "approve":
            approved = Place.EXECUTOR not in places
        elif name in ("return", "reject", "reopen"):
            approved = False
        state = STEPS[name].to
        assert state != "done" or approved


@given(CASES)
def test_every_open_case_can_be_closed_and_a_cancelled_one_stays(case: Case) -> None:
    reached, looking = {case.state}, [case.state]
    while looking:
        state = looking.pop()
        now = Case(state=state, has_reviewer=case.has_reviewer, is_submitted=case.is_submitted)
        for places in (DOES, CHECKS):
            for step in steps_of(now, places):
                if step.to not in reached:
                    reached.add(step.to)
                    looking.append(step.to)
    if case.state == "cancelled":
        assert reached == {"cancelled"}
    else:
        assert "done" in reached


def test_every_state_says_how_the_obligation_stands_and_only_what_is_not_begun_may_move() -> None:
    assert set(OBLIGATION_STATES) == {*OPEN, *CLOSED}
    assert {state for state, owed in OBLIGATION_STATES.items() if owed == "planned"} == set(NOT_BEGUN)


def test_obligations_fall_to_roles_that_clients_have_people_for() -> None:
    codes = [template.code for template in shipped_pack("RU").templates]
    assert {role_of(code) for code in codes} == {"tax", "payroll", "personnel", "primary", "manager"}
    assert (role_of("RU-RSV"), role_of("RU-USN-ADV"), role_of("PL-JPK-V7M")) == ("payroll", "tax", "tax")
    assert (role_of("W:PRIMARY", "primary"), role_of("RU-RSV", None)) == ("primary", "payroll")
    for beginning in _BY_BEGINNING:
        assert any(code.startswith(beginning) for code in codes), beginning


@pytest.mark.parametrize("name", ["start", "submit_for_review", "make_ready", "submit", "complete"])
def test_a_case_that_waits_for_another_goes_no_further_but_may_be_talked_about(name: str) -> None:
    step = STEPS[name]
    free = Case(
        state=step.sources[0], has_reviewer=name == "submit_for_review", is_submitted=name in ("make_ready", "submit")
    )
    held = structs.replace(free, is_blocked=True)
    assert hindrance(free, name, DOES) is None
    assert hindrance(held, name, DOES) is Hindrance.BLOCKED
    assert name not in {one.name for one in steps_of(held, DOES)}
    assert hindrance(held, "waive", DOES, text="нет данных") is None, "what is not required needs nothing before it"
