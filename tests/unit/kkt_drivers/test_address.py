"""Addresses of devices in the settings."""

from datetime import UTC, datetime, timedelta

import pytest

from kkt_drivers.address import open_kkt, parse_timezone

HOST = "fn+tcp://127.0.0.1:7777"


@pytest.mark.parametrize(
    "address",
    [
        f"{HOST}?timezone=Europe/Moscow&timeout_ms=5000",
        f"{HOST}?timezone=+03:00&enq=0",
        f"{HOST}?timezone=%2B03:00",
        "fn+tcp://[::1]:7777?timezone=-0330",
    ],
)
def test_address_becomes_a_driver_that_remembers_it(address: str) -> None:
    assert open_kkt(address).address == address


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("fn+usb://x?timezone=Europe/Moscow", "scheme"),
        ("fn+tcp://127.0.0.1?timezone=Europe/Moscow", "port"),
        ("fn+tcp://127.0.0.1:99999?timezone=Europe/Moscow", "ort"),
        (HOST, "timezone"),
        (f"{HOST}?timezone=Mars/Olympus", "Mars"),
        (f"{HOST}?timezone=+99:00", "offset"),
        (f"{HOST}?timezone=Europe/Moscow&timeout=5", "unknown field 'timeout'"),
        (f"{HOST}?timezone=Europe/Moscow&timeout_ms=fast", "timeout_ms"),
        (f"{HOST}?timezone=Europe/Moscow&timeout_ms=1&timeout_ms=2", "twice"),
        (f"{HOST}?timezone=Europe/Moscow&enq=maybe", "enq"),
        (f"{HOST}/path?timezone=Europe/Moscow", "follow"),
        ("", "scheme"),
    ],
)
def test_wrong_address_says_what_is_wrong(address: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        open_kkt(address)


@pytest.mark.parametrize(("name", "hours"), [("+03:00", 3), (" 03:00", 3), ("-01:00", -1), ("Europe/Moscow", 3)])
def test_zone_is_a_name_or_an_offset(name: str, hours: int) -> None:
    assert datetime(2026, 1, 15, tzinfo=UTC).astimezone(parse_timezone(name)).utcoffset() == timedelta(hours=hours)
