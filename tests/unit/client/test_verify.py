"""What a receiver trusts."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from fiscal_server.client import WebhookNotVerified, verify
from fiscal_server.webhooks.signing import secret_text, signed_headers

KEY, OTHER = b"k" * 32, b"o" * 32
NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
BODY = b'{"type":"receipt.registered","timestamp":"2026-10-20T08:59:00Z","data":{"id":"7"}}'


def signed(body: bytes = BODY, *keys: bytes, at: datetime = NOW) -> dict[str, str]:
    return signed_headers("msg_7_receipt-registered", at, body, keys or [KEY])


def test_what_the_secret_signed_is_a_message() -> None:
    message = verify(BODY, signed(), secret_text(KEY), now=NOW)
    assert (message.id, message.type, message.data) == ("msg_7_receipt-registered", "receipt.registered", {"id": "7"})
    assert message.timestamp == NOW - timedelta(minutes=1)


def test_names_of_headers_may_be_written_in_any_way() -> None:
    headers = {name.title(): value for name, value in signed().items()}
    assert verify(BODY, headers, secret_text(KEY), now=NOW).data == {"id": "7"}


def test_either_secret_verifies_while_one_takes_over_from_the_other() -> None:
    headers = signed(BODY, OTHER, KEY)
    for key in (KEY, OTHER):
        assert verify(BODY, headers, secret_text(key), now=NOW).data == {"id": "7"}


@pytest.mark.parametrize("minutes", [-5, 5])
def test_five_minutes_of_difference_are_tolerated(minutes: int) -> None:
    assert verify(BODY, signed(), secret_text(KEY), now=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize("seconds", [-301, 301, 10**9])
def test_an_old_message_is_a_replay(seconds: int) -> None:
    with pytest.raises(WebhookNotVerified, match="replay"):
        verify(BODY, signed(), secret_text(KEY), now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "msg_8_receipt-registered"),
        ("webhook-timestamp", str(int(NOW.timestamp()) + 1)),
        ("webhook-timestamp", "now"),
        ("webhook-timestamp", "１７"),
        ("webhook-timestamp", "-5"),
        ("webhook-signature", ""),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,подпись"),
        ("webhook-signature", "v1,\udcff"),  # bytes that are no text, as some frameworks hand them on
        ("webhook-id", "msg_\udcff"),
        ("webhook-signature", signed()["webhook-signature"].replace("v1,", "v2,")),
        ("webhook-signature", signed()["webhook-signature"].removeprefix("v1,")),
    ],
)
def test_a_header_that_was_changed_is_noticed(name: str, value: str) -> None:
    with pytest.raises(WebhookNotVerified):
        verify(BODY, {**signed(), name: value}, secret_text(KEY), now=NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_missing_is_named(name: str) -> None:
    headers = {other: value for other, value in signed().items() if other != name}
    with pytest.raises(WebhookNotVerified, match=name):
        verify(BODY, headers, secret_text(KEY), now=NOW)


def test_a_body_that_was_written_anew_is_not_the_one_that_was_signed() -> None:
    with pytest.raises(WebhookNotVerified, match="no signature fits"):
        verify(BODY.replace(b",", b", "), signed(), secret_text(KEY), now=NOW)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_?", secret_text(OTHER), base64.b64encode(OTHER).decode()])
def test_another_secret_verifies_nothing(secret: str) -> None:
    with pytest.raises(WebhookNotVerified):
        verify(BODY, signed(), secret, now=NOW)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"type":"x"}', b"\xff"])
def test_a_signed_body_that_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(WebhookNotVerified, match="no message"):
        verify(body, signed(body), secret_text(KEY), now=NOW)
