"""An emulated FN with its memory file, a driver connected to it by any wire, and an emulated operator."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from accounting.receipts.codes import (
    FfdVersion,
    SettlementMethod,
    SettlementSign,
    SubjectType,
    TaxationSystem,
    VatCode,
)
from accounting.receipts.model import Receipt, ReceiptLine, Tenders, VatTotal
from kkt_drivers.address import open_kkt
from kkt_drivers.emulator.faults import FaultPlan, FaultRule, FaultSource
from kkt_drivers.emulator.fn import EmulatedFn
from kkt_drivers.emulator.line import FnLine
from kkt_drivers.emulator.memory import ArchiveEntry, read_archive
from kkt_drivers.emulator.ofd import EmulatedOfd
from kkt_drivers.emulator.ofd_faults import OfdFaultRule, OfdFaultSource
from kkt_drivers.emulator.records import FnParameters
from kkt_drivers.emulator.serve import TcpServer, serve_ofd
from kkt_drivers.fn.driver import FnKkt
from kkt_drivers.kkt import ReceiptOrder, Registration
from kkt_drivers.ofd.client import deliver
from tests.unit.emulator.fn_wires import Wire

MOSCOW = timezone(timedelta(hours=3))
NOON = datetime(2026, 2, 2, 9, 0, tzinfo=UTC)
NUMBER = "9999078900005488"


def registration(ffd: FfdVersion) -> Registration:
    return Registration(
        user_inn="7702203276",
        user_name="ООО Водоканал",
        kkt_registration_number="0000000005008570",
        kkt_serial_number="000000000002",
        taxation_systems=1,
        ffd=ffd,
        address="111141, г. Москва, ул. Кусковская, д. 20А",
        place="https://water.example",
        cashier="Сервер",
        ofd_inn="7700000000",
        ofd_name="Emulated operator",
        sender_email="receipts@water.example",
    )


def order(receipt_id: str, kopecks: int = 45_000, **changes: object) -> ReceiptOrder:
    line = ReceiptLine(
        name="Холодная вода, май",
        price_kopecks=kopecks,
        sum_kopecks=kopecks,
        method=SettlementMethod.FULL_SETTLEMENT,
        subject=SubjectType.SERVICE,
        vat_code=VatCode.VAT_20,
        vat_kopecks=kopecks // 6,
    )
    fields: dict[str, object] = {
        "sign": SettlementSign.INCOME,
        "taxation": TaxationSystem.GENERAL,
        "lines": (line,),
        "tenders": Tenders(electronic=kopecks),
        "total_kopecks": kopecks,
        "vat_totals": (VatTotal(VatCode.VAT_20, kopecks // 6),),
        "contact": "payer@example.org",
    }
    receipt = Receipt(**(fields | changes))  # type: ignore[arg-type]
    owner = registration(FfdVersion.FFD_1_2)
    return ReceiptOrder(receipt, receipt_id, 1084, owner.cashier, owner.place, owner.address)


class Stand:
    """One emulated FN with its memory file, a driver connected to it, and an emulated operator."""

    def __init__(self, wire: str, ffd: FfdVersion, folder: Path) -> None:
        self.wire = wire
        self.ffd = ffd
        self.folder = folder
        self.memory = folder / "fn"
        self.ofd_archive = folder / "ofd"
        self.capacity = 250_000
        self.at = NOON
        self._servers: list[TcpServer] = []

    async def start(self, *script: FaultRule, enq: bool = True, timeout_ms: int = 200) -> FnKkt:
        """Serve the FN with a script of faults and give a driver for it."""
        return await self.start_with(FaultPlan(script), enq=enq, timeout_ms=timeout_ms)

    async def start_with(self, plan: FaultPlan, *, enq: bool = True, timeout_ms: int = 200) -> FnKkt:
        """As ``start``, with any plan of faults."""
        self.fn = EmulatedFn(FnParameters(number=NUMBER, ffd=self.ffd, capacity_documents=self.capacity), self.memory)
        self.plugs = Wire(self.wire, FnLine(self.fn, FaultSource(plan)), self.folder)
        await self.plugs.plug()
        if self.wire == "pipe":
            self.kkt = FnKkt(self.plugs.driver_end(), timezone=MOSCOW, timeout_s=timeout_ms / 1000, enq=enq)
        else:
            address = f"fn+{self.plugs.address}?timezone=%2B03:00&timeout_ms={timeout_ms}&enq={enq:d}"
            kkt = open_kkt(address, usb_backend=self.plugs.bus)
            assert isinstance(kkt, FnKkt)
            self.kkt = kkt
        return self.kkt

    async def stop(self) -> None:
        """The process of the FN ends; its memory file stays."""
        await self.kkt.close()
        await self.plugs.close()
        for server in self._servers:
            await server.close()
        self._servers.clear()
        self.fn.close()

    async def ready(self) -> None:
        """Registered, with an open shift."""
        await self.kkt.register(registration(self.ffd), self.at)
        await self.kkt.open_shift(self.at, "Сервер")

    async def operator(self, *script: OfdFaultRule) -> str:
        server = await serve_ofd(EmulatedOfd(self.ofd_archive, faults=OfdFaultSource(script)), "tcp://127.0.0.1:0")
        self._servers.append(server)
        return server.address.removeprefix("tcp://")

    async def send_one(self, operator: str) -> int:
        message = await self.kkt.read_ofd_message()
        answer = await deliver(operator, message, self.ffd, NUMBER, timeout_s=2)
        return await self.kkt.accept_ofd_answer(answer)

    def archive(self) -> list[ArchiveEntry]:
        return read_archive(self.memory)

    def forms(self) -> list[int]:
        return [entry.form for entry in self.archive()]
