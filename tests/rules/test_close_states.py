"""The states of a month close: one table in close_states.py, the same in SQL."""

import re

from fiscal_server.storage.close_jobs import SQL
from fiscal_server.storage.close_states import AT_WORK, HALF_CLOSED, TRANSITIONS, CloseEvent, CloseState
from fiscal_server.storage.restoration_jobs import SQL as RESTORATION_SQL
from tests.rules.sources import ROOT

MIGRATION = (ROOT / "fiscal_server/storage/migrations/0003_period_close.sql").read_text()
_NAMES = re.compile(r"'([A-Z]+)'")


def _states(condition: str, text: str) -> set[str]:
    found = re.search(condition, text)
    assert found is not None, condition
    return set(_NAMES.findall(found[1]))


def test_sql_knows_which_jobs_are_at_work() -> None:
    expected = {state.value for state in AT_WORK}
    assert _states(r"job_at_work on .* where state in (\(.*?\))", MIGRATION) == expected
    for name in ("take_job", "advance_job"):
        assert _states(r"state in (\(.*?\))", SQL[name]) == expected
    assert _states(r"state in (\(.*?\))", RESTORATION_SQL["take_restoration_job"]) == expected


def test_sql_knows_which_months_are_half_closed() -> None:
    assert _states(r"state in (\(.*?\))", SQL["half_closed"]) == {state.value for state in HALF_CLOSED}


def test_nothing_leaves_a_job_that_is_over() -> None:
    over = {CloseState.PREVIEWED, CloseState.FINISHED, CloseState.CANCELLED}
    assert not {state for state, _ in TRANSITIONS} & over
    assert set(TRANSITIONS.values()) | {CloseState.PREVIEWING} == set(CloseState)


def test_a_close_that_has_done_something_is_never_cancelled() -> None:
    for (state, event), reached in TRANSITIONS.items():
        if reached is CloseState.CANCELLED and event is not CloseEvent.CANCELLED_BEFORE:
            assert state is CloseState.PREVIEWING
