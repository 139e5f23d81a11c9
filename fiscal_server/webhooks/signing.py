"""Signatures by Standard Webhooks 1.0.0: HMAC-SHA256 over ``id.timestamp.body``, one for each key that is valid.

Source: https://www.standardwebhooks.com, specification, signature scheme.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Final

SECRET_PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32
"""The specification asks for 24 to 64."""


def make_secret() -> bytes:
    """A new key."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(key: bytes) -> str:
    """A key as people copy it."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signed_headers(message_id: str, sent_at: datetime, body: bytes, keys: Iterable[bytes]) -> dict[str, str]:
    """``webhook-id``, ``webhook-timestamp`` (of the attempt) and ``webhook-signature``."""
    timestamp = str(int(sent_at.timestamp()))
    content = b".".join((message_id.encode(), timestamp.encode(), body))
    signatures = (base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
