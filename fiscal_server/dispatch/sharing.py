"""Which KKTs a node takes and which it gives back: pure, from what is seen of all of them.

A KKT that is plugged into a node stays with it. Those on the network are shared: every node that lives and does not
drain takes as many as its part of all, rounded up, so together they take all; who has more gives the rest back between
two documents. Active ones and others are dealt in turn, so that a part of all is a part of the work too.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import chain, zip_longest

import msgspec

from fiscal_server.storage.leases import Seat


class Standing(msgspec.Struct, frozen=True):
    """How a node stands when it chooses.

    ``working``: KKTs that it works with and has not begun to give back; ``ending``: those that it still has in hand,
    but not for long. ``silent``: KKTs whose owner has been silent for so long that it can do nothing any more.
    ``sharers``: nodes that share the network KKTs, this one included.
    """

    node: int
    working: Collection[int]
    ending: Collection[int]
    silent: Collection[int]
    sharers: int
    draining: bool = False


class Choice(msgspec.Struct, frozen=True):
    """What to take, as it was seen, and the ids of what to give back."""

    take: list[Seat]
    give: list[int]


def choose(seats: Sequence[Seat], standing: Standing) -> Choice:
    """What this node should do now. Deterministic: the order of ``seats`` decides between equals."""
    if standing.draining:
        return Choice([], list(standing.working))
    ours = [seat for seat in seats if seat.home_node == standing.node]
    shared = list(_dealt([seat for seat in seats if seat.home_node is None]))
    strange = [seat.kkt_id for seat in seats if seat.home_node not in (None, standing.node)]
    share = -(-len(shared) // standing.sharers)
    working = [seat.kkt_id for seat in shared if seat.kkt_id in standing.working]
    available = [seat for seat in shared if _is_available(seat, standing)]
    return Choice(
        take=[seat for seat in ours if _is_available(seat, standing)] + available[: max(0, share - len(working))],
        give=working[share:] + [kkt_id for kkt_id in strange if kkt_id in standing.working],
    )


def _is_available(seat: Seat, standing: Standing) -> bool:
    """Nobody can be acting under its lease. One that names our node and is not in our hands was ours, and got lost."""
    if seat.kkt_id in standing.working or seat.kkt_id in standing.ending:
        return False
    return seat.mark.beat is None or seat.lease_node == standing.node or seat.kkt_id in standing.silent


def _dealt(seats: Iterable[Seat]) -> Iterable[Seat]:
    """Active ones and others by turns."""
    seats = list(seats)
    by_turns = zip_longest([s for s in seats if s.active], [s for s in seats if not s.active])
    return (seat for seat in chain.from_iterable(by_turns) if seat is not None)
