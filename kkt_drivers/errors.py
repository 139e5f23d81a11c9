"""What can go wrong with a cash register; every error answers one question: did it happen?

KktError
├── KktUnavailable      nothing reached the device, or the device did nothing: repeat at will
├── KktRefused          the device answered no; its code and words are kept
└── KktOutcomeUnknown   the command left us and no readable answer came: ask the device before anything is sent again

CodecError              bytes that break a format (FFD, FN frame, OFD container): offset, tag, rule
"""

from enum import StrEnum


class KktError(Exception):
    """A cash register did not do what it was asked."""


class KktUnavailable(KktError):
    """Nothing was done: the device cannot be reached, or it was reached before anything that counts was sent."""


class Refusal(StrEnum):
    """Why a device said no, in our words; the vendor's code stays beside it."""

    BAD_REQUEST = "bad_request"  # the receipt itself: another try gives the same answer
    WRONG_STATE = "wrong_state"  # the device stands elsewhere than we believed, or says what we do not know
    SHIFT_EXPIRED = "shift_expired"  # 24 hours are over: close the shift first
    CLOCK = "clock"  # our time contradicts the device's
    EXHAUSTED = "exhausted"  # memory, keys or term are at their end: the next FN must take over
    OFD_BACKLOG = "ofd_backlog"  # too much unsent: deliver to the operator first
    NO_DATA = "no_data"  # what was asked for is not there
    OFD_ANSWER = "ofd_answer"  # the operator's confirmation was not accepted
    FAULT = "fault"  # the device is broken


class KktRefused(KktError):
    """The device answered no."""

    def __init__(self, kind: Refusal, code: int, text: str, command: str) -> None:
        super().__init__(f"{command}: {text} (code {code:02X}h, {kind.value})")
        self.kind = kind
        self.code = code
        self.text = text
        self.command = command


class KktOutcomeUnknown(KktError):
    """A command that may have created a document was sent and no readable answer came: read the device first."""


class CodecError(ValueError):
    """Bytes break a format. ``offset`` counts from the start of what was given; ``tag`` is the FFD tag, if any."""

    def __init__(self, rule: str, *, offset: int | None = None, tag: int | None = None) -> None:
        where = "" if offset is None else f" at offset {offset}"
        what = "" if tag is None else f" in tag {tag}"
        super().__init__(f"{rule}{what}{where}")
        self.rule = rule
        self.offset = offset
        self.tag = tag
