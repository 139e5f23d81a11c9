"""A document of a stored correction, or of a day's total, explained: what was ordered is planned anew."""

import asyncio

import msgspec

from accounting.receipts.books import Books
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.compute import compute
from accounting.receipts.corrections.events import DayTotalRestoration, ReceiptCorrection
from accounting.receipts.wording import translated
from fiscal_server.intake.correction_orders import CorrectionOrder
from fiscal_server.intake.correction_plans import Planned
from fiscal_server.intake.issued_receipts import load_issued
from fiscal_server.intake.replay import CannotExplain, is_it
from fiscal_server.storage import corrections
from fiscal_server.storage.events import EventView
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.pool import ReadConnection
from fiscal_server.storage.receipts import ReceiptView, read_receipts

EVENT_TYPE = str(ReceiptCorrection.__struct_config__.tag)


async def load_correction(db: ReadConnection, merchant: MerchantRow, event: EventView) -> Planned:
    """The correction that an event stands for, by the rules of today. Raises CannotExplain."""
    asked = msgspec.json.decode(event.body, type=ReceiptCorrection)
    rules = stored_rules(merchant.rules)
    wrong = await read_receipts(db, merchant.id, [int(asked.receipt)])
    [given] = [
        one
        for one in await corrections.corrections_of_receipts(db, merchant.id, [int(asked.receipt)])
        if one.event_id == event.id
    ]
    row = await corrections.read_correction(db, merchant.id, given.correction_id)
    if not wrong or row is None:
        raise CannotExplain(translated("Исправленный чек убран в архив."))
    order = msgspec.json.decode(row.body, type=CorrectionOrder)
    issued = await load_issued(db, merchant.id, wrong, rules, quarantined=order.not_accepted)
    outcome = compute(rules, Books(), [asked], issued=issued)
    return Planned(rules, Books(), [asked], issued, outcome, [], {})


async def load_day_total(db: ReadConnection, merchant: MerchantRow, event: EventView) -> Planned:
    """The restoration of a day's total that an event stands for, by the rules of today."""
    asked = msgspec.json.decode(event.body, type=DayTotalRestoration)
    rules = stored_rules(merchant.rules)
    return Planned(rules, Books(), [asked], [], compute(rules, Books(), [asked]), [], {})


async def explain_correction(planned: Planned, receipt: ReceiptView) -> str:
    """The explanation's text. Raises CannotExplain."""
    found = next((one for one in planned.outcome.receipts if is_it(one, receipt)), None)
    if found is None:
        raise CannotExplain(translated("По сегодняшним правилам это исправление дало бы другие документы."))
    return await asyncio.to_thread(planned.words, found)
