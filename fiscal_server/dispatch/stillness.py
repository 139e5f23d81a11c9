"""How long something has stood still, by our own clock: what says that an owner is silent.

Wall clocks jump and differ between nodes, so none decides about a lease. Who holds one makes its mark move (a beat);
who wants it looks at the mark now and then. Two looks at the same mark prove that it did not move between them.
"""

from collections.abc import Collection, Hashable

from fiscal_server.clock import Clock


class Stillness:
    """Marks that are looked at again and again; one a dispatch process and kind of thing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._first_seen: dict[Hashable, tuple[Hashable, float]] = {}

    def seconds(self, thing: Hashable, mark: Hashable) -> float:
        """How long ``thing`` has borne this mark, as far as we know: since we first looked, or saw it change.

        Call it after the mark was read: then what is counted begins no earlier than the look. We may be stopped between
        a look and what we do about it, so that must happen by compare and set of the same mark: it is the last look.
        """
        now = self._clock.monotonic()
        known = self._first_seen.get(thing)
        if known is None or known[0] != mark:
            self._first_seen[thing] = (mark, now)
            return 0.0
        return now - known[1]

    def forget_all_but(self, things: Collection[Hashable]) -> None:
        """What is gone, or not watched any more, begins anew when it comes back."""
        for gone in self._first_seen.keys() - set(things):
            del self._first_seen[gone]
