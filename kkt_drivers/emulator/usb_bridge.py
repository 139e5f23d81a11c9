"""USB-serial bridges with an emulated FN behind each, as a pyusb backend: no libusb and no hardware needed.

pyusb --- EmulatedUsb (the bus) --- EmulatedBridge (a plugged-in device: usb_device.py) --- FnLine

usb.core.find(backend=EmulatedUsb(bridge, another_bridge))
"""

import errno
from array import array
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import usb.backend
import usb.core

from kkt_drivers.emulator.usb_device import BulkTimeout, EmulatedBridge, Gone, Stalled

_IN = 0x80
_GET_STATUS, _GET_DESCRIPTOR = 0, 6
_STRING = 3
_ENGLISH = 0x0409


class _Handle:
    """One opening of a device, which ends with the plugging that it was made in."""

    def __init__(self, bridge: EmulatedBridge) -> None:
        self.bridge = bridge
        self.plugging = bridge.plugging
        self.claimed: set[int] = set()


class EmulatedUsb(usb.backend.IBackend):  # type: ignore[misc]  # pyusb is not typed
    """A bus with bridges on it; ``bridges`` may be changed while it is in use."""

    def __init__(self, *bridges: EmulatedBridge) -> None:
        self.bridges = list(bridges)

    # Descriptors ------------------------------------------------------------------------------------------------------

    def enumerate_devices(self) -> Iterator[EmulatedBridge]:
        return iter([bridge for bridge in self.bridges if bridge.plugged])

    def get_parent(self, dev: EmulatedBridge) -> None:
        return None

    def get_device_descriptor(self, dev: EmulatedBridge) -> SimpleNamespace:
        return SimpleNamespace(
            bLength=18,
            bDescriptorType=1,
            bcdUSB=0x0200,
            bDeviceClass=0,
            bDeviceSubClass=0,
            bDeviceProtocol=0,
            bMaxPacketSize0=8,
            idVendor=dev.kind.vendor,
            idProduct=dev.kind.product,
            bcdDevice=0x0600,
            iManufacturer=1,
            iProduct=2,
            iSerialNumber=3 if dev.serial else 0,
            bNumConfigurations=1,
            address=dev.address,
            bus=dev.bus,
            port_number=dev.ports[-1],
            port_numbers=dev.ports,
            speed=2,
        )

    def get_configuration_descriptor(self, dev: EmulatedBridge, config: int) -> SimpleNamespace:
        if config:
            raise IndexError(config)
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=2,
            wTotalLength=0,
            bNumInterfaces=len(dev.kind.interfaces),
            bConfigurationValue=1,
            iConfiguration=0,
            bmAttributes=0x80,
            bMaxPower=45,
            extra_descriptors=[],
        )

    def get_interface_descriptor(self, dev: EmulatedBridge, intf: int, alt: int, config: int) -> SimpleNamespace:
        if config or alt or intf >= len(dev.kind.interfaces):
            raise IndexError(intf)
        interface = dev.kind.interfaces[intf]
        return SimpleNamespace(
            bLength=9,
            bDescriptorType=4,
            bInterfaceNumber=intf,
            bAlternateSetting=0,
            bNumEndpoints=len(interface.endpoints),
            bInterfaceClass=interface.usb_class,
            bInterfaceSubClass=interface.usb_subclass,
            bInterfaceProtocol=0,
            iInterface=0,
            extra_descriptors=[],
        )

    def get_endpoint_descriptor(
        self, dev: EmulatedBridge, ep: int, intf: int, alt: int, config: int
    ) -> SimpleNamespace:
        endpoint = dev.kind.interfaces[intf].endpoints[ep]
        return SimpleNamespace(
            bLength=7,
            bDescriptorType=5,
            bEndpointAddress=endpoint.address,
            bmAttributes=endpoint.attributes,
            wMaxPacketSize=dev.kind.packet_size,
            bInterval=0,
            bRefresh=0,
            bSynchAddress=0,
            extra_descriptors=[],
        )

    # Opening ----------------------------------------------------------------------------------------------------------

    def open_device(self, dev: EmulatedBridge) -> _Handle:
        if not dev.plugged:
            raise _error(errno.ENODEV)
        if dev.denied:
            raise _error(errno.EACCES)
        return _Handle(dev)

    def close_device(self, dev_handle: _Handle) -> None:
        for interface in list(dev_handle.claimed):
            self.release_interface(dev_handle, interface)

    def get_configuration(self, dev_handle: _Handle) -> int:
        return 1

    def set_configuration(self, dev_handle: _Handle, config_value: int) -> None:
        pass

    def claim_interface(self, dev_handle: _Handle, intf: int) -> None:
        bridge = _present(dev_handle)
        if bridge.held_elsewhere or bridge.kernel_driver or intf in bridge.claimed:
            raise _error(errno.EBUSY)
        bridge.claimed.add(intf)
        dev_handle.claimed.add(intf)
        bridge.begin()

    def release_interface(self, dev_handle: _Handle, intf: int) -> None:
        dev_handle.claimed.discard(intf)
        if dev_handle.plugging == dev_handle.bridge.plugging:
            dev_handle.bridge.claimed.discard(intf)

    def is_kernel_driver_active(self, dev_handle: _Handle, intf: int) -> bool:
        return _present(dev_handle).kernel_driver

    def detach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        _present(dev_handle).kernel_driver = False

    def attach_kernel_driver(self, dev_handle: _Handle, intf: int) -> None:
        _present(dev_handle).kernel_driver = True

    # Transfers --------------------------------------------------------------------------------------------------------

    def bulk_write(self, dev_handle: _Handle, ep: int, intf: int, data: "array[int]", timeout: int) -> int:
        with _Errors():
            return _claimed(dev_handle, intf).take_in(ep, data.tobytes(), timeout / 1000)

    def bulk_read(self, dev_handle: _Handle, ep: int, intf: int, buff: "array[int]", timeout: int) -> int:
        with _Errors():
            data = _claimed(dev_handle, intf).give_out(ep, len(buff), timeout / 1000)
        buff[: len(data)] = array("B", data)
        return len(data)

    def clear_halt(self, dev_handle: _Handle, ep: int) -> None:
        _present(dev_handle).stalled.discard(ep)

    def ctrl_transfer(
        self,
        dev_handle: _Handle,
        bmRequestType: int,
        bRequest: int,
        wValue: int,
        wIndex: int,
        data: "array[int]",
        timeout: int,
    ) -> int:
        bridge = _present(dev_handle)
        if bmRequestType == _IN:
            answer = _standard(bridge, bRequest, wValue)[: len(data)]
            data[: len(answer)] = array("B", answer)
            return len(answer)
        with _Errors():
            bridge.control(bmRequestType, bRequest, wValue, wIndex, data.tobytes())
        return len(data)


