"""What a cassette may decide for itself: when its slots give way, how patient they are. Stored as JSON beside it."""

from typing import Annotated

import msgspec

Seconds = Annotated[float, msgspec.Meta(gt=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Days = Annotated[int, msgspec.Meta(ge=0)]


class CassetteRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Every rule has a default; a cassette stores only what it wants otherwise."""

    documents_reserved: Count = 4
    """Documents kept free in every FN: closing the shift, the settlements report, closing the FN, and one to spare."""

    days_reserved: Days = 3
    """A slot gives way when its FN's term ends in so many days: what it has must still be delivered and closed."""

    backlog_days: Count = 27
    """A slot gives way when its oldest unconfirmed document is so old: an FN refuses everything at 30 days."""

    warm_documents: Count = 100
    """Documents above the reserve from which on the next slot opens its shift."""

    warm_days: Days = 1
    """The same in days, above the reserve."""

    unreachable_s: Seconds = 60.0
    """An active slot whose device does not answer for so long gives way, if another one is ready."""

    refusals: Count = 3
    """A receipt that was refused so often is parked with the device's words. A slot whose FN refuses our time or
    a report so often, without a document in between, stops."""

    operator_documents: Count = 50
    """From so many unconfirmed documents on the operator gets every second turn, even while receipts wait: one of them
    goes out for each receipt that is made."""

    operator_age_s: Seconds = 60.0
    """The same once the oldest unconfirmed document is so old."""

    clock_difference_s: Seconds = 300.0
    """How far an FN's last document may lie in the future by our clock: beyond, one of the two is wrong."""
