"""Named SQL is used, says what it is for, and fits the schema."""

import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from fiscal_server.lifecycle import TRANSITIONS, Event, ReceiptState, states_before
from fiscal_server.storage.queries import load_queries, parse_queries

ROOT = Path(__file__).parents[2]
SQL_FILES = [
    path for room in ("fiscal_server", "admin") for path in sorted((ROOT / room / "storage/sql").glob("*.sql"))
]

EVENTS_OF_QUERIES: dict[str, frozenset[Event]] = {
    "claim_receipts": frozenset({Event.CLAIMED}),
    "record_documents": frozenset({Event.RECORDED}),
    "mark_intended_uncertain": frozenset({Event.ANSWER_LOST}),
    "mark_uncertain": frozenset({Event.ANSWER_LOST}),
    "release_receipt": frozenset({Event.NOT_MADE}),
    "park_receipt": frozenset({Event.REFUSED}),
    "count_refusal": frozenset({Event.REFUSED_FOR_NOW}),
    "retry_receipt": frozenset({Event.RETRIED}),
    "route_receipts": frozenset({Event.ROUTED}),
    "cancel_receipts": frozenset({Event.CANCELLED}),
}
"""Queries that move receipts, and by which events of the lifecycle."""

ADOPTING = frozenset({"adopt_document", "link_receipts", "record_found"})
"""What takes receipts out of the queue because an FN has them already: adoption.sql, receipt_orders.sql."""

GIVING_UP = frozenset({"give_up_refused", "give_up_waiting"})
"""What withdraws documents of the ATOL dialect, as `cancel_receipts` does: atol_online.sql."""

_EXPECTED = re.compile(r"\bstate(?:::text)? (?:= '(\w+)'|in \(([^)]*)\))")
_TARGET = re.compile(r"\bset state = '(\w+)'")


def queries() -> Iterator[tuple[str, str, str]]:
    for path in SQL_FILES:
        for name, sql in parse_queries(path.read_text()).items():
            yield path.stem, name, sql


def used_names() -> set[str]:
    names: set[str] = set()
    for room in ("fiscal_server", "admin"):
        for path in (ROOT / room).rglob("*.py"):
            # Lists choose among walks by name: those are named apart from SQL[...], where the statements are kept.
            apart = '|(?="next_)' if "storage" in path.parts else ""
            names.update(re.findall(rf'(?:\b(?:SQL|LISTS)\[{apart})"(\w+)"', path.read_text()))
    return names


def test_every_query_is_used() -> None:
    assert {name for _, name, _ in queries()} - used_names() == set()


def test_every_query_that_is_named_exists() -> None:
    assert used_names() - {name for _, name, _ in queries()} == set()


def test_no_name_stands_in_two_files() -> None:
    names = [name for _, name, _ in queries()]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize(("noun", "name", "sql"), [pytest.param(*one, id=f"{one[0]}.{one[1]}") for one in queries()])
def test_a_query_begins_with_a_line_of_intent(noun: str, name: str, sql: str) -> None:
    intent = sql.splitlines()[0]
    assert intent.startswith("-- "), f"{noun}.sql: {name}"
    assert len(intent.split()) > 3
    assert intent[3].isupper()


async def test_every_query_can_be_prepared_against_the_schema(database: str) -> None:
    connection = await asyncpg.connect(database)
    wrong: dict[str, str] = {}
    for noun, name, sql in queries():
        try:
            await connection.prepare(sql)
        except asyncpg.PostgresError as error:
            wrong[f"{noun}.{name}"] = str(error)
    await connection.close()
    assert wrong == {}


def test_a_name_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="query one is defined twice"):
        parse_queries("-- name: one\n-- A.\nselect 1\n-- name: one\n-- B.\nselect 2\n")


def test_a_name_without_sql_is_refused() -> None:
    with pytest.raises(ValueError, match="query one has no SQL"):
        parse_queries("-- name: one\n-- Only words.\n")


def expected_states(sql: str) -> list[set[str]]:
    """What stands behind each ``state =`` and ``state in`` that is a condition."""
    conditions = _TARGET.sub("", sql)
    return [{one} if one else set(re.findall(r"'(\w+)'", many)) for one, many in _EXPECTED.findall(conditions)]


@pytest.mark.parametrize("name", EVENTS_OF_QUERIES)
def test_a_query_that_moves_receipts_expects_the_states_of_the_lifecycle(name: str) -> None:
    sql = load_queries("queue")[name]
    allowed = frozenset().union(*(states_before(event) for event in EVENTS_OF_QUERIES[name]))
    assert {ReceiptState(state) for state in expected_states(sql)[-1]} == allowed


@pytest.mark.parametrize("name", EVENTS_OF_QUERIES)
def test_a_query_that_moves_receipts_leads_where_the_lifecycle_says(name: str) -> None:
    reached = {TRANSITIONS[state, event] for event in EVENTS_OF_QUERIES[name] for state in states_before(event)}
    targets = {ReceiptState(state) for state in _TARGET.findall(load_queries("queue")[name])}
    # A recorded receipt leaves the queue: its state is its document.
    assert targets == (set() if reached == {ReceiptState.REGISTERED} else reached)


def test_no_other_query_moves_a_receipt() -> None:
    moving = {
        name
        for _, name, sql in queries()
        if re.search(r"update fiscal\.queue|delete from fiscal\.queue", sql) and not name.startswith("hasten_")
    }
    assert moving == EVENTS_OF_QUERIES.keys() | ADOPTING | GIVING_UP


def test_every_state_in_the_queue_s_sql_is_one_of_the_lifecycle() -> None:
    named = {state for _, sql in load_queries("queue").items() for states in expected_states(sql) for state in states}
    assert named <= {state.value for state in ReceiptState}


def test_receipts_that_hold_back_their_account_are_those_of_the_lifecycle() -> None:
    from fiscal_server.lifecycle import BLOCKING

    claim = load_queries("queue")["claim_receipts"]
    assert {state.value for state in BLOCKING} in expected_states(claim)
    migration = (ROOT / "fiscal_server/storage/migrations/0001_initial.sql").read_text()
    index = migration[migration.index("create index queue_account") :]
    assert expected_states(index)[0] == {state.value for state in BLOCKING}