def _standard(bridge: EmulatedBridge, request: int, value: int) -> bytes:
    """Requests that every device answers. USB 2.0, 9.4."""
    if request == _GET_STATUS:
        return bytes(2)
    if request == _GET_DESCRIPTOR and value >> 8 == _STRING:
        text = {1: "emulated", 2: bridge.kind.title, 3: bridge.serial}.get(value & 0xFF)
        body = _ENGLISH.to_bytes(2, "little") if not value & 0xFF else (text or "").encode("utf-16-le")
        return bytes((2 + len(body), _STRING)) + body
    raise _error(errno.EPIPE)


def _present(handle: _Handle) -> EmulatedBridge:
    if not handle.bridge.plugged or handle.plugging != handle.bridge.plugging:
        raise _error(errno.ENODEV)
    return handle.bridge


def _claimed(handle: _Handle, interface: int) -> EmulatedBridge:
    bridge = _present(handle)
    if interface not in handle.claimed:
        raise _error(errno.EBUSY)
    return bridge


class _Errors:
    """Turns what a device says into pyusb's errors."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        match error:
            case BulkTimeout():
                raise usb.core.USBTimeoutError("Operation timed out", -7, errno.ETIMEDOUT) from None
            case Stalled():
                raise _error(errno.EPIPE) from None
            case Gone():
                raise _error(errno.ENODEV) from None


def _error(number: int) -> Any:
    return usb.core.USBError(errno.errorcode[number], None, number)
