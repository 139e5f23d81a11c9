"""Many receipts at once, copied inside PostgreSQL from a computed one: what searches walk through."""

from fiscal_server.storage.pool import Database

_COPIES = """
with model as (select * from fiscal.receipt where merchant_id = $1 order by id limit 1)
insert into fiscal.receipt (
    merchant_id, id, event_id, event_key, account_id, form, sign, total_kopecks, deadline, consolidated, part,
    register_group, body, created_at)
select merchant_id, id + 1000 + n, event_id + 1000 + n, event_key || '-' || n, null, form,
       case when n % 1000 = 0 then 2 else 1 end,
       100 * (n % 5000), deadline, consolidated, part, register_group, body, created_at
from model, generate_series(1, $2::int) as n
"""
_DOCUMENTS = """
insert into fiscal.fiscal_document
select merchant_id, id, 1, 3, '9999078900000001', row_number() over (order by id), 1, '2026-10-20 12:00:00', 1, 1,
       total_kopecks, created_at
from fiscal.receipt where merchant_id = $1 and account_id is null
"""


async def add_crowd(db: Database, merchant_id: int, count: int) -> None:
    """``count`` copies of the merchant's first receipt behind it, registered; every thousandth is a return."""
    async with db.write() as connection:
        await connection.execute(_COPIES, merchant_id, count, timeout=300)
        await connection.execute(_DOCUMENTS, merchant_id, timeout=300)
    async with db.read() as connection:
        await connection.execute("analyze fiscal.receipt, fiscal.fiscal_document, fiscal.queue", timeout=300)


_EVENTS = """
with model as (select * from fiscal.event where merchant_id = $1 and type = 'payment' order by id limit 1)
insert into fiscal.event
select merchant_id, id + 1000 + n, key || '-' || n, type, (select id from fiscal.account where code = 'B'),
       batch_id, body, received_at
from model, generate_series(1, $2::int) as n
"""


async def add_events(db: Database, merchant_id: int, count: int) -> None:
    """``count`` copies of the merchant's first payment, kept under account B."""
    async with db.write() as connection:
        await connection.execute(_EVENTS, merchant_id, count, timeout=300)
    async with db.read() as connection:
        await connection.execute("analyze fiscal.event", timeout=300)
