"""Where an alarm is dealt with: the page beside it, for whoever may open it."""

from typing import Final

import msgspec

from admin.navigation import SECTIONS, SETTINGS_PAGES, address
from admin.permissions import Action
from admin.viewer import Viewer
from fiscal_server.cassette.alarms import Alarm, AlarmCode
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.webhooks.endpoint_alarms import WebhookAlarm


class Way(msgspec.Struct, frozen=True):
    """A link beside an alarm."""

    title: str
    path: str


_RECEIPTS: Final = {
    AlarmCode.RECEIPTS_PARKED: ("Показать эти чеки", ReceiptState.REFUSED),
    AlarmCode.DEADLINES_MISSED: ("Показать очередь", ReceiptState.QUEUED),
    AlarmCode.DEADLINES_IN_DANGER: ("Показать очередь", ReceiptState.QUEUED),
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
    return _page("cassettes", "К кассетам", viewer, merchant)


def _page(key: str, title: str, viewer: Viewer, merchant: int | None) -> Way | None:
    for one in (*SECTIONS, *SETTINGS_PAGES):
        if one.key == key and viewer.may(one.action):
            return Way(title, address(one.path, merchant=merchant))
    return None
