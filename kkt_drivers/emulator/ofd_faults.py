"""What an emulated operator does wrong, by script.

A plan file is JSON: a list of ``{"at": 3, "do": "close"}``. ``at`` is the number of a message counted from 1 over all
connections, 0 means each. ``ms`` delays the answer with every fault; ``code`` is tag 1022 for "code"; ``hours`` is how
long "unreachable" lasts by the operator's own clock, which tests move. Messages while it lasts are not counted.
"""

from enum import StrEnum

import msgspec

from kkt_drivers.emulator import container


class OfdFault(StrEnum):
    """One misdeed."""

    DELAY = "delay_ms"
    CLOSE = "close"  # hang up before anything is archived
    CLOSE_AFTER_STORE = "close_after_store"  # archived, and the confirmation is never sent
    GARBAGE = "garbage"  # something that is no message
    HALF_ANSWER = "half_answer"
    EMPTY = "empty"  # a header without a container
    WRONG_FN = "wrong_fn"
    WRONG_FD = "wrong_fd"
    WRONG_CRC = "wrong_crc"
    WRONG_SIGN = "wrong_sign"
    WRONG_LENGTH = "wrong_length"
    WRONG_FORMAT = "wrong_format"
    UNREACHABLE = "unreachable"  # hangs up on everybody for ``hours``
    CODE = "code"  # confirmed with this code, say 11 or 14


class OfdFaultRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When something goes wrong, and what."""

    at: int
    do: OfdFault
    ms: int = 0
    code: int = 14
    hours: float = 0.0


def parse_ofd_plan(text: bytes) -> tuple[OfdFaultRule, ...]:
    """A plan file. Raises msgspec.ValidationError or msgspec.DecodeError with the place in it."""
    return msgspec.json.decode(text, type=tuple[OfdFaultRule, ...])


class OfdFaultSource:
    """Says for each message which fault meets it."""

    def __init__(self, script: tuple[OfdFaultRule, ...] = ()) -> None:
        self._rules = {rule.at: rule for rule in script}
        self._seen = 0

    def meet(self) -> OfdFaultRule | None:
        """Count one message."""
        self._seen += 1
        return self._rules.get(self._seen) or self._rules.get(0)

    def spoil(self, fault: OfdFault | None, answer: container.Confirmation, message_sign: bytes) -> bytes:
        """The confirmation's container, wrong in the way asked for."""
        if fault is OfdFault.WRONG_FN:
            answer = msgspec.structs.replace(answer, fn_number="9999000000000000")
        elif fault is OfdFault.WRONG_FD:
            answer = msgspec.structs.replace(answer, fd_number=answer.fd_number + 1)
        elif fault is OfdFault.WRONG_SIGN:
            message_sign = bytes(len(message_sign))
        body = container.seal_confirmation(answer, message_sign)
        if fault is OfdFault.WRONG_CRC:
            return body[:-1] + bytes((body[-1] ^ 0xFF,))
        if fault is OfdFault.WRONG_LENGTH:
            return body + b"\x00"
        if fault is OfdFault.WRONG_FORMAT:
            return container.seal_as_report(body, answer)
        return body
