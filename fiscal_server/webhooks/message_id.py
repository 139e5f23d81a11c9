"""The id of a message on the wire: made of what it tells, so that whatever tells it again tells it under the same id.

``msg_<subject>_<event type with hyphens>``, and ``_<number>`` behind it where that may happen to a subject again.
No full stop stands in it: the signature separates its parts by them.
"""

import re
from typing import Final

from fiscal_server.storage.webhook_messages import MessageKey
from fiscal_server.storage.webhooks import EventType

STAGES: Final = {
    EventType.RECEIPT_PARKED: 1,
    EventType.RECEIPT_CANCELLED: 2,
    EventType.RECEIPT_REGISTERED: 3,
    EventType.RECEIPT_CONFIRMED: 4,
    EventType.ALARM_CLEARED: 1,
}
"""As the statements write them that tell; 0 where none is named."""

_FORM: Final = re.compile(r"msg_(\d{1,19})_([a-z]+-[a-z]+)(?:_(\d{1,19}))?", re.ASCII)
_MOST: Final = (1 << 63) - 1


def message_id(kind: EventType, key: MessageKey) -> str:
    """The ``webhook-id`` of a message."""
    number = f"_{key.nth}" if key.nth else ""
    return f"msg_{key.subject_id}_{kind.value.replace('.', '-')}{number}"


def read_message_id(text: str) -> MessageKey | None:
    """What ``message_id`` was made of; None when it was made by nobody here."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    try:
        kind = EventType(found[2].replace("-", "."))
    except ValueError:
        return None
    key = MessageKey(int(found[1]), STAGES.get(kind, 0), int(found[3] or 0))
    return key if max(key.subject_id, key.nth) <= _MOST else None
