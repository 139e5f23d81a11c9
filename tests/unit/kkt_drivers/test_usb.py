"""USB bridges through pyusb, on an emulated bus: finding, claiming, speeds, unplugging."""

import asyncio

import pytest
import usb.core

from kkt_drivers.address import open_kkt
from kkt_drivers.emulator.faults import Fault, FaultRule
from kkt_drivers.emulator.usb_bridge import EmulatedUsb
from kkt_drivers.emulator.usb_device import CDC_ACM, FT232R, FT2232, BridgeKind
from kkt_drivers.errors import KktUnavailable
from kkt_drivers.transport.base import TransportBusy, TransportClosed, TransportTimeout
from kkt_drivers.transport.usb import LibusbMissing, UsbName, find_bridges
from tests.unit.kkt_drivers.usb_stand import FN_NUMBER, ask, bridge, transport
from tests.waiting import wait_until_async


def test_bridges_are_found_and_other_devices_are_not() -> None:
    mouse = BridgeKind("Mouse", 0x046D, 0xC077, (FT232R.interfaces[0],))
    bus = EmulatedUsb(bridge(1), bridge(2, mouse), bridge(3, CDC_ACM), bridge(4, FT2232))
    found = find_bridges(bus)
    assert [(f.vendor, f.product, f.serial, f.bus_path, f.title, f.channels) for f in found] == [
        (0x0403, 0x6001, "EMU1", "1-2.1", "FT232R USB UART", 1),
        (0x0483, 0x5740, "EMU3", "1-2.3", "FN adapter", 1),
        (0x0403, 0x6010, "EMU4", "1-2.4", "Dual RS232-HS", 2),
    ]


def test_a_bridge_without_rights_is_listed_without_its_serial_number() -> None:
    device = bridge(1)
    device.denied = True
    (found,) = find_bridges(EmulatedUsb(device))
    assert (found.serial, found.title) == ("", "FT232R")


def test_a_machine_without_libusb_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(**options: object) -> None:
        raise usb.core.NoBackendError("No backend available")

    monkeypatch.setattr(usb.core, "find", nothing)
    with pytest.raises(LibusbMissing, match="apt-get install libusb"):
        find_bridges()


async def test_unplugging_while_nothing_goes_on_is_an_event() -> None:
    device, reasons = bridge(1), []
    end = transport(EmulatedUsb(device), on_unplug=reasons.append)
    await ask(end)
    device.unplug()

    async def told() -> bool:
        return bool(reasons)

    await wait_until_async(told, 10)
    assert "unplugged" in reasons[0]
    with pytest.raises(TransportClosed):
        end.write(FN_NUMBER)
    await end.close()


async def test_closing_is_no_unplugging() -> None:
    reasons: list[str] = []
    end = transport(EmulatedUsb(bridge(1)), on_unplug=reasons.append)
    await ask(end)
    await end.close()
    assert reasons == []


async def test_a_bridge_in_use_by_another_program_is_busy() -> None:
    device = bridge(1)
    device.held_elsewhere = True
    with pytest.raises(TransportBusy, match="another program"):
        await transport(EmulatedUsb(device)).open()


async def test_the_kernels_driver_is_put_aside_and_gets_the_bridge_back() -> None:
    device = bridge(1)
    device.kernel_driver = True
    end = transport(EmulatedUsb(device))
    await ask(end)
    assert not device.kernel_driver
    await end.close()
    assert device.kernel_driver


async def test_a_bridge_of_the_kernels_is_left_alone_when_asked_so() -> None:
    device = bridge(1)
    device.kernel_driver = True
    with pytest.raises(TransportBusy, match="serial port"):
        await transport(EmulatedUsb(device), take=False).open()
    assert device.kernel_driver


async def test_a_bridge_without_rights_says_where_to_read_on() -> None:
    device = bridge(1)
    device.denied = True
    with pytest.raises(TransportClosed, match=r"docs/devices\.md"):
        await transport(EmulatedUsb(device)).open()


async def test_two_bridges_of_one_kind_are_told_apart_by_serial_number_or_by_socket() -> None:
    first, second = bridge(1), bridge(2)
    bus = EmulatedUsb(first, second)
    with pytest.raises(TransportClosed, match=r"say which: EMU1 at 1-2\.1, EMU2 at 1-2\.2"):
        await transport(bus).open()
    by_serial = transport(bus, UsbName(0x0403, 0x6001, serial="EMU2"))
    by_socket = transport(bus, UsbName(0x0403, 0x6001, bus_path="1-2.1"))
    assert await ask(by_serial) == second.line.fn.number.encode()
    assert await ask(by_socket) == first.line.fn.number.encode()
    with pytest.raises(TransportClosed, match="not plugged in; of this id there are"):
        await transport(bus, UsbName(0x0403, 0x6001, serial="EMU9")).open()
    await by_serial.close()
    await by_socket.close()


async def test_two_bridges_work_at_the_same_time_and_one_may_go() -> None:
    first, second = bridge(1), bridge(2, CDC_ACM)
    bus = EmulatedUsb(first, second)
    ends = transport(bus), transport(bus, UsbName(0x0483, 0x5740))
    for _ in range(3):
        numbers = await asyncio.gather(*(ask(end) for end in ends))
        assert numbers == [first.line.fn.number.encode(), second.line.fn.number.encode()]
    first.unplug()
    with pytest.raises(TransportClosed):
        await ask(ends[0])
    assert await ask(ends[1]) == second.line.fn.number.encode()
    for end in ends:
        await end.close()


async def test_a_chip_with_two_lines_has_two_channels_and_no_third() -> None:
    device = bridge(1, FT2232)
    second = transport(EmulatedUsb(device), UsbName(0x0403, 0x6010, channel=1))
    assert await ask(second) == device.line.fn.number.encode()
    assert {index & 0xFF for _, _, _, index, _ in device.requests} == {2}
    await second.close()
    with pytest.raises(TransportClosed, match="2 channels"):
        await transport(EmulatedUsb(device), UsbName(0x0403, 0x6010, channel=2)).open()


async def test_the_line_has_the_speed_that_was_asked_for() -> None:
    device = bridge(1)
    end = transport(EmulatedUsb(device), speed=9600)
    await end.open()
    assert device.bits_per_s == 9600
    end.write(FN_NUMBER)
    with pytest.raises(TransportTimeout):  # the FN speaks 115200
        await end.read(0.05)
    await end.set_speed(115_200)
    assert await ask(end) == device.line.fn.number.encode()
    await end.close()


async def test_a_speed_that_the_chip_cannot_make_is_no_wire() -> None:
    with pytest.raises(TransportClosed, match="2500000 bit/s"):
        await transport(EmulatedUsb(bridge(1)), speed=2_500_000).open()


async def test_unplugging_during_a_document_is_seen_by_the_driver() -> None:
    device = bridge(1, FT232R, FaultRule("30h", Fault.UNPLUG, nth=2))
    kkt = open_kkt("fn+usb://0403:6001/EMU1?timezone=%2B03:00", usb_backend=EmulatedUsb(device))
    await kkt.status()
    with pytest.raises(KktUnavailable, match="unplugged"):
        await kkt.status()
    device.plug()
    assert (await kkt.status()).fn_number == device.line.fn.number
    await kkt.close()
