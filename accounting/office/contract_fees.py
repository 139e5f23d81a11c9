"""What a month under a contract costs on a day: introductory months, annexes and indexations together.

A month that has several fees is not divided by days, for contracts do not say how: whoever bills it sees them all.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import msgspec

from accounting.office.contracts import Contract, FeeStage, last_day
from accounting.office.counting import months_after
from accounting.office.rounding import share

_ONE_DAY = timedelta(days=1)


class FeeSpan(msgspec.Struct, frozen=True):
    """Days, both inclusive, on which a month costs the same, kopecks."""

    first: date
    last: date
    fee_kopecks: int


def introductory(stages: Sequence[FeeStage], fee_kopecks: int) -> tuple[FeeStage, ...]:
    """Months at the beginning that cost something else than the fee of the contract.

    None where another fee was agreed on since the price that they are of: then its months are of another agreement.
    """
    if not stages or stages[-1].fee_kopecks != fee_kopecks:
        return ()
    return tuple(stage for stage in stages if stage.last_month is not None)


def introductory_spans(contract: Contract) -> Iterator[FeeSpan]:
    """The days of those months, until an annex names a fee.

    Month n begins n - 1 months after the contract's first day; where that month has no such day, on its last one.
    """
    first = contract.starts_on
    annexed = min((change.since for change in contract.fee_changes), default=date.max)
    for stage in introductory(contract.stages, contract.fee_kopecks):
        following = _behind(contract, stage)
        if first < min(following, annexed):
            yield FeeSpan(first, min(following, annexed) - _ONE_DAY, stage.fee_kopecks)
        first = following


def fee_on(contract: Contract, day: date) -> int:
    """The fee of a month as it stands on a day, kopecks.

    1. The newest annex whose day has come names it, and from the first such day on no introductory month counts.
    2. Before, introductory months cost what is named for them; an indexation changes no sum named for a month.
    3. Else it is the fee of the contract.

    Fees of 1 and 3 grow by each indexation after the day that they hold from (the annex's, or the contract's first
    one), rounded half up each time: behind its introductory months a contract costs what it would cost without them.
    Before the first day it is what the contract is to begin with, after the last day what it was on that day.

    Lists of contracts ask the database for it, whose ``office.fee_of_contract`` is held to this.
    """
    end = last_day(contract)
    day = day if end is None else min(day, end)
    changes = [change for change in contract.fee_changes if change.since <= day]
    if changes:
        *_, newest = sorted(changes, key=lambda one: one.since)
        since, fee = newest.since, newest.fee_kopecks
    else:
        for stage in introductory(contract.stages, contract.fee_kopecks):
            if day < _behind(contract, stage):
                return stage.fee_kopecks
        since, fee = contract.starts_on, contract.fee_kopecks
    if contract.indexation is not None:
        for year in range(contract.starts_on.year + 1, day.year + 1):
            if since < date(year, contract.indexation.month, 1) <= day:
                fee += share(fee, contract.indexation.rate_bp)
    return fee


def _behind(contract: Contract, stage: FeeStage) -> date:
    """The first day after introductory months."""
    return months_after(contract.starts_on, stage.last_month or 0)


def fees_within(contract: Contract, first: date, last: date) -> tuple[FeeSpan, ...]:
    """The fees of the days from ``first`` to ``last`` that the contract holds on, in their order."""
    end = last_day(contract)
    first, last = max(first, contract.starts_on), last if end is None else min(last, end)
    if last < first:
        return ()
    begins = {first, *(span.last + _ONE_DAY for span in introductory_spans(contract))}
    begins |= {change.since for change in contract.fee_changes}
    if contract.indexation is not None:
        begins |= {date(year, contract.indexation.month, 1) for year in range(first.year, last.year + 1)}
    days = sorted(day for day in begins if first <= day <= last)
    spans: list[FeeSpan] = []
    for day, following in zip(days, [*days[1:], last + _ONE_DAY], strict=True):
        fee = fee_on(contract, day)
        if spans and spans[-1].fee_kopecks == fee:
            spans[-1] = msgspec.structs.replace(spans[-1], last=following - _ONE_DAY)
        else:
            spans.append(FeeSpan(day, following - _ONE_DAY, fee))
    return tuple(spans)


def fee_to_follow(contract: Contract, day: date) -> int:
    """The fee that a contract which follows begins with: of this one on that day as if it went on, kopecks.

    Introductory months are of the contract that names them: what follows has none.
    """
    endless = msgspec.structs.replace(contract, ends_on=None, renews_by_months=None, closes_on=None, stages=())
    return fee_on(endless, day)
