"""What a session was before an event, so that an event refused halfway has no effect at all (receipt rules 3.6 [I]).

Handlers check before they change anything; only how many receipts come about is known at the end alone.
"""

from typing import Any

from accounting.receipts._reference.session import Session

_REPLACED = ("held_until", "pending_refunds", "closed_periods", "split_parts")  # never changed in place
_GROWING = ("receipts", "allocation", "unfiscalised", "foreign", "withdrawn", "anomalies", "suspense", "held")
"""Lists that are added to in place; whoever takes something out puts another list in their place."""


class Savepoint:
    """Made before an event; then either ``release`` or ``roll_back``. Events of a replay have theirs inside another."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._outer = session.earlier
        session.earlier = {}
        self._values = [getattr(session, name) for name in _REPLACED]
        lists: list[list[Any]] = [getattr(session, name) for name in _GROWING]
        self._rows = [(rows, len(rows)) for rows in lists]
        self._records = (len(session.payments), len(session.reversed))

    def release(self) -> None:
        """The event took effect."""
        session, earlier = self._session, self._session.earlier
        session.earlier = self._outer
        if self._outer is not None and earlier:
            for account, state in earlier.items():
                self._outer.setdefault(account, state)

    def roll_back(self) -> None:
        """The event was refused: everything is as it was."""
        session = self._session
        for account, state in (session.earlier or {}).items():
            if state is None:
                del session.changed[account]
            else:
                session.changed[account] = state
        session.earlier = self._outer
        for name, value in zip(_REPLACED, self._values, strict=True):
            setattr(session, name, value)
        for name, (rows, size) in zip(_GROWING, self._rows, strict=True):
            del rows[size:]
            setattr(session, name, rows)
        records: tuple[dict[str, Any], ...] = (session.payments, session.reversed)
        for known, size in zip(records, self._records, strict=True):
            while len(known) > size:
                known.popitem()
