"""Alarms of cassettes as messages: each is told once when it begins to stand and once when it is over.

Which ones have been told stands in the database, so nodes and restarts tell nothing twice.
"""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from fiscal_server.cassette.alarms import Alarm
from fiscal_server.cassette.outlook import look_ahead
from fiscal_server.clock import Clock
from fiscal_server.storage import webhook_messages
from fiscal_server.storage.pool import Database, ReadConnection
from fiscal_server.storage.webhook_messages import StandingAlarm

EVERY_S: Final = 60.0


async def tell_alarms(database: Database, clock: Clock, zone: ZoneInfo) -> None:
    """Compare what stands now with what was told, for each merchant that wants to hear of it."""
    async with database.read() as db:
        merchants = await webhook_messages.listeners_to_alarms(db)
    for merchant_id in merchants:
        await _tell(database, merchant_id, clock.now(), zone)


async def _tell(database: Database, merchant_id: int, now: datetime, zone: ZoneInfo) -> None:
    async with database.write() as db:
        if not await webhook_messages.try_alarm_turn(db, merchant_id):
            return  # another node is at it
        # In the transaction that has the turn: what another node has told by then is seen.
        outlooks = await look_ahead(ReadConnection(db), now, zone, merchant_id)
        found = [alarm for outlook in outlooks for alarm in outlook.alarms]
        standing = {_place(alarm): alarm for alarm in found}
        rows = [
            StandingAlarm(database.ids.next(), *place, detail=alarm_data(alarm)) for place, alarm in standing.items()
        ]
        await webhook_messages.tell_alarms(db, merchant_id, rows, now)


def _place(alarm: Alarm) -> tuple[str, int, int, int]:
    return alarm.code.value, alarm.cassette_id, alarm.kkt_id or 0, int(alarm.severity)


def alarm_data(alarm: Alarm) -> dict[str, Any]:
    """What a message says of an alarm; texts in Russian."""
    return {
        "code": alarm.code.value,
        "severity": alarm.severity.name.lower(),
        "cassette": str(alarm.cassette_id),
        "kkt": None if alarm.kkt_id is None else str(alarm.kkt_id),
        "text": alarm.text,
        "advice": alarm.advice,
    }
