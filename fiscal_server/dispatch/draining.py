"""A DRAINING slot: its backlog goes to the operator, its shift is closed, its archive too if the cassette says so."""

import structlog

from accounting.receipts.codes import DocumentForm
from fiscal_server.dispatch.bench import Bench
from fiscal_server.storage.kkts import set_slot_state
from kkt_drivers.kkt import FnPhase

log = structlog.get_logger()

_BEFORE_CLOSING = (FnPhase.READY, FnPhase.FISCAL)


async def drain(bench: Bench) -> bool:
    """One step towards a closed slot; False while the operator has to be waited for."""
    session = bench.session
    if session.row.shift_opened_at is not None:
        await bench.shift.close()
        return True
    if session.backlog:
        return await bench.operator.turn()
    if session.row.close_archive and (await session.kkt.status()).phase in _BEFORE_CLOSING:
        await session.make(DocumentForm.FN_CLOSING, lambda at: session.kkt.close_fn(at, session.row.cashier))
        return True
    async with session.books() as db:
        await set_slot_state(db, session.row, "DRAINING", "CLOSED", session.now())
    log.info("slot_closed", kkt=session.owner.kkt_id, documents=session.last_fd)
    return True
