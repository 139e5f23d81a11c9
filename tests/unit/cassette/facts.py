"""Cassettes made up for tests of forecasts and alarms."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fiscal_server.cassette.forecast import CassetteFacts, CassetteForecast, QueueDay, SlotFacts, forecast
from fiscal_server.storage.cassette_rules import CassetteRules

ZONE = ZoneInfo("Europe/Moscow")
NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
TODAY = NOW.astimezone(ZONE).date()


def slot(n: int, state: str = "READY", **facts: Any) -> SlotFacts:
    values: dict[str, Any] = {
        "documents_left": 10_000,
        "valid_until": date(2028, 1, 1),
        "last_fd": 0,
        "backlog": 0,
        "unconfirmed_since": None,
    }
    return SlotFacts(kkt_id=n, slot=n, fn_number=f"999907890000{n:04d}", state=state, **values | facts)


def cassette(
    slots: Sequence[SlotFacts],
    *,
    parallel: int = 1,
    queue: Sequence[tuple[date, int]] = (),
    past: Mapping[date, int] | None = None,
    seconds: float | None = 1.0,
    parked: int = 0,
    rules: CassetteRules | None = None,
) -> CassetteFacts:
    return CassetteFacts(
        merchant_id=1,
        cassette_id=7,
        name="главная",
        parallel=parallel,
        slots=slots,
        queue=[QueueDay(day, receipts) for day, receipts in queue],
        receipts_by_day=past or {},
        seconds_a_receipt=seconds,
        parked=parked,
        rules=rules or CassetteRules(),
    )


def foretold(facts: CassetteFacts) -> CassetteForecast:
    return forecast(facts, NOW, ZONE)
