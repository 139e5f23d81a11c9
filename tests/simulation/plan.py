"""What a seed stands for: how big the world is and what goes wrong in it, all drawn from one number.

Not everything goes wrong in every world (swarm testing): a fault that is absent lets others reach further.
"""

import random
from enum import StrEnum
from typing import Any

import msgspec

from kkt_drivers.emulator.faults import Fault, FaultRule
from kkt_drivers.emulator.ofd_faults import OfdFault, OfdFaultRule
from kkt_drivers.emulator.timing import TURBO, Timing

FAULTS_FOR_S = 20.0
"""Virtual seconds of trouble at least; then everything is repaired and must come to its end."""

MONTH_S = 31 * 24 * 3600.0
"""Longer than an FN waits for the operator before it refuses every new document."""

LEASES_S = ((30.0, 20.0), (12.0, 6.0), (12.0, 6.0), (12.0, 6.0))
"""A lease and the longest command: those of the product, mostly shorter ones, for less time of mere waiting."""

DEVICE_CHANCES = {
    Fault.LOSE_ANSWER: 0.006,
    Fault.LOSE_REQUEST: 0.004,
    Fault.GARBLE_ANSWER: 0.01,
    Fault.STALL: 0.01,
    Fault.ANSWER_TWICE: 0.01,
    Fault.POWER_OFF_BEFORE_WRITE: 0.01,
    Fault.POWER_OFF_AFTER_WRITE: 0.015,
    Fault.UNPLUG: 0.004,
    Fault.FILL_UP: 0.0008,
    Fault.CRITICAL: 0.0006,
    Fault.REFUSE: 0.01,
}

FOR_GOOD = (Fault.FILL_UP, Fault.CRITICAL)
"""What an FN does not recover from: the last one is spared, that all may come to its end."""

REFUSALS = (0x09, 0x10, 0x3C)
"""Answer codes that blame the receipt."""

BARREN_COMMANDS = (("16h",), ("12h",), ("12h", "14h", "16h"))
"""What an FN that still answers questions makes no more: receipts, shifts to make them in, or documents at all."""

BARREN_FAULTS = (Fault.POWER_OFF_BEFORE_WRITE, Fault.LOSE_REQUEST)

OPERATOR_FAULTS = tuple(fault for fault in OfdFault if fault is not OfdFault.UNREACHABLE)
"""``CODE``: he takes the document and says what is wrong with it. Out of reach: he is cut off, by mishap."""


class Mishap(StrEnum):
    """What happens to machines and wires from time to time."""

    KILL_NODE = "node killed"
    FREEZE_NODE = "node frozen"
    STOP_NODE = "node stopped in good order"
    KILL_API = "api killed"
    CLOCK_JUMP = "clock jumps"
    POWER_OFF_FN = "FN switched off"
    CUT_NODE_FROM_DATABASE = "node cut from PostgreSQL"
    CUT_NODE_FROM_FN = "node cut from FN"
    CUT_API_FROM_DATABASE = "api cut from PostgreSQL"
    RESTART_DATABASE = "PostgreSQL restarted"
    CUT_NODE_FROM_OPERATOR = "node cut from operator"
    ORDER = "person orders something of a KKT"
    UNPLUG_FOR_GOOD = "FN unplugged for good"


class StepFault(StrEnum):
    """What happens at the edge of a storage call."""

    CRASH_BEFORE = "crash before a storage call"
    CRASH_AFTER = "crash after a storage call"
    CUT_BEFORE = "storage call lost"
    CUT_AFTER = "storage call's answer lost"
    FREEZE_AFTER = "node frozen between intent and command"
    DISK_FULL = "storage call finds the disk full"


