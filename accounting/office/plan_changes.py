"""What re-planning would do, shown before it is done: created, moved, cancelled (office domain 3.3, 3.12)."""

from collections.abc import Collection, Mapping
from datetime import date

import msgspec

from accounting.office.planning import Obligation, ObligationKey, Plan


class Moved(msgspec.Struct, frozen=True):
    """An obligation that gets another day."""

    obligation: Obligation
    was: date


class Cancelled(msgspec.Struct, frozen=True):
    """An obligation that is owed no longer."""

    key: ObligationKey
    was: date


class Conflict(msgspec.Struct, frozen=True):
    """What the new plan would move or, without ``becomes``, cancel, and does not: a person decides.

    Work that is begun, or, with ``is_told``, a sum that the client was told, whether begun or not.
    """

    key: ObligationKey
    was: date
    becomes: date | None
    is_told: bool = False


class PlanChange(msgspec.Struct, frozen=True, kw_only=True):
    """The difference of two plans, each list in the order of days."""

    created: tuple[Obligation, ...]
    moved: tuple[Moved, ...]
    cancelled: tuple[Cancelled, ...]
    conflicts: tuple[Conflict, ...]
    unchanged: int

    def is_nothing(self) -> bool:
        """Whether applying it would change nothing."""
        return not (self.created or self.moved or self.cancelled)

    def applied_to(self, dates: Mapping[ObligationKey, date]) -> dict[ObligationKey, date]:
        """The dates after the change; conflicts stay as they were."""
        gone = {cancelled.key for cancelled in self.cancelled}
        after = {key: due for key, due in dates.items() if key not in gone}
        after.update({moved.obligation.key(): moved.obligation.what.due for moved in self.moved})
        after.update({created.key(): created.what.due for created in self.created})
        return after


def compare(
    old: Mapping[ObligationKey, date],
    new: Plan,
    *,
    today: date,
    until: date | None = None,
    begun: Collection[ObligationKey] = (),
    told: Collection[ObligationKey] = (),
) -> PlanChange:
    """What turns the old dates into the new plan, of the same clients.

    The plan reaches at least as far as the old dates do. Let it reach further, and say in ``until`` to which day cases
    are made: what an authority puts off beyond that day is then moved, not cancelled.

    Days before ``today`` are past: nothing appears there and nothing there disappears or moves, except that an
    authority may put off to a day to come what is still open. ``begun``: keys of cases that are started or
    done; ``told``: of payments whose sums clients were told. They are never changed, and where the plan differs it is a
    conflict.
    """
    created: list[Obligation] = []
    moved: list[Moved] = []
    cancelled: list[Cancelled] = []
    conflicts: list[Conflict] = []
    planned = {obligation.key(): obligation for obligation in new.obligations}
    said = set(told)
    kept = said.union(begun)
    for key, obligation in planned.items():
        due, was = obligation.what.due, old.get(key)
        if due == was or due < today:
            continue
        if was is None:
            if until is None or due <= until:
                created.append(obligation)
        elif key in kept:
            conflicts.append(Conflict(key, was, due, key in said))
        else:
            moved.append(Moved(obligation, was))
    for key, was in old.items():
        if key in planned or was < today:
            continue
        if key in kept:
            conflicts.append(Conflict(key, was, None, key in said))
        else:
            cancelled.append(Cancelled(key, was))
    return PlanChange(
        created=tuple(created),
        moved=tuple(moved),
        cancelled=tuple(sorted(cancelled, key=lambda one: (one.was, one.key))),
        conflicts=tuple(sorted(conflicts, key=lambda one: (one.was, one.key))),
        unchanged=len(old) - len(moved) - len(cancelled) - len(conflicts),
    )
