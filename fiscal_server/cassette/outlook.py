"""Forecasts and alarms of all cassettes from one look at the books, and the task that keeps the metrics by them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
import structlog

from fiscal_server.cassette.alarms import Alarm, Severity, alarms
from fiscal_server.cassette.forecast import CassetteFacts, CassetteForecast, QueueDay, SlotFacts, forecast
from fiscal_server.cassette.queue_counts import QueueCounts
from fiscal_server.clock import Clock
from fiscal_server.metrics import METRICS
from fiscal_server.storage.adoption import held_merchants
from fiscal_server.storage.cassette_rules import CassetteRules
from fiscal_server.storage.forecast import (
    QueueAhead,
    SlotAhead,
    count_days,
    days_behind,
    pace,
    queue_ahead,
    slots_ahead,
)
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, ReadConnection

EVERY_S: Final = 60.0
DAYS_LOOKED_AT: Final = 124
"""Four months: the same day of the last three, whatever day of the month it is."""

log = structlog.get_logger(room="cassette")


class Outlook(msgspec.Struct, frozen=True):
    """A cassette's forecast and what should be done about it."""

    forecast: CassetteForecast
    alarms: list[Alarm]
    rules: CassetteRules
    """By which the alarms rang."""


async def look_ahead(
    db: ReadConnection,
    now: datetime,
    zone: ZoneInfo,
    merchant_id: int | None = None,
    *,
    counts: QueueCounts | None = None,
) -> list[Outlook]:
    """Cassettes of one merchant, or of all, oldest first. ``now`` aware; ``counts``: shared with others who ask."""
    if counts is None or merchant_id is None:
        waiting = await queue_ahead(db, merchant_id)
    else:
        waiting = await counts.of(db, merchant_id)
    found = []
    for facts in await _facts(db, now, zone, waiting, merchant_id):
        expected = forecast(facts, now, zone)
        found.append(Outlook(expected, alarms(facts, expected, now, zone), facts.rules))
    return found


async def _facts(
    db: ReadConnection, now: datetime, zone: ZoneInfo, counted: Sequence[QueueAhead], merchant_id: int | None
) -> list[CassetteFacts]:
    since = now.astimezone(zone).date() - timedelta(days=DAYS_LOOKED_AT)
    past: dict[int, dict[date, int]] = defaultdict(dict)
    for day in await days_behind(db, since, merchant_id):
        past[day.merchant_id][day.day] = day.receipts
    queue: dict[tuple[int, int | None], list[QueueAhead]] = defaultdict(list)
    for waiting in counted:
        queue[waiting.merchant_id, waiting.cassette_id].append(waiting)
    seconds = await pace(db, merchant_id)
    on_hold = {hold.merchant_id for hold in await held_merchants(db, merchant_id)}
    cassettes: dict[tuple[int, int], list[SlotAhead]] = defaultdict(list)
    for slot in await slots_ahead(db, merchant_id):
        cassettes[slot.merchant_id, slot.cassette_id].append(slot)
    return [
        CassetteFacts(
            merchant_id=key[0],
            cassette_id=key[1],
            name=rows[0].cassette,
            parallel=rows[0].parallel,
            slots=[_slot(row) for row in rows if row.kkt_id is not None],
            queue=[QueueDay(day.deadline, day.receipts) for day in queue[key] if not day.parked],
            receipts_by_day=past[key[0]] if rows[0].routed else {},
            seconds_a_receipt=seconds.get(key),
            parked=sum(day.receipts for day in queue[key] if day.parked),
            on_hold=key[0] in on_hold,
            rules=rows[0].rules,
        )
        for key, rows in cassettes.items()
    ]


def _slot(row: SlotAhead) -> SlotFacts:
    assert row.kkt_id is not None
    assert row.slot is not None
    assert row.fn_number is not None
    assert row.state is not None
    return SlotFacts(
        kkt_id=row.kkt_id,
        slot=row.slot,
        fn_number=row.fn_number,
        state=row.state,
        documents_left=row.documents_left,
        valid_until=row.valid_until,
        last_fd=row.last_fd or 0,
        backlog=row.backlog or 0,
        unconfirmed_since=row.unconfirmed_since,
        unreachable_since=row.unreachable_since,
        paused=row.paused_since is not None,
    )


class Watch:
    """Looks ahead once a minute, for the metrics and the log: a day is counted once, an alarm is logged once."""

    def __init__(self, database: Database, clock: Clock, zone: ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._counted: date | None = None
        self._told: set[tuple[str, int, int | None, Severity]] = set()

    async def keep_watching(self) -> None:
        """Until cancelled; a database that is away is asked again at the next turn."""
        while True:
            try:
                await self.look()
            except DATABASE_ERRORS as error:
                log.warning("database_unreachable", reason=f"{type(error).__name__}: {error}")
            except Exception:  # a mistake of ours must not end the watch of a process that lives on
                log.exception("watch_failed")
            await self._clock.sleep(EVERY_S)

    async def look(self) -> list[Outlook]:
        """Count the days that are over, look ahead, tell."""
        now = self._clock.now()
        today = now.astimezone(self._zone).date()
        if self._counted != today:
            days = [today - timedelta(days=n) for n in range(1, DAYS_LOOKED_AT + 1)]
            async with self._database.write() as writing:
                await count_days(writing, days, self._zone)
            self._counted = today
        async with self._database.read() as db:
            outlooks = await look_ahead(db, now, self._zone)
        for outlook in outlooks:
            _measure(outlook, now, today)
        self._tell([alarm for outlook in outlooks for alarm in outlook.alarms])
        return outlooks

    def _tell(self, found: Sequence[Alarm]) -> None:
        keys = {(alarm.code.value, alarm.cassette_id, alarm.kkt_id, alarm.severity): alarm for alarm in found}
        for key in keys.keys() - self._told:
            alarm = keys[key]
            log.warning("alarm", code=alarm.code.value, cassette=alarm.cassette_id, kkt=alarm.kkt_id, words=alarm.text)
        self._told = set(keys)


def _measure(outlook: Outlook, now: datetime, today: date) -> None:
    expected = outlook.forecast
    cassette = str(expected.cassette_id)
    through = expected.queue_done_at
    standing = -1 if expected.waiting else 0
    METRICS.queue_seconds.labels(cassette).set((through - now).total_seconds() if through else standing)
    METRICS.receipts_in_danger.labels(cassette).set(sum(day.receipts for day in expected.deadlines if day.in_danger))
    METRICS.cassette_days_left.labels(cassette).set((expected.empty_on - today).days if expected.empty_on else -1)
    for severity in Severity:
        count = sum(alarm.severity is severity for alarm in outlook.alarms)
        METRICS.alarms.labels(cassette, severity.name.lower()).set(count)