class Barren(msgspec.Struct, frozen=True):
    """FNs that are read as any other, hand their documents over, and make none, as long as the world lasts."""

    fns: tuple[int, ...]  # which ones, from 0
    commands: tuple[str, ...]
    fault: Fault

    def rules(self) -> tuple[FaultRule, ...]:
        """What meets each of these commands."""
        return tuple(FaultRule(command, self.fault, nth=0) for command in self.commands)


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One world."""

    seed: int
    nodes: int
    apis: int
    fns: int
    parallel: int
    capacity: int  # documents; the last FN has room for everything, so that a world can come to its end: see ``World``
    ffd: int
    message_area_kib: int
    batches: tuple[tuple[float, int], ...]  # when (seconds), how many payments
    accounts: int
    timing: Timing
    device_chances: dict[Fault, float]
    operator_rules: tuple[OfdFaultRule, ...]
    mishaps: tuple[Mishap, ...]
    every_s: float  # between two mishaps, on the average
    step_chances: dict[StepFault, float]
    lease_s: float
    longest_command_s: float
    locked: bool  # each node has a file whose lock proves to its successor that it is dead
    trouble_s: float  # how long things go wrong; longer than a lease lasts, or not
    plugged: tuple[int | None, ...]  # of each FN: the node that it is plugged into
    shared_ports: bool  # the adapters of the FNs take several connections at once
    refusal: int
    repeats: float  # share of batches that the billing sends once more under another key
    refunds: float  # share of payments of which a part is paid back at once
    reversals: int
    charged: int  # accounts that get a bill, and whose month is closed
    restored: bool  # an older backup is put back in the end
    aged: tuple[bool, ...]  # of each FN: registered longer ago than an FN waits for the operator, who has nothing of it
    barren: Barren | None
    month_off: bool  # before the repair all stands still for longer than an FN waits for the operator

    @property
    def hold_s(self) -> float:
        """How long a silent owner is waited for."""
        return self.lease_s + self.longest_command_s


def plan_of(seed: int) -> Plan:
    """Equal seeds, equal worlds."""
    chance = random.Random(seed)
    nodes = chance.choice((1, 2, 2, 3))
    fns = chance.randint(3, 6)
    lease_s, longest_command_s = chance.choice(LEASES_S)
    trouble_s = FAULTS_FOR_S
    if nodes > 1 and chance.random() < 0.4:
        trouble_s += 1.5 * (lease_s + longest_command_s)
    batches = tuple(sorted((chance.uniform(0, trouble_s * 0.9), chance.choice((1, 2, 4, 8))) for _ in range(7)))
    shared_ports = chance.random() < 0.4
    # What is sent into a cut cable arrives when it is whole again: only an adapter that then listens to the newest
    # connection alone keeps it away.
    mishaps = [one for one in Mishap if not (shared_ports and one is Mishap.CUT_NODE_FROM_FN)]
    step_chances = dict.fromkeys(StepFault, chance.choice((0.002, 0.008)))
    restored = chance.random() < 0.2
    return Plan(
        seed=seed,
        nodes=nodes,
        apis=chance.choice((1, 2)),
        fns=fns,
        parallel=chance.choice((1, 2, fns - 1)),
        capacity=chance.choice((16, 28, 120)),
        ffd=4,
        message_area_kib=chance.choice((8, 32_768)),
        batches=batches,
        accounts=chance.choice((5, 20, 200)),
        timing=chance.choice((TURBO, Timing(11_520, 20, 1, 100), Timing(11_520, 250, 10, 100))),
        device_chances=_some(chance, DEVICE_CHANCES),
        operator_rules=_operators_day(chance),
        mishaps=tuple(mishap for mishap in mishaps if chance.random() < 0.4),
        every_s=chance.choice((0.7, 2.0, 5.0)),
        step_chances=_some(chance, step_chances),
        lease_s=lease_s,
        longest_command_s=longest_command_s,
        locked=chance.random() < 0.5,
        trouble_s=trouble_s,
        plugged=tuple(chance.randrange(nodes) if chance.random() < 0.25 else None for _ in range(fns)),
        shared_ports=shared_ports,
        refusal=chance.choice(REFUSALS),
        repeats=chance.choice((0.0, 0.3)),
        refunds=chance.choice((0.0, 0.3)),
        reversals=0 if restored else chance.choice((0, 3)),
        charged=0 if restored else chance.choice((0, 7)),
        restored=restored,
        **_age_and_decay(random.Random(f"{seed}: age and decay"), fns),
    )


def _age_and_decay(chance: random.Random, fns: int) -> dict[str, Any]:
    """By chances of its own, so that a world has the rest whatever is drawn here. The last FN makes what it is told."""
    aged, decays = chance.random() < 0.3, chance.random() < 0.25
    which = tuple(sorted(chance.sample(range(fns - 1), chance.choice((1, 2)))))
    barren = Barren(which, chance.choice(BARREN_COMMANDS), chance.choice(BARREN_FAULTS))
    return {
        "aged": tuple(aged and chance.random() < 0.7 for _ in range(fns)),
        "barren": barren if decays else None,
        "month_off": chance.random() < 0.15,
    }


def _some(chance: random.Random, all_of: dict[Any, float]) -> dict[Any, float]:
    return {one: probability for one, probability in all_of.items() if chance.random() < 0.5}


def _operators_day(chance: random.Random) -> tuple[OfdFaultRule, ...]:
    """What the operator does wrong; whatever he is asked often enough he confirms."""
    share = chance.choice((0.0, 0.05, 0.2))
    return tuple(
        OfdFaultRule(n, chance.choice(OPERATOR_FAULTS), ms=chance.choice((0, 50, 3000)))
        for n in range(1, 400)
        if chance.random() < share
    )
