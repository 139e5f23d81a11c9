"""The shift keeper's rule: a shift may last 24 hours (54-FZ, article 4.3), so it is closed well before."""

from datetime import datetime, timedelta
from typing import Final

MAX_SHIFT: Final = timedelta(hours=23, minutes=30)


def must_close(opened_at: datetime | None, now: datetime) -> bool:
    """Whether an open shift has to be closed before the next receipt. Both times aware."""
    return opened_at is not None and now - opened_at >= MAX_SHIFT
