"""What will become of a cassette: when each FN ends, when the queue is through, what must be bought, what is in danger.

Pure: rows of the books and the time in, a forecast out. An FN ends by its memory (documents) or by its term (days),
whichever comes first; the cassette is played forward day by day with the demand that its past tells.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final, Literal

import msgspec

from fiscal_server.cassette.demand import Demand
from fiscal_server.storage.cassette_rules import CassetteRules

HORIZON_DAYS: Final = 400
"""How far ahead is looked: an FN's term is 15 months at the shortest, 36 at the longest."""

NEEDED_AHEAD_MONTHS: Final = (1, 3, 6, 12)

DOCUMENTS_A_DAY_BESIDES: Final = 2
"""The reports on opening and closing the shift."""

SECONDS_A_RECEIPT: Final = 1.0
"""Assumed until the cassette has made some: an FN takes 0.2 to 1.5 s for a document."""

_IN_USE = ("ACTIVE", "READY")


class SlotFacts(msgspec.Struct, frozen=True):
    """A slot as the books have it."""

    kkt_id: int
    slot: int
    fn_number: str
    state: str
    documents_left: int | None  # as the FN said last; None: it was never asked, or does not tell
    valid_until: date | None
    last_fd: int
    backlog: int
    unconfirmed_since: datetime | None
    unreachable_since: datetime | None = None
    paused: bool = False

    @property
    def can_work(self) -> bool:
        """Whether it makes receipts, or would if it were its turn."""
        return self.state in _IN_USE and self.unreachable_since is None and not self.paused


class QueueDay(msgspec.Struct, frozen=True):
    """Receipts that wait and are due on one day."""

    deadline: date
    receipts: int


class CassetteFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a forecast is made of."""

    merchant_id: int
    cassette_id: int
    name: str
    parallel: int
    slots: Sequence[SlotFacts]  # in the order of the cassette
    queue: Sequence[QueueDay]  # by deadline
    receipts_by_day: Mapping[date, int]  # whole days of the past
    seconds_a_receipt: float | None  # of one FN that is kept busy, measured; None: not known yet
    parked: int  # receipts that a device refused: they wait for a person and are in no queue
    on_hold: bool = False  # the books know less than the FNs, and no receipt is made before all were read
    rules: CassetteRules = CassetteRules()  # what the cassette keeps free in an FN, and for how long


class FnForecast(msgspec.Struct, frozen=True):
    """The end of one FN. ``ends_on`` None: later than the horizon, or not known (``ends_by`` says which)."""

    kkt_id: int
    slot: int
    fn_number: str
    ends_on: date | None
    ends_by: Literal["documents", "days", "later", "unknown"]


class DeadlineForecast(msgspec.Struct, frozen=True):
    """Receipts due on one day and when the last of them will have been made, at the present speed."""

    deadline: date
    receipts: int
    done_at: datetime | None  # None: no slot works
    in_danger: bool


class CassetteForecast(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be expected of a cassette."""

    merchant_id: int
    cassette_id: int
    name: str
    waiting: int
    queue_done_at: datetime | None  # None: nothing waits, or no slot works
    receipts_an_hour: int  # with the slots that are active now
    deadlines: list[DeadlineForecast]
    fns: list[FnForecast]
    empty_on: date | None  # when the last FN ends; None: not within the horizon, or not known
    fns_needed: dict[int, int | None]  # months ahead -> FNs to be bought by then; None: no FN's size is known
    days_of_history: int


def forecast(facts: CassetteFacts, now: datetime, zone: tzinfo) -> CassetteForecast:
    """``now`` aware; deadlines end with their day in ``zone``."""
    today = now.astimezone(zone).date()
    demand = Demand(facts.receipts_by_day, today)
    waiting = sum(day.receipts for day in facts.queue)
    speed = _receipts_a_second(facts)
    fns, empty_on, needed = _play(facts, demand, today, waiting)
    return CassetteForecast(
        merchant_id=facts.merchant_id,
        cassette_id=facts.cassette_id,
        name=facts.name,
        waiting=waiting,
        queue_done_at=now + timedelta(seconds=waiting / speed) if speed and waiting else None,
        receipts_an_hour=math.floor(speed * 3600),
        deadlines=_deadlines(facts.queue, speed, now, zone),
        fns=fns,
        empty_on=empty_on,
        fns_needed=needed,
        days_of_history=demand.days_known,
    )


