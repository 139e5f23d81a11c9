"""What the pipes of a USB bridge do besides carrying bytes: short, empty and stalled transfers, silence, babble."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from kkt_drivers.emulator.usb_bridge import EmulatedUsb
from kkt_drivers.emulator.usb_device import CDC_ACM, FT232R, FT2232, EmulatedBridge
from kkt_drivers.fn.frame import encode
from kkt_drivers.transport.base import TransportClosed, TransportTimeout
from kkt_drivers.transport.usb import UsbName
from kkt_drivers.transport.usb_transport import UsbTransport
from tests.unit.kkt_drivers.usb_stand import BUILD, FN_NUMBER, ask, bridge, transport
from tests.waiting import wait_until_async


async def an_answer_waits_in(device: EmulatedBridge) -> None:
    async def waits() -> bool:
        return device.waiting > 0

    await wait_until_async(waits)


@pytest.fixture(params=[FT232R, CDC_ACM, FT2232], ids=["ftdi", "cdc-acm", "ftdi-dual"])
async def plugged(request: pytest.FixtureRequest) -> AsyncIterator[tuple[EmulatedBridge, UsbTransport]]:
    device = bridge(1, request.param)
    name = UsbName(device.kind.vendor, device.kind.product)
    end = transport(EmulatedUsb(device), name)
    yield device, end
    await end.close()


async def test_short_packets_are_put_together(plugged: tuple[EmulatedBridge, UsbTransport]) -> None:
    device, end = plugged
    device.payload_limit = 1
    assert await ask(end) == device.line.fn.number.encode()


async def test_packets_without_data_are_no_answer_and_no_end(plugged: tuple[EmulatedBridge, UsbTransport]) -> None:
    device, end = plugged
    await end.open()
    device.empty_transfers = 5
    assert await ask(end) == device.line.fn.number.encode()


async def test_what_waits_behind_packets_without_data_is_discarded_too(
    plugged: tuple[EmulatedBridge, UsbTransport],
) -> None:
    device, end = plugged
    await end.open()
    end.write(FN_NUMBER)
    await end.read(5)
    for device.payload_limit in (1, 1 << 16):
        end.write(FN_NUMBER)  # its answer is left lying
        await an_answer_waits_in(device)
        device.empty_transfers = 5
        end.discard_input()
        assert await ask(end, BUILD) != device.line.fn.number.encode()


async def test_a_bridge_that_does_not_stop_talking_is_given_up() -> None:
    device = bridge(1, CDC_ACM)
    end = transport(EmulatedUsb(device), UsbName(device.kind.vendor, device.kind.product))
    await end.open()
    end.write(FN_NUMBER)
    device.empty_transfers = 1 << 30
    await an_answer_waits_in(device)
    end.discard_input()
    with pytest.raises(TransportClosed, match="does not stop talking"):
        await end.read(10)
    await end.close()


async def test_requests_and_answers_longer_than_a_packet_lose_no_byte(
    plugged: tuple[EmulatedBridge, UsbTransport],
) -> None:
    _, end = plugged
    await ask(end, encode(0xA2, b"\x00\x04"))
    text = bytes(range(4, 256)) * 3
    await ask(end, encode(0x07, (1048).to_bytes(2, "little") + len(text).to_bytes(2, "little") + text))
    assert int.from_bytes((await ask(end, encode(0xA7)))[:4], "little") == 4 + len(text)
    assert await ask(end, encode(0x36, b"\x01")) == bytes(354)


@pytest.mark.parametrize("endpoint", [0x81, 0x01, 0x02])
async def test_a_stalled_pipe_is_cleared_and_used_again(
    plugged: tuple[EmulatedBridge, UsbTransport], endpoint: int
) -> None:
    device, end = plugged
    await end.open()
    device.stalled = {endpoint}
    assert await ask(end) == device.line.fn.number.encode()


async def test_silence_is_a_timeout(plugged: tuple[EmulatedBridge, UsbTransport]) -> None:
    _, end = plugged
    await end.open()
    with pytest.raises(TransportTimeout):
        await end.read(0.02)


async def test_a_bridge_that_takes_no_data_is_given_up(plugged: tuple[EmulatedBridge, UsbTransport]) -> None:
    device, end = plugged
    await end.open()
    device.deaf = True
    end.write(FN_NUMBER)
    with pytest.raises(TransportClosed, match="took no data"):
        await end.read(10)


async def test_unplugging_in_mid_command_ends_the_read(plugged: tuple[EmulatedBridge, UsbTransport]) -> None:
    device, end = plugged
    await end.open()
    waiting = asyncio.ensure_future(end.read(60))
    await asyncio.sleep(0)
    device.unplug()
    with pytest.raises(TransportClosed, match="unplugged"):
        await waiting
    with pytest.raises(TransportClosed, match="not plugged in"):
        await end.open()
    device.plug()
    assert await ask(end) == device.line.fn.number.encode()
