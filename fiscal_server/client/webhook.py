"""Is this message from the server? Standard Webhooks 1.0.0, signature scheme v1."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from fiscal_server.client.errors import WebhookNotVerified
from fiscal_server.client.types import Message

TOLERANCE: Final = timedelta(minutes=5)
_PREFIX: Final = "whsec_"


class _Body(msgspec.Struct, frozen=True):
    type: str
    timestamp: datetime
    data: dict[str, object]


_decode_body: Final = msgspec.json.Decoder(_Body).decode


def verify(
    payload: bytes, headers: Mapping[str, str], secret: str, *, now: datetime, tolerance: timedelta = TOLERANCE
) -> Message:
    """The message, if ``secret`` signed these very bytes within ``tolerance`` of ``now`` (aware).

    ``payload`` is the body as it came, before anything has parsed it; names of ``headers`` in any case. Raises
    WebhookNotVerified. Comparison takes the same time whatever differs.
    """
    given = {name.lower(): value for name, value in headers.items()}
    try:
        message_id, timestamp, signatures = (given[f"webhook-{part}"] for part in ("id", "timestamp", "signature"))
    except KeyError as error:
        raise WebhookNotVerified(f"the header {error} is missing") from None
    _check_time(timestamp, now, tolerance)
    content = b".".join((_bytes(message_id), timestamp.encode(), payload))
    expected = base64.b64encode(hmac.new(_key(secret), content, hashlib.sha256).digest())
    # All of them are compared: which one fits, if any, cannot be told from the time it takes.
    if not sum([hmac.compare_digest(expected, _bytes(signature)) for signature in _of_version_1(signatures)]):
        raise WebhookNotVerified("no signature fits: another secret, or the body was changed")
    try:
        body = _decode_body(payload)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WebhookNotVerified(f"signed, but no message of this server: {error}") from error
    return Message(message_id, body.type, body.timestamp, body.data)


def _check_time(timestamp: str, now: datetime, tolerance: timedelta) -> None:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 11):
        raise WebhookNotVerified("webhook-timestamp is no number of seconds")
    sent_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(timestamp))
    if abs(now - sent_at) > tolerance:
        raise WebhookNotVerified(f"sent at {sent_at:%Y-%m-%d %H:%M:%S}Z: too far from now, it may be a replay")


def _bytes(header: str) -> bytes:
    """Of whatever a web framework made of bytes that are no text: then nothing fits."""
    return header.encode(errors="backslashreplace")


def _of_version_1(signatures: str) -> list[str]:
    pairs = (one.partition(",") for one in signatures.split(" "))
    return [signature for version, _, signature in pairs if version == "v1"]


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise WebhookNotVerified("the secret is none: whsec_ and base64 behind it") from None
    if not key:
        raise WebhookNotVerified("the secret is empty")
    return key
