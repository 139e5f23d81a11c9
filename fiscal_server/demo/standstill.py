"""Whether anything can still move: a month that waits for slots out of work would be waited for in vain."""

from collections.abc import Sequence

from fiscal_server.storage.kkts import SlotRow, list_kkts
from fiscal_server.storage.pool import Database
from fiscal_server.storage.queue import WaitingReceipts, count_waiting

_TAKES_RECEIPTS = frozenset({"READY", "ACTIVE"})
_WORKS = _TAKES_RECEIPTS | {"DRAINING"}


async def read_standstill(database: Database) -> list[str] | None:
    """``standstill`` of what the database says now."""
    async with database.read() as db:
        slots = await list_kkts(db)  # first: a slot that stopped stays so, while receipts may still leave the queue
        waiting = await count_waiting(db)
    return standstill(slots, waiting)


def standstill(slots: Sequence[SlotRow], waiting: Sequence[WaitingReceipts]) -> list[str] | None:
    """None while some slot still has something to do, however slowly; else what stands still, and why."""
    working = {slot.id for slot in slots if slot.state in _WORKS}
    takers = {slot.cassette_id for slot in slots if slot.state in _TAKES_RECEIPTS}
    if any(slot.id in working and slot.acked_fd < slot.last_fd for slot in slots):
        return None
    for some in waiting:
        may_be_made = some.cassette_id in takers if some.kkt_id is None else some.kkt_id in working
        if some.first and may_be_made:
            return None
    return [*_receipts_left(slots, waiting), *_documents_left(slots)]


def _receipts_left(slots: Sequence[SlotRow], waiting: Sequence[WaitingReceipts]) -> list[str]:
    """A sentence for each cassette whose receipts wait."""
    left: dict[int | None, int] = {}
    for some in waiting:
        left[some.cassette_id] = left.get(some.cassette_id, 0) + some.receipts
    sentences = []
    for cassette, receipts in left.items():
        out = [slot for slot in slots if slot.cassette_id == cassette and slot.state not in _TAKES_RECEIPTS]
        what = "1 receipt stands" if receipts == 1 else f"{receipts} receipts stand"
        sentences.append(f"{what} still: no slot can make them. {'; '.join(map(_condition, out)) or 'There is none'}")
    return sentences


def _documents_left(slots: Sequence[SlotRow]) -> list[str]:
    """A sentence for each FN that keeps documents from the operator."""
    return [
        f"{_condition(slot)}: the operator lacks {slot.last_fd - slot.acked_fd} of its documents"
        for slot in slots
        if slot.acked_fd < slot.last_fd
    ]


def _condition(slot: SlotRow) -> str:
    words = f"FN {slot.fn_number} is {slot.state}"
    return f"{words} ({slot.fault})" if slot.fault else words
