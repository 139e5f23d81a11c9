"""Signatures by the specification's own example, and keys."""

import base64
from datetime import UTC, datetime

from fiscal_server.webhooks.signing import SECRET_BYTES, make_secret, secret_text, signed_headers

# Standard Webhooks 1.0.0, the example that its reference libraries test with (standard-webhooks/standard-webhooks,
# libraries/python/tests/test_webhooks.py).
SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
SENT_AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_specification_is_signed_as_it_stands_there() -> None:
    headers = signed_headers(MESSAGE, SENT_AT, BODY, [base64.b64decode(SECRET)])
    assert headers == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_every_valid_key_signs_while_one_takes_over_from_another() -> None:
    headers = signed_headers(MESSAGE, SENT_AT, BODY, [b"new" * 10, base64.b64decode(SECRET)])
    signatures = headers["webhook-signature"].split(" ")
    assert len(signatures) == 2
    assert signatures[1] == SIGNATURE
    assert signatures[0] != SIGNATURE


def test_keys_are_long_and_never_the_same() -> None:
    keys = {make_secret() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {SECRET_BYTES}
    text = secret_text(keys.pop())
    assert text.startswith("whsec_")
    assert len(base64.b64decode(text.removeprefix("whsec_"))) == SECRET_BYTES
