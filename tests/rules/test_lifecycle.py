"""The states of a receipt: one table in lifecycle.py, the same in SQL and in the diagram of ARCHITECTURE.md."""

import re

from fiscal_server.lifecycle import BLOCKING, FINAL, TRANSITIONS, ReceiptState
from fiscal_server.storage.queue import SQL
from tests.rules.sources import ROOT

MIGRATIONS = ROOT / "fiscal_server/storage/migrations"
_ARROW = re.compile(r"^ +([A-Z_]+) --> ([A-Z_]+): (.+)$", re.MULTILINE)
_QUOTED = re.compile(r"'([A-Z_]+)'")


def test_the_diagram_shows_the_table() -> None:
    drawn = {(a, event, b) for a, b, event in _ARROW.findall((ROOT / "ARCHITECTURE.md").read_text())}
    assert drawn == {(a.value, event.value, b.value) for (a, event), b in TRANSITIONS.items()}


def test_sql_knows_the_same_states() -> None:
    text = (MIGRATIONS / "0001_initial.sql").read_text()
    enum = re.search(r"create type fiscal\.receipt_state as enum \((.*?)\)", text, re.DOTALL)
    assert enum is not None
    assert _QUOTED.findall(enum[1]) == [state.value for state in ReceiptState]


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
