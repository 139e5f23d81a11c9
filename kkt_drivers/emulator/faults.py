"""What goes wrong between the wire and an emulated FN: by script, or by seed with probabilities.

A plan file is JSON, either a list of rules or an object::

    [{"at": 12, "do": "lose_answer"},
     {"at": "16h", "nth": 3, "do": "power_off_after_write"},
     {"at": "14h", "nth": 0, "do": "stall_ms", "ms": 500},
     {"at": "15h", "nth": 2, "do": "refuse", "code": 7}]

    {"script": [...], "seed": 7, "probabilities": {"lose_answer": 0.01, "stall_ms": 0.02}, "ms": 50, "code": 3}

``at`` is the number of a command counted from 1, or a command code as two hex digits and "h"; ``nth`` says which of
the commands with this code (0: each of them). ENQ is not counted. ``code`` is the answer of "refuse".
"""

import random
from enum import StrEnum
from typing import Annotated

import msgspec


class Fault(StrEnum):
    """One misfortune. All but ``critical`` and ``fill_up`` leave the FN whole."""

    LOSE_ANSWER = "lose_answer"  # done, and the answer never arrives
    LOSE_REQUEST = "lose_request"  # never reached the FN
    GARBLE_ANSWER = "garble_answer"  # done, one byte of the answer is wrong
    STALL = "stall_ms"  # done, and the answer is late
    ANSWER_TWICE = "answer_twice"
    POWER_OFF_BEFORE_WRITE = "power_off_before_write"  # nothing was done, the wire is cut
    POWER_OFF_AFTER_WRITE = "power_off_after_write"  # done, no answer, the wire is cut
    UNPLUG = "unplug"  # nothing was done, the wire is cut and stays so for ``ms`` (0: for good)
    CRITICAL = "critical"  # the FN breaks down for good
    FILL_UP = "fill_up"  # its memory is full: from now on it takes nothing but what ends its life
    REFUSE = "refuse"  # nothing was done, the answer is an error code


_FAILURE = 0x03


class FaultRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When something goes wrong, and what."""

    at: int | str
    do: Fault
    nth: int = 1
    ms: int = 0
    code: Annotated[int, msgspec.Meta(ge=1, le=0x7F)] = _FAILURE

    def __post_init__(self) -> None:
        if isinstance(self.at, str):
            self.command()

    def command(self) -> int | None:
        """The command code of a rule like "16h". Raises ValueError when it is written differently."""
        if isinstance(self.at, int):
            return None
        if len(self.at) != 3 or self.at[2] not in "hH":
            raise ValueError(f'"at" is a number or a command like "16h", not {self.at!r}')
        return int(self.at[:2], 16)


class FaultPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A script first; where it is silent, chance."""

    script: tuple[FaultRule, ...] = ()
    seed: int = 0
    probabilities: dict[Fault, float] = msgspec.field(default_factory=dict)
    ms: int = 100  # of faults that chance brings
    code: Annotated[int, msgspec.Meta(ge=1, le=0x7F)] = _FAILURE  # likewise


def parse_plan(text: bytes) -> FaultPlan:
    """A plan file. Raises msgspec.ValidationError or msgspec.DecodeError with the place in it."""
    if text.lstrip().startswith(b"["):
        return FaultPlan(script=msgspec.json.decode(text, type=tuple[FaultRule, ...]))
    return msgspec.json.decode(text, type=FaultPlan)


class FaultSource:
    """Answers for each command which fault, if any, meets it. Equal plans give equal misfortunes."""

    def __init__(self, plan: FaultPlan | None = None) -> None:
        plan = plan or FaultPlan()
        self._by_number = {rule.at: rule for rule in plan.script if isinstance(rule.at, int)}
        self._by_code: dict[int, list[FaultRule]] = {}
        for rule in plan.script:
            code = rule.command()
            if code is not None:
                self._by_code.setdefault(code, []).append(rule)
        self._chances = [FaultRule(0, fault, ms=plan.ms, code=plan.code) for fault in plan.probabilities]
        self._weights = list(plan.probabilities.values())
        self.random = random.Random(plan.seed)
        self._seen = 0
        self._seen_of_code: dict[int, int] = {}
        self.quiet = not plan.script and not self._chances

    def meet(self, code: int) -> FaultRule | None:
        """Count one command and say what happens to it."""
        if self.quiet:
            return None
        self._seen += 1
        nth = self._seen_of_code[code] = self._seen_of_code.get(code, 0) + 1
        found = self._by_number.get(self._seen)
        if found is None:
            found = next((rule for rule in self._by_code.get(code, ()) if rule.nth in (0, nth)), None)
        return found or self._by_chance()

    def _by_chance(self) -> FaultRule | None:
        if not self._chances:
            return None
        drawn = self.random.random()
        for rule, weight in zip(self._chances, self._weights, strict=True):
            drawn -= weight
            if drawn < 0:
                return rule
        return None
