"""When a message is tried again."""

import itertools
from datetime import UTC, datetime, timedelta
from random import Random

from fiscal_server.webhooks.backoff import (
    FIRST_PAUSE,
    GIVE_UP_AFTER,
    JITTER,
    MESSAGE_PAUSE_MOST,
    RETRY_AFTER_MOST,
    is_over,
    next_attempt,
)

BEGAN = datetime(2026, 10, 20, tzinfo=UTC)


def attempts(seed: int) -> list[timedelta]:
    """Moments of all attempts of a message that always fails, from the first."""
    chance, now, made = Random(seed), BEGAN, [timedelta(0)]
    while not is_over(BEGAN, now):
        now = next_attempt(BEGAN, now, MESSAGE_PAUSE_MOST, chance)
        made.append(now - BEGAN)
    return made


def test_pauses_double_to_six_hours_and_the_last_attempt_comes_after_three_days() -> None:
    for seed in range(200):
        made = attempts(seed)
        pauses = [after - before for before, after in itertools.pairwise(made)]
        assert made[-1] == GIVE_UP_AFTER, seed
        assert FIRST_PAUSE * (1 - JITTER) <= pauses[0] <= FIRST_PAUSE * (1 + JITTER)
        assert max(pauses) <= MESSAGE_PAUSE_MOST * (1 + JITTER)
        assert 20 <= len(made) <= 35, seed


def test_messages_that_failed_together_do_not_come_back_together() -> None:
    assert len({attempts(seed)[5] for seed in range(50)}) == 50


def test_a_receiver_may_ask_for_a_pause_within_reason() -> None:
    chance = Random(1)
    assert next_attempt(BEGAN, BEGAN, MESSAGE_PAUSE_MOST, chance, timedelta(minutes=10)) == BEGAN + timedelta(
        minutes=10
    )
    assert next_attempt(BEGAN, BEGAN, MESSAGE_PAUSE_MOST, chance, timedelta(days=9)) == BEGAN + RETRY_AFTER_MOST
