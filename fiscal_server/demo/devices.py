"""Emulated FNs and an emulated operator in processes of their own, behind their real wire protocols."""

import asyncio
import socket
from pathlib import Path

import msgspec

from fiscal_server.commands.run import program
from fiscal_server.supervisor import ChildSpec, Supervisor, accepts_connections

SLOTS = 4
"""FNs in the cassette of each company."""

ROTATIONS_IN_SIGHT = 2
SMALLEST_CAPACITY = 24
DOCUMENTS_BESIDE_RECEIPTS = 12
"""Registration, shifts, closing, and the reserve that a cassette keeps free in each FN."""


OPERATOR_INN = "7700000000"
OPERATOR_NAME = "Эмулятор ОФД"


class EmulatedSlot(msgspec.Struct, frozen=True):
    """One emulated FN: its number, where it listens, and the file that is its memory."""

    name: str
    fn_number: str
    port: int
    memory: Path

    @property
    def address(self) -> str:
        """For ``open_kkt``."""
        return f"fn+tcp://127.0.0.1:{self.port}?timezone=Europe/Moscow"


class EmulatedFns(msgspec.Struct, frozen=True):
    """What the FNs of one company are like. ``realistic``: as slow as real ones, else they answer at once."""

    capacity: int  # documents
    ffd: str
    realistic: bool


class EmulatedOperator(msgspec.Struct, frozen=True):
    """The emulated operator and the file in which it keeps what it confirmed."""

    port: int
    archive: Path

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


def free_port() -> int:
    """A TCP port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def capacity_for(receipts: int) -> int:
    """Documents that an FN may hold so that a company with so many receipts rotates at least twice."""
    return max(SMALLEST_CAPACITY, receipts // (ROTATIONS_IN_SIGHT + 1) + DOCUMENTS_BESIDE_RECEIPTS)


async def start_operator(supervisor: Supervisor, folder: Path) -> EmulatedOperator:
    """Start the emulated operator as a child."""
    operator = EmulatedOperator(free_port(), folder / "operator.log")
    listen = f"tcp://127.0.0.1:{operator.port}"
    await supervisor.start(
        ChildSpec(
            "operator",
            program("emulate", "ofd", "--listen", listen, "--archive", str(operator.archive), "--inn", OPERATOR_INN),
            ready_check=accepts_connections("127.0.0.1", operator.port),
            address=listen,
        )
    )
    return operator


async def start_cassette(supervisor: Supervisor, folder: Path, company: int, fns: EmulatedFns) -> list[EmulatedSlot]:
    """Start the FNs of one company as children."""
    speed = "--uart" if fns.realistic else "--turbo"
    slots = [
        EmulatedSlot(
            f"fn-{company}-{n}", f"99990789{company:04d}{n:04d}", free_port(), folder / f"fn-{company}-{n}.memory"
        )
        for n in range(1, SLOTS + 1)
    ]
    specs = [
        ChildSpec(
            slot.name,
            program(
                "emulate", "fn", "--listen", f"tcp://127.0.0.1:{slot.port}", "--memory", str(slot.memory),
                "--number", slot.fn_number, "--ffd", fns.ffd, "--capacity", str(fns.capacity), speed,
            ),
            ready_check=accepts_connections("127.0.0.1", slot.port),
            address=f"tcp://127.0.0.1:{slot.port}",
        )
        for slot in slots
    ]  # fmt: skip
    await asyncio.gather(*(supervisor.start(spec) for spec in specs))
    return slots
