"""Where an alarm is dealt with: the page beside it, for whoever may open it; and the rule by which it rang."""

from collections.abc import Mapping
from typing import Final

import msgspec

from admin.cassette_words import why_alarm as why_of_cassette
from admin.navigation import SECTIONS, SETTINGS_PAGES, address
from admin.permissions import Action
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.cassette.alarms import Alarm, AlarmCode
from fiscal_server.cassette.outlook import Outlook
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.webhooks.endpoint_alarms import WebhookAlarm, WebhookAlarmCode


class Way(msgspec.Struct, frozen=True):
    """A link beside an alarm."""

    title: str
    path: str


_RECEIPTS: Final = {
    AlarmCode.RECEIPTS_PARKED: ("Показать эти чеки", ReceiptState.REFUSED),
    AlarmCode.DEADLINES_MISSED: ("Показать очередь", ReceiptState.QUEUED),
    AlarmCode.DEADLINES_IN_DANGER: ("Показать очередь", ReceiptState.QUEUED),
}
_WANT_A_KKT: Final = (AlarmCode.CASSETTE_EMPTY, AlarmCode.NO_SPARE, AlarmCode.FN_ENDS)

_WHY_WEBHOOKS: Final = {
    WebhookAlarmCode.DISABLED: "Приёмник три дня не принял ни одного сообщения или сам ответил, что его больше нет: "
    "такой вебхук отключается, чтобы не стучаться в пустоту.",
    WebhookAlarmCode.OVERDUE: "Звонит, когда сообщение пробуют доставить уже час: приёмник, который просто "
    "перезапустили, за это время вернулся бы.",
    WebhookAlarmCode.UNDELIVERED: "Считаются сообщения последних семи дней, которые больше не пробуют доставить.",
}


def way_of(alarm: Alarm | WebhookAlarm, viewer: Viewer) -> Way | None:
    """The page where something can be done; None when there is none for this viewer."""
    merchant = alarm.merchant_id if len(viewer.merchants) > 1 else None
    if isinstance(alarm, WebhookAlarm):
        return _page("webhooks", "К вебхукам", viewer, merchant)
    if alarm.code in _RECEIPTS:
        title, state = _RECEIPTS[alarm.code]
        if viewer.may(Action.SEE_RECEIPTS):
            return Way(title, address("/receipts", merchant=merchant, state=state.value))
        return None
    if alarm.code is AlarmCode.ON_HOLD:
        return _page("backups", "К резервным копиям", viewer, None)
    return _to_device(alarm, viewer)


def _to_device(alarm: Alarm, viewer: Viewer) -> Way | None:
    if not viewer.may(Action.SEE_CASSETTES):
        return None
    if alarm.code in _WANT_A_KKT and viewer.may(Action.ADD_KKTS):
        return Way("Добавить кассу", f"/cassettes/{alarm.merchant_id}/new")
    if alarm.kkt_id is None:
        return Way("К кассете", f"/cassettes/{alarm.merchant_id}/{alarm.cassette_id}")
    card = f"/kkts/{alarm.merchant_id}/{alarm.kkt_id}"
    if alarm.code is AlarmCode.SLOT_STOPPED and viewer.may(Action.ORDER_DEVICES):
        return Way("Вернуть кассу в работу или вывести", f"{card}#orders")
    return Way("К кассе", card)


def _page(key: str, title: str, viewer: Viewer, merchant: int | None) -> Way | None:
    for one in (*SECTIONS, *SETTINGS_PAGES):
        if one.key == key and viewer.may(one.action):
            return Way(title, address(one.path, merchant=merchant))
    return None


def why_alarm(alarm: Alarm | WebhookAlarm, outlooks: Mapping[int, Outlook]) -> str:
    """The rule by which it rang; ``outlooks`` by cassette."""
    if isinstance(alarm, WebhookAlarm):
        return say(_WHY_WEBHOOKS[alarm.code])
    return why_of_cassette(alarm.code, outlooks[alarm.cassette_id].rules)
