"""The states of receipts and slots: one table each in lifecycle.py, the same in SQL and in the diagrams of
ARCHITECTURE.md."""

import re

from fiscal_server.lifecycle import (
    BLOCKING,
    FINAL,
    SLOT_TRANSITIONS,
    TRANSITIONS,
    ReceiptState,
    SlotEvent,
    SlotState,
)
from fiscal_server.storage import kkts, slots
from fiscal_server.storage.queue import SQL
from tests.rules.sources import ROOT

MIGRATIONS = ROOT / "fiscal_server/storage/migrations"
_ARROW = re.compile(r"^ +([A-Z_]+) --> ([A-Z_]+): (.+)$", re.MULTILINE)
_DIAGRAM = re.compile(r"^```mermaid\nstateDiagram-v2\n(.*?)^```", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"'([A-Z_]+)'")


def _diagrams() -> list[set[tuple[str, str, str]]]:
    """The arrows of each diagram of states: from, event, to."""
    drawn = _DIAGRAM.findall((ROOT / "ARCHITECTURE.md").read_text())
    return [{(a, event, b) for a, b, event in _ARROW.findall(one)} for one in drawn]


def _enum(name: str) -> list[str]:
    text = (MIGRATIONS / "0001_initial.sql").read_text()
    found = re.search(rf"create type fiscal\.{name} as enum \((.*?)\)", text, re.DOTALL)
    assert found is not None
    return _QUOTED.findall(found[1])


def test_the_diagrams_show_the_tables() -> None:
    receipts = {(a.value, event.value, b.value) for (a, event), b in TRANSITIONS.items()}
    slots = {(a.value, event.value, b.value) for (a, event), b in SLOT_TRANSITIONS.items()}
    assert _diagrams() == [receipts, slots]


def test_sql_knows_the_same_states() -> None:
    assert _enum("receipt_state") == [state.value for state in ReceiptState]
    assert _enum("slot_state") == [state.value for state in SlotState]


def test_nothing_leaves_a_final_state() -> None:
    assert not {state for state, _ in TRANSITIONS} & FINAL


def test_every_state_can_be_reached() -> None:
    reached, fresh = {ReceiptState.COMPUTED}, {ReceiptState.COMPUTED}
    while fresh:
        fresh = {after for (before, _), after in TRANSITIONS.items() if before in fresh} - reached
        reached |= fresh
    assert reached == set(ReceiptState)


def test_a_claim_waits_for_what_blocks() -> None:
    inner = re.search(r"p\.state in \((.*?)\)", SQL["claim_receipts"])
    assert inner is not None
    assert set(_QUOTED.findall(inner[1])) == {state.value for state in BLOCKING}


def test_sql_moves_states_only_along_the_table() -> None:
    allowed = {(a.value, b.value) for (a, _), b in TRANSITIONS.items()}
    for name, query in SQL.items():
        for target, condition in re.findall(r"set state = '([A-Z_]+)'.*?state (= '[A-Z_]+'|in \([^)]*\))", query, re.S):
            for source in _QUOTED.findall(condition):
                assert (source, target) in allowed, f"{name}: {source} -> {target}"


def test_only_a_closed_slot_stays_as_it_is() -> None:
    assert set(SlotState) - {state for state, _ in SLOT_TRANSITIONS} == {SlotState.CLOSED}
    assert set(SLOT_TRANSITIONS.values()) == set(SlotState)
    assert {event for _, event in SLOT_TRANSITIONS} == set(SlotEvent)


def test_sql_names_no_state_of_a_slot_but_to_activate_ready_ones() -> None:
    """Every other move hands the table's states over as values."""
    every = kkts.SQL | slots.SQL
    assert {name for name, query in every.items() if re.search(r"set state = '", query)} == {"activate_slots"}
    moved = re.search(
        r"set state = '([A-Z]+)'.*state = '([A-Z]+)' and.*order by", slots.SQL["activate_slots"], re.DOTALL
    )
    assert moved is not None
    assert SLOT_TRANSITIONS[SlotState(moved[2]), SlotEvent.ACTIVATED] == moved[1]
