"""The order that ends the slot of an FN that broke down: no device is asked, and nothing is guessed.

What the FN may have made counts: while one of its receipts is not settled, or the books may know less than the FN, the
order is refused. Documents that the operator lacks stay counted as such for good.
"""

from typing import Any

import structlog

from fiscal_server.cassette.rotation import take_out
from fiscal_server.dispatch.session import KktSession
from fiscal_server.storage import adoption
from fiscal_server.storage.kkts import KktRow
from fiscal_server.storage.requests import Order
from fiscal_server.troubles import Trouble, tell

log = structlog.get_logger()


async def taken_out(session: KktSession, order: Order) -> dict[str, Any]:
    """The answer to an order to take out a slot that is FAULTY or whose device is out of reach. Raises LeaseLost."""
    row = session.row
    if row.state != "FAULTY" and row.unreachable_since is None:
        return {
            "refused": f"the slot is {row.state} and its device answers: only an FN that is FAULTY or does not answer"
            " is taken out; order `rotate` to end this one in order"
        }
    async with session.rooms.db.read() as db:
        if await adoption.held_merchants(db, row.merchant_id):
            return {
                "refused": "the merchant is on hold, and this FN may have documents that the books lack: read it with"
                " `fiscal-server verify --adopt`, or state there with --without that it will never be read"
            }
    words = f"{order.asked_by}: {order.reason}" + (f" (before: {row.fault})" if row.fault else "")
    in_hand = await take_out(session.rooms.db, row, tell(Trouble.TAKEN_OUT, words), session.now())
    if in_hand:
        return {
            "refused": f"receipts that it has in hand: {in_hand}; nobody knows whether it made them. Settle each by"
            " hand first (`fiscal-server receipts settle`), then order this again"
        }
    log.warning(
        "slot_taken_out",
        kkt=row.id,
        asked_by=order.asked_by,
        reason=order.reason,
        unconfirmed=row.last_fd - row.acked_fd,
    )
    return {"done": ended(row)}


def ended(row: KktRow) -> dict[str, Any]:
    """What is told of a slot that was taken out; ``unconfirmed``: documents that the operator lacks for good."""
    lacking = row.last_fd - row.acked_fd
    told: dict[str, Any] = {"state": "CLOSED", "unconfirmed": lacking}
    if lacking:
        told["note"] = (
            "the operator has not confirmed these documents, and this FN hands nothing over any more: they stay"
            " counted. What has to be done about them is not known to this server: ask the tax service"
        )
    return told
