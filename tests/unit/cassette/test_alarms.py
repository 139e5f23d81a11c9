"""What people are told, and how early."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from accounting.receipts.wording import in_language
from fiscal_server.cassette.alarms import Alarm, AlarmCode, Severity, alarms
from fiscal_server.cassette.forecast import CassetteFacts
from tests.unit.cassette.facts import NOW, TODAY, ZONE, cassette, foretold, slot


def told(facts: CassetteFacts) -> list[Alarm]:
    return alarms(facts, foretold(facts), NOW, ZONE)


def codes(facts: CassetteFacts) -> list[tuple[AlarmCode, Severity]]:
    return [(alarm.code, alarm.severity) for alarm in told(facts)]


def test_a_cassette_that_is_well_says_nothing() -> None:
    assert told(cassette([slot(1, "ACTIVE"), slot(2)], queue=[(TODAY, 100)])) == []


def test_a_cassette_without_a_slot_that_works_or_waits_is_empty() -> None:
    facts = cassette([slot(1, "DRAINING"), slot(2, "CLOSED")], queue=[(TODAY, 12)])
    (empty, danger) = told(facts)
    assert (empty.code, empty.severity) == (AlarmCode.CASSETTE_EMPTY, Severity.CRITICAL)
    assert "12" in empty.text
    assert "kkt add" in empty.advice
    assert danger.code is AlarmCode.DEADLINES_IN_DANGER


@pytest.mark.parametrize(
    ("days", "severity"), [(40, None), (33, Severity.WARNING), (8, Severity.CRITICAL), (3, Severity.CRITICAL)]
)
def test_the_end_of_the_last_fn_is_told_a_month_ahead(days: int, severity: Severity | None) -> None:
    found = codes(cassette([slot(1, "ACTIVE", valid_until=TODAY + timedelta(days=days))]))
    assert found == ([] if severity is None else [(AlarmCode.NO_SPARE, severity)])


def test_with_a_spare_the_end_of_an_fn_is_but_a_notice() -> None:
    slots = [slot(1, "ACTIVE", valid_until=TODAY + timedelta(days=8)), slot(2)]
    assert codes(cassette(slots)) == [(AlarmCode.FN_ENDS, Severity.NOTICE)]


def test_missed_deadlines_come_first() -> None:
    facts = cassette([slot(1, "ACTIVE"), slot(2)], queue=[(TODAY - timedelta(days=1), 3)], parked=2)
    assert codes(facts) == [
        (AlarmCode.DEADLINES_MISSED, Severity.CRITICAL),
        (AlarmCode.RECEIPTS_PARKED, Severity.WARNING),
    ]


@pytest.mark.parametrize(
    ("days", "severity"),
    [(2, None), (3, Severity.WARNING), (10, Severity.WARNING), (20, Severity.CRITICAL), (27, Severity.CRITICAL)],
)
def test_the_operators_backlog_is_told_by_its_age(days: int, severity: Severity | None) -> None:
    since: Any = NOW - timedelta(days=days, hours=1)
    facts = cassette([slot(1, "ACTIVE", backlog=5, unconfirmed_since=since), slot(2)])
    assert codes(facts) == ([] if severity is None else [(AlarmCode.OPERATOR_BACKLOG, severity)])


def test_a_slot_that_was_taken_out_rings_no_more_whatever_the_operator_lacks() -> None:
    since: Any = NOW - timedelta(days=28)
    gone = slot(1, "CLOSED", backlog=5, unconfirmed_since=since, unreachable_since=NOW)
    assert codes(cassette([gone, slot(2, "ACTIVE"), slot(3)])) == []


def test_a_stopped_slot_is_graver_when_nothing_else_works() -> None:
    assert (AlarmCode.SLOT_STOPPED, Severity.WARNING) in codes(cassette([slot(1, "FAULTY"), slot(2, "ACTIVE")]))
    assert (AlarmCode.SLOT_STOPPED, Severity.CRITICAL) in codes(cassette([slot(1, "FAULTY")]))


@pytest.mark.parametrize(
    ("out_of_work", "advice"),
    [
        ({"paused": True}, "kkt resume"),
        ({"unreachable_since": NOW}, "Включите"),
        ({"state": "FAULTY"}, "kkt return-to-service"),
        ({"state": "CLOSED"}, "kkt add"),
    ],
)
def test_a_cassette_that_cannot_work_says_what_brings_it_back(out_of_work: dict[str, Any], advice: str) -> None:
    found = {alarm.code: alarm for alarm in told(cassette([slot(1, **out_of_work)]))}
    assert advice in found[AlarmCode.CASSETTE_EMPTY].advice


def test_a_device_that_does_not_answer_is_graver_when_nothing_else_works() -> None:
    absent = slot(1, "ACTIVE", unreachable_since=NOW)
    assert codes(cassette([absent, slot(2, "ACTIVE")])) == [(AlarmCode.SLOT_UNREACHABLE, Severity.WARNING)]
    assert (AlarmCode.SLOT_UNREACHABLE, Severity.CRITICAL) in codes(cassette([absent, slot(2)]))


def test_alarms_speak_the_language_of_the_call() -> None:
    facts = cassette([slot(1, "FAULTY")])
    with in_language("en"):
        texts = [alarm.text + alarm.advice for alarm in told(facts)]
    assert not any(letter in "абвгдеёжзийклмнопрстуфхцчшщъыьэюя" for text in texts for letter in text.lower())


def test_a_merchant_on_hold_is_told_first() -> None:
    facts = msgspec.structs.replace(cassette([slot(1, "ACTIVE"), slot(2)], queue=[(TODAY, 12)]), on_hold=True)
    (hold,) = told(facts)
    assert (hold.code, hold.severity) == (AlarmCode.ON_HOLD, Severity.CRITICAL)
    assert "verify --adopt" in hold.advice
