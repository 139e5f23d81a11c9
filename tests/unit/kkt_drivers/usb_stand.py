"""Emulated bridges and transports to them."""

from kkt_drivers.emulator.faults import FaultPlan, FaultRule, FaultSource
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.usb_bridge import EmulatedUsb
from kkt_drivers.emulator.usb_device import FT232R, BridgeKind, EmulatedBridge
from kkt_drivers.fn.frame import FrameReader, encode
from kkt_drivers.transport.usb import UsbName
from kkt_drivers.transport.usb_transport import UsbTransport

FN_NUMBER, BUILD = encode(0x31), encode(0x33)
FTDI_ID = UsbName(0x0403, 0x6001)


def bridge(number: int = 1, kind: BridgeKind = FT232R, *script: FaultRule) -> EmulatedBridge:
    fn = EmulatedFn(FnParameters(number=f"99990000{number:08}"))
    line = FnLine(fn, FaultSource(FaultPlan(script)))
    return EmulatedBridge(line, kind, serial=f"EMU{number}", ports=(2, number), address=3 + number)


def transport(bus: EmulatedUsb, name: UsbName = FTDI_ID, **options: object) -> UsbTransport:
    return UsbTransport(name, backend=bus, **options)  # type: ignore[arg-type]


async def ask(end: UsbTransport, request: bytes = FN_NUMBER) -> bytes:
    await end.open()
    end.write(request)
    reader = FrameReader()
    while True:
        frames = reader.feed(await end.read(5))
        if frames:
            return frames[0].data
