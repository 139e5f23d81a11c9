"""A slice of the simulated worlds in every run; ``make simulate SEEDS=10000`` lives through many more.

A seed that fails tells what is wrong; ``make simulate SEED=n`` tells its whole story.
"""

import subprocess
import sys

import pytest

from tests.simulation.run import live_through_all, tell

SLICE = range(1, 3)


def test_whatever_breaks_every_receipt_is_made_once(database: str) -> None:
    outcomes = list(live_through_all(database, SLICE))
    assert [tell(outcome) for outcome in outcomes if outcome.failed] == []
    assert sum(outcome.receipts for outcome in outcomes) > 50
    assert sum(sum(outcome.faults.values()) for outcome in outcomes) > 20
    assert {"FN with a backlog of a month", "FN that makes nothing"} <= {
        what for one in outcomes for what in one.faults
    }


@pytest.mark.proof
def test_a_seed_lives_through_the_same_again(database: str) -> None:
    """In another process, where sets of texts have another order, and after another world."""
    [_, here] = live_through_all(database, [6, 1])
    command = (sys.executable, "-m", "tests.simulation.run", "--dsn", database, "--first", "1", "--until", "2")
    there = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": "7"}).stdout
    assert f'"fingerprint":"{here.fingerprint}"' in there
