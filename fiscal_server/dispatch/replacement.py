"""A new FN for a KKT whose old one has ended: whether it may take the place, and what its report says. FFD 3.1; no I/O.

The report is form 11 as the new FN's first document, with bit 0 of tag 1205, so it is made of a new FN alone and once:
an FN that has it is no new one any more. What the references do not say, and is our own caution: the old FN's slot is
CLOSED by then, because two FNs of one KKT would be at work else. It ended in order (archive closed, everything with the
operator), or broke down and a person took it out: form 11 names no closing report, so none of the old FN is asked for.
"""

from collections.abc import Sequence

import msgspec

from accounting.receipts.codes import FfdVersion
from fiscal_server.cassette.registration_change import bits_of
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.registration_changes import Reason
from kkt_drivers.change_reasons import ChangeReason
from kkt_drivers.kkt import Registration


class Replacement(msgspec.Struct, frozen=True):
    """The FN that has ended, and what changes with it besides."""

    fn_number: str
    reasons: tuple[Reason, ...] = ()


def why_not(slots: Sequence[SlotRow], registration: Registration, replacement: Replacement | None) -> str | None:
    """Why no new FN is registered so, by the merchant's slots; None when it may be."""
    number = registration.kkt_registration_number
    same = sorted((slot for slot in slots if slot.registration_number == number), key=lambda slot: slot.id)
    if replacement is None:
        if same:
            return (
                f"the KKT {number} is a slot of this merchant already, with FN {same[-1].fn_number}: another FN for it"
                " is registered as the replacement of that one"
            )
        return None
    if registration.internet_only and Reason.NO_LONGER_INTERNET in replacement.reasons:
        return "a new FN is registered for settlements on the Internet only: change that afterwards"
    old = next((slot for slot in slots if slot.fn_number == replacement.fn_number), None)
    if old is None:
        return f"FN {replacement.fn_number} is no slot of this merchant"
    if old.registration_number != number:
        return f"FN {old.fn_number} is registered in the KKT {old.registration_number}, not in {number}"
    if old is not same[-1]:
        return f"FN {old.fn_number} has been replaced already: the last one of the KKT {number} is {same[-1].fn_number}"
    for slot in same:
        if slot.state != "CLOSED":
            told = f"FN {slot.fn_number} of the same KKT is {slot.state}: it must end and be CLOSED before another one"
            broken = slot.state == "FAULTY" or slot.unreachable_since is not None
            return told + ("; order `take_out` if it will never work again" if broken else "")
    return None


def reasons_of(slots: Sequence[SlotRow], registration: Registration, replacement: Replacement) -> ChangeReason:
    """All that the report names; another version of the FFD than that of the old FN is known from the books."""
    reasons = ChangeReason.FN_REPLACED | bits_of(replacement.reasons)
    old = next((slot for slot in slots if slot.fn_number == replacement.fn_number), None)
    if old is not None and old.ffd != registration.ffd and registration.ffd is not FfdVersion.FFD_1_05:
        reasons |= ChangeReason.FFD_VERSION
    return reasons
