"""Held money is released in time although no batch comes (policy ``hold_until_deadline``, receipt rules 3.7, note i).

Every api node looks once a minute; a merchant's money is released by one of them.
"""

import structlog

from fiscal_server.errors import FiscalServerError
from fiscal_server.intake.accept import Intake
from fiscal_server.intake.compute import compute_events
from fiscal_server.intake.store import store_computation
from fiscal_server.storage import books, queue
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.pool import DATABASE_ERRORS, Database

EVERY_S = 60.0

log = structlog.get_logger(room="intake")


async def release_held_money(database: Database, intake: Intake) -> int:
    """Receipts for held payments whose deadline is today or has passed; gives how many were made."""
    today = intake.now().date()
    async with database.read() as db:
        merchants = await books.merchants_with_due_money(db, today)
    made = 0
    for merchant_id in merchants:
        try:
            made += await _release(database, intake, merchant_id)
        except FiscalServerError as error:
            log.error("held_money_not_released", merchant=merchant_id, reason=str(error))
        except DATABASE_ERRORS:
            raise
        except Exception:  # a mistake of ours about one merchant must not keep the money of the others
            log.exception("held_money_not_released", merchant=merchant_id)
    return made


async def _release(database: Database, intake: Intake, merchant_id: int) -> int:
    now = intake.now()
    async with database.write() as db:
        if not await books.take_release(db, merchant_id):
            return 0  # another node is at it
        merchant = await read_merchant(db, merchant_id)
        computation = await compute_events(db, merchant, [], now.date(), declared={})
        made = await store_computation(db, database, merchant_id, None, computation, [], now)
        await queue.announce(db, merchant_id)
    receipts = sum(len(ids) for ids in made.values())
    log.info("held_money_released", merchant=merchant_id, receipts=receipts)
    return receipts


async def keep_releasing(database: Database, intake: Intake) -> None:
    """Look every ``EVERY_S`` seconds until cancelled; a database that is away is asked again at the next turn."""
    while True:
        try:
            await release_held_money(database, intake)
        except DATABASE_ERRORS as error:
            log.warning("database_unreachable", reason=f"{type(error).__name__}: {error}")
        await intake.clock.sleep(EVERY_S)
