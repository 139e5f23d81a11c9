"""The simulation is itself put to the test: without a safeguard of the product it finds worlds that go wrong."""

import itertools

import pytest

from tests.simulation.mutations import look_for, seeds_for
from tests.simulation.safeguards import SAFEGUARDS, Safeguard

MODEST = 40
"""Worlds that could show it."""


@pytest.mark.proof
@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda one: one.name)
def test_a_missing_safeguard_is_seen(database: str, safeguard: Safeguard) -> None:
    found = look_for(safeguard, database, MODEST)
    assert found.outcome is not None, f"not seen in {found.worlds} worlds"


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=lambda one: one.name)
def test_a_safeguard_can_be_taken_away_and_worlds_can_show_it(safeguard: Safeguard) -> None:
    with safeguard.removed():
        pass
    assert len(list(itertools.islice(seeds_for(safeguard), 3))) == 3
