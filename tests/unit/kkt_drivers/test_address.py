"""Addresses of devices in the settings."""

from datetime import UTC, datetime, timedelta

import pytest

from kkt_drivers.address import open_kkt, parse_timezone

HOST = "fn+tcp://127.0.0.1:7777"
PORT = "fn+serial:///dev/ttyUSB0"
BRIDGE = "fn+usb://0403:6001"


@pytest.mark.parametrize(
    "address",
    [
        f"{HOST}?timezone=Europe/Moscow&timeout_ms=5000",
        f"{HOST}?timezone=+03:00&enq=0",
        f"{HOST}?timezone=%2B03:00",
        "fn+tcp://[::1]:7777?timezone=-0330",
        f"{PORT}?timezone=Europe/Moscow",
        f"{PORT}?timezone=Europe/Moscow&speed=460800&timeout_ms=100&enq=0",
        "fn+serial:///dev/serial/by-id/usb-FTDI_FT232R%20USB_UART-if00?timezone=+03:00",
        f"{BRIDGE}?timezone=+03:00",
        f"{BRIDGE}/A50285BI?timezone=+03:00&speed=115200",
        "fn+usb://0403:6010?timezone=+03:00&bus=1-2.3&channel=1",
    ],
)
def test_address_becomes_a_driver_that_remembers_it(address: str) -> None:
    assert open_kkt(address).address == address


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("fn+udp://x?timezone=Europe/Moscow", "scheme"),
        ("fn+serial://ttyUSB0?timezone=+03:00", "three slashes"),
        ("fn+serial://?timezone=+03:00", "path of a port"),
        (f"{PORT}?timezone=+03:00&speed=fast", "speed is a number"),
        (f"{PORT}?timezone=+03:00&speed=1", "speed is a number from 300"),
        (f"{PORT}?timezone=+03:00&bus=1-2", "unknown field 'bus'"),
        (PORT, "timezone"),
        ("fn+usb://x?timezone=Europe/Moscow", "four hex digits"),
        ("fn+usb://403:6001?timezone=Europe/Moscow", "four hex digits"),
        ("fn+usb://0403?timezone=Europe/Moscow", "four hex digits"),
        (f"{BRIDGE}/A/B?timezone=+03:00", "serial number"),
        (f"{BRIDGE}?timezone=+03:00&bus=port1", "bus is a path"),
        (f"{BRIDGE}?timezone=+03:00&channel=9", "channel is a number from 0 to 7"),
        (f"{BRIDGE}?timezone=+03:00&enq=2", "enq"),
        ("fn+tcp://user@127.0.0.1:7777?timezone=+03:00", "nothing but fields"),
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
