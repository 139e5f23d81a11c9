"""Finding FNs on serial ports and USB bridges, without taking a device from anybody."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from serial.tools import list_ports

from kkt_drivers.address import open_kkt, open_transport
from kkt_drivers.devices import (
    DeviceList,
    FoundDevice,
    Probe,
    address_with_timezone,
    find_devices,
    holder_of,
    list_devices,
    probe,
    watch,
)
from kkt_drivers.emulator.faults import Fault, FaultPlan, FaultRule, FaultSource
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.pty import FnPort
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.usb_bridge import EmulatedUsb
from kkt_drivers.emulator.usb_device import CDC_ACM, FT232R, FT2232, BridgeKind, EmulatedBridge

NUMBER = "9999078900005488"


def line(*script: FaultRule, ffd: int = 4) -> FnLine:
    return FnLine(EmulatedFn(FnParameters(number=NUMBER, ffd=ffd)), FaultSource(FaultPlan(script)))


def bridge(kind: BridgeKind = FT232R, serial: str = "EMU1", socket: int = 1) -> EmulatedBridge:
    return EmulatedBridge(line(), kind, serial=serial, ports=(socket,))


@pytest.fixture(autouse=True)
def no_ports_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(list_ports, "comports", list)


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[FnPort]:
    port = FnPort(line(), tmp_path / "ttyFN0")
    yield port
    await port.close()


def addresses(found: DeviceList) -> list[str]:
    return [device.address for device in found.devices]


def test_every_bridge_has_an_address_that_finds_it_again() -> None:
    bus = EmulatedUsb(
        bridge(),
        bridge(CDC_ACM, "", 2),
        bridge(FT2232, "TWO", 3),
        bridge(FT2232, "SAME", 4),
        bridge(FT2232, "SAME", 5),
    )
    assert addresses(list_devices(usb_backend=bus)) == [
        "fn+usb://0403:6001/EMU1",
        "fn+usb://0483:5740?bus=1-2",
        "fn+usb://0403:6010/TWO",
        "fn+usb://0403:6010/TWO?channel=1",
        "fn+usb://0403:6010?bus=1-4",
        "fn+usb://0403:6010?bus=1-4&channel=1",
        "fn+usb://0403:6010?bus=1-5",
        "fn+usb://0403:6010?bus=1-5&channel=1",
    ]
    for address in addresses(list_devices(usb_backend=bus)):
        complete = address_with_timezone(address, "Europe/Moscow")
        assert open_kkt(complete).address == complete


def test_a_bridge_that_the_kernel_shows_as_a_port_is_listed_once_as_that_port(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = SimpleNamespace(device="/dev/ttyUSB7", location="1-1:1.0", product="FT232R USB UART", description="x")
    board = SimpleNamespace(device="/dev/ttyS7", location=None, product=None, description="n/a")
    monkeypatch.setattr(list_ports, "comports", lambda: [shown, board])
    found = list_devices(usb_backend=EmulatedUsb(bridge(socket=1), bridge(CDC_ACM, "EMU2", 2)))
    assert [(device.address, device.title, device.place) for device in found.devices] == [
        ("fn+serial:///dev/ttyS7", "serial port", ""),
        ("fn+serial:///dev/ttyUSB7", "FT232R USB UART", "1-1"),
        ("fn+usb://0483:5740/EMU2", "FN adapter", "1-2"),
    ]


async def test_an_fn_at_a_serial_port_is_described(port: FnPort) -> None:
    (device,) = (await find_devices([str(port.path)], EmulatedUsb())).devices
    probed = await probe(device)
    assert (probed.state, probed.reason) == (Probe.FN, "")
    assert probed.fn is not None
    assert (probed.fn.fn_number, probed.fn.phase, probed.fn.ffd) == (NUMBER, "ready for registration", "up to 1.2")
    assert (probed.fn.last_fd_number, probed.fn.emulated, probed.fn.warnings) == (0, True, ())


async def test_an_fn_at_a_usb_bridge_is_described_and_the_bridge_given_back() -> None:
    device, bus = bridge(), EmulatedUsb()
    bus.bridges.append(device)
    (found,) = list_devices(usb_backend=bus).devices
    assert (await probe(found, usb_backend=bus)).state is Probe.FN
    assert device.claimed == set()


async def test_an_old_fn_is_of_1_05(tmp_path: Path) -> None:
    port = FnPort(line(ffd=2), tmp_path / "ttyFN0")
    (device,) = list_devices([str(port.path)], EmulatedUsb()).devices
    probed = await probe(device)
    assert probed.fn is not None
    assert probed.fn.ffd == "1.05"
    await port.close()


async def test_a_broken_fn_says_so(tmp_path: Path) -> None:
    port = FnPort(line(FaultRule("30h", Fault.CRITICAL)), tmp_path / "ttyFN0")
    (device,) = list_devices([str(port.path)], EmulatedUsb()).devices
    probed = await probe(device)
    assert probed.fn is not None
    assert probed.fn.warnings == ("critical failure: the FN is broken",)
    await port.close()


async def test_a_port_in_use_is_busy_and_its_user_is_not_disturbed(port: FnPort) -> None:
    user = open_kkt(f"fn+{port.address}?timezone=%2B03:00")
    await user.status()
    (device,) = list_devices([str(port.path)], EmulatedUsb()).devices
    probed = await probe(device)
    assert (probed.state, probed.fn) == (Probe.BUSY, None)
    assert "another program" in probed.reason
    assert (await user.status()).fn_number == NUMBER
    await user.close()
    assert (await probe(device)).state is Probe.FN


async def test_a_bridge_in_use_is_busy_and_its_user_is_not_disturbed() -> None:
    bus = EmulatedUsb(bridge())
    user = open_transport("fn+usb://0403:6001/EMU1", usb_backend=bus)
    await user.open()
    (device,) = list_devices(usb_backend=bus).devices
    assert (await probe(device, usb_backend=bus)).state is Probe.BUSY
    user.write(b"\x04\x01\x00\x31\xde\xdd")
    assert await user.read(5)
    await user.close()


async def test_a_bridge_of_the_kernels_is_not_taken_to_be_asked() -> None:
    device = bridge()
    device.kernel_driver = True
    bus = EmulatedUsb(device)
    (found,) = list_devices(usb_backend=bus).devices
    probed = await probe(found, usb_backend=bus)
    assert probed.state is Probe.BUSY
    assert "serial port" in probed.reason
    assert device.kernel_driver


async def test_a_silent_device_is_no_fn(tmp_path: Path) -> None:
    port = FnPort(line(FaultRule("30h", Fault.LOSE_ANSWER)), tmp_path / "ttyFN0")
    (device,) = list_devices([str(port.path)], EmulatedUsb()).devices
    assert (await probe(device, timeout_s=0.05)).state is Probe.SILENT
    await port.close()


async def test_a_port_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    probed = await probe(FoundDevice(f"fn+serial://{tmp_path}/nothing", "", ""))
    assert (probed.state, probed.reason) == (Probe.UNREACHABLE, f"{tmp_path}/nothing: No such file or directory")


async def test_a_file_that_is_no_port_is_unreachable(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert (await probe(FoundDevice(f"fn+serial://{tmp_path}/file", "", ""))).state is Probe.UNREACHABLE


def test_a_machine_without_libusb_still_lists_its_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    from kkt_drivers.transport import usb

    def nothing(**options: object) -> None:
        raise usb.usb.core.NoBackendError("No backend available")

    monkeypatch.setattr(usb.usb.core, "find", nothing)
    found = list_devices(["/dev/ttyFN0"])
    assert (addresses(found), found.notes) == (["fn+serial:///dev/ttyFN0"], (usb.NO_LIBUSB,))


def test_a_program_that_locks_nothing_is_found_by_what_it_has_open(tmp_path: Path) -> None:
    target = tmp_path / "ttyUSB0"
    target.touch()
    for process, name in ((os.getpid(), "ourselves"), (4242, "minicom")):
        opened = tmp_path / "proc" / str(process) / "fd"
        opened.mkdir(parents=True)
        (opened / "3").symlink_to(target)
        (opened.parent / "comm").write_text(f"{name}\n")
    (tmp_path / "proc" / "self-describing").mkdir()
    assert holder_of(str(target), tmp_path / "proc") == "minicom (process 4242)"
    assert holder_of(str(tmp_path / "ttyUSB1"), tmp_path / "proc") == ""


async def test_what_is_plugged_in_and_pulled_out_is_seen() -> None:
    first, second = bridge(), bridge(CDC_ACM, "EMU2", 2)
    bus = EmulatedUsb(first)

    async def look() -> DeviceList:
        return list_devices(usb_backend=bus)

    steps = iter((lambda: bus.bridges.append(second), lambda: None, first.unplug, first.plug))

    async def pause() -> None:
        next(steps)()

    seen = []
    async for change in watch(look, pause):
        seen.append((change.plugged, change.device.address))
        if len(seen) == 4:
            break
    assert seen == [
        (True, "fn+usb://0403:6001/EMU1"),
        (True, "fn+usb://0483:5740/EMU2"),
        (False, "fn+usb://0403:6001/EMU1"),
        (True, "fn+usb://0403:6001/EMU1"),
    ]
