"""What is to be expected: when FNs end and queues are through, which deadlines are in danger, what should be done."""

from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, get
from litestar.datastructures import State

from fiscal_server.cassette.alarms import Alarm
from fiscal_server.cassette.forecast import CassetteForecast
from fiscal_server.cassette.outlook import look_ahead
from fiscal_server.storage.webhooks import troubled_endpoints
from fiscal_server.webhooks.endpoint_alarms import OVERDUE, REMEMBERED, WebhookAlarm, webhook_alarms


class FnForecastAnswer(msgspec.Struct, frozen=True):
    """The end of an FN. ``ends_by``: documents, days, later (than 400 days), unknown."""

    kkt: str
    slot: int
    fn_number: str
    ends_on: date | None
    ends_by: str


class DeadlineAnswer(msgspec.Struct, frozen=True):
    """Receipts due on one day, and when the last of them will have been made at the present speed."""

    deadline: date
    receipts: int
    done_at: datetime | None
    in_danger: bool


class ForecastAnswer(msgspec.Struct, frozen=True):
    """What is to be expected of a cassette. ``fns_needed``: months ahead -> FNs to buy, null while no size is known."""

    cassette: str
    name: str
    waiting: int
    queue_done_at: datetime | None
    receipts_an_hour: int
    deadlines: list[DeadlineAnswer]
    fns: list[FnForecastAnswer]
    empty_on: date | None
    fns_needed: dict[str, int | None]
    days_of_history: int


class AlarmAnswer(msgspec.Struct, frozen=True):
    """Something to be done, the gravest first. ``severity``: notice, warning, critical. ``cassette``: null when it is
    about none."""

    code: str
    severity: str
    cassette: str | None
    kkt: str | None
    text: str
    advice: str


def _forecast_answer(found: CassetteForecast) -> ForecastAnswer:
    return ForecastAnswer(
        cassette=str(found.cassette_id),
        name=found.name,
        waiting=found.waiting,
        queue_done_at=found.queue_done_at,
        receipts_an_hour=found.receipts_an_hour,
        deadlines=[DeadlineAnswer(d.deadline, d.receipts, d.done_at, d.in_danger) for d in found.deadlines],
        fns=[FnForecastAnswer(str(fn.kkt_id), fn.slot, fn.fn_number, fn.ends_on, fn.ends_by) for fn in found.fns],
        empty_on=found.empty_on,
        fns_needed={str(months): number for months, number in found.fns_needed.items()},
        days_of_history=found.days_of_history,
    )


def _alarm_answer(alarm: Alarm) -> AlarmAnswer:
    kkt = None if alarm.kkt_id is None else str(alarm.kkt_id)
    severity = alarm.severity.name.lower()
    return AlarmAnswer(alarm.code.value, severity, str(alarm.cassette_id), kkt, alarm.text, alarm.advice)


def _webhook_answer(alarm: WebhookAlarm) -> AlarmAnswer:
    return AlarmAnswer(alarm.code.value, alarm.severity.name.lower(), None, None, alarm.text, alarm.advice)


@get("/v1/forecast", operation_id="GetForecast", tags=["cassettes"])
async def get_forecast(request: Request[int, Any, State], state: State) -> list[ForecastAnswer]:
    """Every cassette of the merchant: its queue, its deadlines, the end of its FNs, and what must be bought.

    A queue of more than 5,000 receipts may have been counted some seconds ago, up to 15 when the database is busy.
    """
    async with state["database"].read() as db:
        found = await look_ahead(db, state["clock"].now(), state["zone"], request.user, counts=state["queue_counts"])
    return [_forecast_answer(outlook.forecast) for outlook in found]


@get("/v1/alarms", operation_id="GetAlarms", tags=["cassettes"])
async def get_alarms(request: Request[int, Any, State], state: State) -> list[AlarmAnswer]:
    """What a person should do something about now or soon; texts in Russian."""
    now: datetime = state["clock"].now()
    async with state["database"].read() as db:
        found = await look_ahead(db, now, state["zone"], request.user, counts=state["queue_counts"])
        troubled = await troubled_endpoints(db, now - OVERDUE, now - REMEMBERED, request.user)
    told = [(alarm.severity, _alarm_answer(alarm)) for outlook in found for alarm in outlook.alarms]
    told += [(alarm.severity, _webhook_answer(alarm)) for alarm in webhook_alarms(troubled)]
    return [answer for _, answer in sorted(told, key=lambda one: -one[0])]
