"""When something is tried again, and when it is given up. Pure: times and chance are handed in."""

from datetime import datetime, timedelta
from random import Random
from typing import Final

GIVE_UP_AFTER: Final = timedelta(days=3)
"""Of a message since its first attempt, of an endpoint since its last success."""

FIRST_PAUSE: Final = timedelta(seconds=5)
MESSAGE_PAUSE_MOST: Final = timedelta(hours=6)

ENDPOINT_PAUSE_MOST: Final = timedelta(minutes=15)
"""An endpoint that fails is probed with one message at a time; when it answers again, that should be noticed soon."""

RETRY_AFTER_MOST: Final = timedelta(hours=1)
"""However long a receiver asks to be left alone."""

JITTER: Final = 0.2


def next_attempt(
    since: datetime, now: datetime, most: timedelta, chance: Random, asked: timedelta = timedelta(0)
) -> datetime:
    """When to try again what has failed ``since`` then: after as long as it has failed so far, so the pauses double.

    Between 5 s and ``most``, a fifth more or less by chance, not before the receiver asked for; the last attempt comes
    when the time is up.
    """
    pause = min(max(now - since, FIRST_PAUSE), most) * (1 + chance.uniform(-JITTER, JITTER))
    pause = max(pause, min(asked, RETRY_AFTER_MOST))
    return max(min(now + pause, since + GIVE_UP_AFTER), now + FIRST_PAUSE)


def is_over(since: datetime, now: datetime) -> bool:
    """Whether what has failed ``since`` then is given up."""
    return now - since >= GIVE_UP_AFTER
