"""Which registration data of a KKT may change on the same FN, and which reasons each change needs. FFD 3.1; no I/O.

The reasons are those of tag 1205 (FFD 1.1 and 1.2) that this server can bring about: it drives KKTs that work over the
Internet, with data transfer, and makes no BSO, no bets and no lotteries. FFD 1.05 has fewer, coarser ones (1101), and
its command takes one. What the references do not say, and is our own caution: a reason is named for every change, and
none without one, because the tax service is told the same reasons; the version of the FFD (1205 bit 21) does not change
here, because the report about settlements that must come right before such a change (FFD 3.1) is not made.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from accounting.receipts.codes import FfdVersion
from fiscal_server.storage.registration_changes import Reason, RegistrationChange
from kkt_drivers.change_reasons import ChangeReason
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.documents import re_registration_records
from kkt_drivers.kkt import Registered, Registration

_NEED_NO_DIFFERENCE: Final = frozenset({Reason.KKT_MODEL_VERSION, Reason.OTHER})
"""What they stand for is not among the data of the form."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A change held against the registration in force."""

    missing: tuple[Reason, ...]  # something changed that needs them
    idle: tuple[Reason, ...]  # nothing changed that they could be for
    too_many: bool  # an FN registered for FFD 1.05 takes one reason
    unwritable: str  # what the format does not take, in the codec's words; empty: it takes everything

    @property
    def fits(self) -> bool:
        """Whether a report may be made of it."""
        return not (self.missing or self.idle or self.too_many or self.unwritable)

    def __str__(self) -> str:
        told = [f"the change lacks the reason {one.value}" for one in self.missing]
        told += [f"nothing changes for the reason {one.value}" for one in self.idle]
        told += ["an FN registered for FFD 1.05 takes one reason"] if self.too_many else []
        return "; ".join([*told, *([self.unwritable] if self.unwritable else [])])


def bits_of(reasons: Iterable[Reason]) -> ChangeReason:
    """The reasons as the driver takes them."""
    bits = ChangeReason(0)
    for one in reasons:
        bits |= ChangeReason[one.name]
    return bits


def changed(before: Registration, change: RegistrationChange) -> Registration:
    """The registration as it will be."""
    return msgspec.structs.replace(
        before,
        user_name=change.user_name,
        address=change.address,
        place=change.place,
        taxation_systems=change.taxation_systems,
        ofd_inn=change.ofd_inn,
        ofd_name=change.ofd_name,
        sender_email=change.sender_email,
        internet_only=change.internet_only,
    )


def changes_operator(before: Registration, change: RegistrationChange) -> bool:
    """Whether documents will go to another operator than until now."""
    return before.ofd_inn != change.ofd_inn


def needed(before: Registration, change: RegistrationChange) -> list[Reason]:
    """The reasons that the differences call for, in the order of ``Reason``."""
    after = changed(before, change)
    internet = Reason.NOW_INTERNET if after.internet_only else Reason.NO_LONGER_INTERNET
    found = {
        Reason.OFD: (before.ofd_inn, before.ofd_name) != (after.ofd_inn, after.ofd_name),
        Reason.USER_NAME: before.user_name != after.user_name,
        Reason.PLACE: (before.address, before.place) != (after.address, after.place),
        Reason.TAXATION_SYSTEMS: before.taxation_systems != after.taxation_systems,
        internet: before.internet_only != after.internet_only,
        Reason.OTHER: before.sender_email != after.sender_email,
    }
    return [one for one in Reason if found.get(one, False)]


def judge(registered: Registered, change: RegistrationChange) -> Judged:
    """Hold a change against what is registered."""
    before, given = registered.parameters, set(change.reasons)
    wanted = needed(before, change)
    unwritable = ""
    try:
        re_registration_records(changed(before, change))
    except CodecError as error:
        unwritable = str(error)
    return Judged(
        missing=tuple(one for one in wanted if one not in given),
        idle=tuple(one for one in Reason if one in given - set(wanted) - _NEED_NO_DIFFERENCE),
        too_many=len({_code_of_1_05(one) for one in given}) > 1 and before.ffd is FfdVersion.FFD_1_05,
        unwritable=unwritable,
    )


_CODES_OF_1_05: Final = {Reason.OFD: 2, Reason.USER_NAME: 3, Reason.PLACE: 3}


def _code_of_1_05(reason: Reason) -> int:
    """Tag 1101: 2 another operator, 3 data of the user, 4 settings of the KKT."""
    return _CODES_OF_1_05.get(reason, 4)
