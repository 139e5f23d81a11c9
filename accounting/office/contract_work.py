"""Work that contracts make of themselves: pieces with keys for good, and what a new plan of them changes.

Legal obligations are planned by ``planning``; this is what lines say beside them (an act each month, a balance sheet
once). Planned twice it has the same keys.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Final, NamedTuple

import msgspec

from accounting.office.contracts import Contract, contract_cases
from accounting.working_days import BusinessCalendar

PREFIX: Final = "W:"
"""Codes of such work begin so; those of calendars begin with a country."""


class WorkKey(NamedTuple):
    """What a piece of work is for ever."""

    organisation: str
    code: str
    period: str
    instalment: int


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of work. ``service``: as the line has it."""

    organisation: str
    code: str
    service: str
    period: str
    instalment: int
    contract: str
    since: date
    """The day the contract began."""
    nominal: date
    due: date

    def key(self) -> WorkKey:
        """Planned again it has the same."""
        return WorkKey(self.organisation, self.code, self.period, self.instalment)


class WorkMoved(msgspec.Struct, frozen=True):
    """A piece that gets another day."""

    work: Work
    was: date


class WorkChange(msgspec.Struct, frozen=True, kw_only=True):
    """What turns the pieces that stand into those of a new plan."""

    created: tuple[Work, ...] = ()
    moved: tuple[WorkMoved, ...] = ()
    cancelled: tuple[tuple[WorkKey, date], ...] = ()


def generated_work(contracts: Iterable[Contract], calendar: BusinessCalendar, first: date, last: date) -> list[Work]:
    """What is due from ``first`` to ``last`` by contracts in force, in the order of days.

    Two lines of one service are told apart by the period they are for, the second with its line behind it.
    """
    found: list[Work] = []
    seen: Counter[WorkKey] = Counter()
    for contract in contracts:
        services = {line.id: line.service for line in contract.lines}
        for case in contract_cases(contract, calendar, first, last):
            service = services[case.line]
            work = Work(
                organisation=contract.client, code=PREFIX + service, service=service,
                period=case.period, instalment=case.instalment, contract=contract.id,
                since=contract.starts_on, nominal=case.nominal, due=case.due,
            )  # fmt: skip
            seen[work.key()] += 1
            if seen[work.key()] > 1:
                work = msgspec.structs.replace(work, period=f"{work.period}/{case.line}")
            found.append(work)
    return sorted(found, key=lambda one: (one.due, one.key()))


def compare_work(
    old: Mapping[WorkKey, date], new: Iterable[Work], today: date, begun: Collection[WorkKey]
) -> WorkChange:
    """Days that are past stay as they are, and so does what somebody has begun."""
    planned = {one.key(): one for one in new}
    kept = set(begun)
    to_come = {key: one for key, one in planned.items() if one.due >= today}
    return WorkChange(
        created=tuple(one for key, one in to_come.items() if key not in old),
        moved=tuple(
            WorkMoved(one, old[key])
            for key, one in to_come.items()
            if key in old and key not in kept and old[key] != one.due
        ),
        cancelled=tuple(
            (key, was) for key, was in old.items() if key not in planned and key not in kept and was >= today
        ),
    )