def _receipts_a_second(facts: CassetteFacts) -> float:
    active = sum(slot.state == "ACTIVE" for slot in facts.slots)
    return active / (facts.seconds_a_receipt or SECONDS_A_RECEIPT)


def _deadlines(queue: Sequence[QueueDay], speed: float, now: datetime, zone: tzinfo) -> list[DeadlineForecast]:
    """Receipts are made in the order of their deadlines, so each day waits for all days before it.

    Those that have no deadline (``date.max``) come last and are late for nothing.
    """
    found, before = [], 0
    for day in queue:
        if day.deadline == date.max:
            continue
        before += day.receipts
        ends_at = datetime.combine(day.deadline + timedelta(days=1), time(), zone)
        done_at = now + timedelta(seconds=before / speed) if speed else None
        found.append(DeadlineForecast(day.deadline, day.receipts, done_at, done_at is None or done_at >= ends_at))
    return found


class _Fn:
    """An FN in the play."""

    def __init__(self, slot: SlotFacts, rules: CassetteRules, today: date) -> None:
        self.slot = slot
        left = slot.documents_left
        self.left = None if left is None else max(0, left - rules.documents_reserved)
        self.last_day = None if slot.valid_until is None else slot.valid_until - timedelta(days=rules.days_reserved)
        self.ends_on: date | None = None
        self.ends_by: Literal["documents", "days", "later", "unknown"] = "later"
        if self.left is None and self.last_day is None:
            self.ends_by = "unknown"
        self._check(today)

    def _check(self, day: date) -> None:
        if self.over:
            return
        if self.left is not None and self.left <= 0:
            self.ends_on, self.ends_by = day, "documents"
        elif self.last_day is not None and day >= self.last_day:
            self.ends_on, self.ends_by = day, "days"

    @property
    def over(self) -> bool:
        return self.ends_on is not None

    def take(self, receipts: int, day: date) -> int:
        """What it makes of a day's receipts."""
        made = receipts if self.left is None else min(receipts, max(0, self.left - DOCUMENTS_A_DAY_BESIDES))
        if self.left is not None:
            self.left -= made + DOCUMENTS_A_DAY_BESIDES
        self._check(day)
        return made

    def pass_day(self, day: date) -> None:
        """A day on which it only waits: a term runs in the drawer, too."""
        self._check(day)


def _play(
    facts: CassetteFacts, demand: Demand, today: date, waiting: int
) -> tuple[list[FnForecast], date | None, dict[int, int | None]]:
    fns = [_Fn(slot, facts.rules, today) for state in _IN_USE for slot in facts.slots if slot.state == state]
    unserved: dict[date, int] = {}
    empty_on = today if fns and all(fn.over for fn in fns) else None
    for n in range(HORIZON_DAYS):
        day = today + timedelta(days=n)
        left = demand.expected(day) + (waiting if n == 0 else 0)
        for fn in fns:
            fn.pass_day(day)
        while left > 0 and (working := [fn for fn in fns if not fn.over][: facts.parallel]):
            share = math.ceil(left / len(working))
            left -= sum(fn.take(min(share, left), day) for fn in working)
        unserved[day] = max(0, left)
        if empty_on is None and fns and all(fn.over for fn in fns):
            empty_on = day
    ends = [FnForecast(fn.slot.kkt_id, fn.slot.slot, fn.slot.fn_number, fn.ends_on, fn.ends_by) for fn in fns]
    return ends, empty_on, _needed(facts, unserved, today)


def _needed(facts: CassetteFacts, unserved: Mapping[date, int], today: date) -> dict[int, int | None]:
    """FNs of the cassette's own size that would make what its FNs cannot; at least ``parallel`` once it is empty."""
    sizes = [slot.last_fd + slot.documents_left for slot in facts.slots if slot.documents_left is not None]
    needed: dict[int, int | None] = {}
    for months in NEEDED_AHEAD_MONTHS:
        until = today + timedelta(days=round(months * 30.44))
        lacking = [n for day, n in unserved.items() if day < until and n]
        if not lacking:
            needed[months] = 0
        elif not sizes:
            needed[months] = None
        else:
            documents = sum(lacking) + DOCUMENTS_A_DAY_BESIDES * len(lacking)
            size = max(max(sizes) - facts.rules.documents_reserved, 1)
            needed[months] = max(facts.parallel, math.ceil(documents / size))
    return needed
