"""What a person should do about webhooks: those that were given up, that are behind, or that left messages undelivered.

Pure: what the books say in, alarms out, the gravest first. Thresholds are data.
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final

import msgspec

from accounting.receipts.wording import translated
from fiscal_server.cassette.alarms import Severity
from fiscal_server.storage.webhooks import COUNTED, TroubledEndpoint

OVERDUE: Final = timedelta(hours=1)
"""A receiver that is only restarted is back by then."""

REMEMBERED: Final = timedelta(days=7)
"""So long an undelivered message is spoken of; it can be sent again for a month."""


class WebhookAlarmCode(StrEnum):
    """What the matter is, in one word that programs may rely on."""

    DISABLED = "webhook_disabled"  # it took nothing for three days, or said that it is gone
    OVERDUE = "webhook_overdue"  # messages have been tried for an hour
    UNDELIVERED = "webhook_undelivered"  # messages that are not tried any more


class WebhookAlarm(msgspec.Struct, frozen=True):
    """One thing to do; ``text`` and ``advice`` in the language of the call."""

    code: WebhookAlarmCode
    severity: Severity
    merchant_id: int
    endpoint_id: int
    text: str
    advice: str


def webhook_alarms(endpoints: Sequence[TroubledEndpoint]) -> list[WebhookAlarm]:
    """Of endpoints as ``storage.webhooks.troubled_endpoints`` gives them."""
    found = [alarm for endpoint in endpoints for alarm in _of(endpoint)]
    return sorted(found, key=lambda alarm: -alarm.severity)


def _of(endpoint: TroubledEndpoint) -> list[WebhookAlarm]:
    def alarm(code: WebhookAlarmCode, severity: Severity, text: str, advice: str) -> WebhookAlarm:
        return WebhookAlarm(code, severity, endpoint.merchant_id, endpoint.id, text, advice)

    found: list[WebhookAlarm] = []
    if endpoint.disabled_why is not None:
        text = translated("Вебхук {url} отключён: он не принимал сообщений.", url=endpoint.url)
        advice = translated("Исправьте приёмник и включите вебхук: всё, что ждало, придёт по порядку.")
        found.append(alarm(WebhookAlarmCode.DISABLED, Severity.WARNING, text, advice))
    elif endpoint.overdue:
        text = translated(
            "Вебхук {url} больше часа не принимает сообщения. Ждут: {count}.",
            url=endpoint.url,
            count=_counted(endpoint.overdue),
        )
        advice = translated("Проверьте приёмник: сервер повторяет отправку три дня, потом отключит вебхук.")
        found.append(alarm(WebhookAlarmCode.OVERDUE, Severity.WARNING, text, advice))
    if endpoint.undelivered:
        text = translated(
            "Вебхук {url}: за неделю не доставлено сообщений: {count}.",
            url=endpoint.url,
            count=_counted(endpoint.undelivered),
        )
        advice = translated("Сервер больше не пробует. Исправьте приёмник и отправьте их ещё раз: replay за эти дни.")
        found.append(alarm(WebhookAlarmCode.UNDELIVERED, Severity.NOTICE, text, advice))
    return found


def _counted(number: int) -> str:
    """Counting stops somewhere: a receiver that is away for days leaves hundreds of thousands."""
    return f"{number}+" if number == COUNTED else str(number)
