"""Settlements as rows: what was given back is lowered or taken away, by account and id."""

import re
from datetime import date

import msgspec

from accounting.receipts.codes import VatCode
from accounting.receipts.ledger import Settlement
from fiscal_server.clock import VirtualClock
from fiscal_server.storage.partitions import keep_partitions
from fiscal_server.storage.pool import connect
from fiscal_server.storage.settlements import (
    SQL,
    NewSettlement,
    add_settlements,
    change_settlements,
    changes_of,
    read_settlements,
)

PAID = Settlement(
    service="internet", period="2026-10", amount_kopecks=45_000, vat_code=VatCode.VAT_22, form="cash",
    settled_on=date(2026, 11, 5), event_key="",
)  # fmt: skip
FIRST, SECOND = (msgspec.structs.replace(PAID, service=service) for service in ("internet", "tv"))


async def test_an_accounts_settlements_are_lowered_and_taken_away_and_no_others(
    database: str, clock: VirtualClock
) -> None:
    db = await connect(database, clock)
    await keep_partitions(db, clock)
    async with db.write() as writer:
        for account in (7, 8):
            new = [NewSettlement(db.ids.next(), account, db.ids.next(), row) for row in (FIRST, SECOND)]
            await add_settlements(writer, 1, new)
        before = await read_settlements(writer, 1, [7, 8])
        left = msgspec.structs.replace(SECOND, amount_kopecks=200)
        await change_settlements(writer, 1, [changes_of(8, before[8], [left])])
        after = await read_settlements(writer, 1, [7, 8])
    await db.close()
    assert [one.settlement for one in after[8]] == [left]
    assert after[7] == before[7]


MANY = """
    insert into fiscal.settlement (
        merchant_id, id, account_id, event_id, service, period, amount_kopecks, vat_code, form, settled_on)
    select 1, $1::bigint + n, n / 2, 1, 'internet', '2026-10', 45000, 11, 'cash', '2026-11-05'
    from generate_series(0, 19999) n
"""


async def test_among_many_rows_each_is_found_by_its_key(database: str, clock: VirtualClock) -> None:
    db = await connect(database, clock)
    await keep_partitions(db, clock)
    async with db.write() as writer:
        await writer.execute(MANY, db.ids.next())
        await writer.execute("analyze fiscal.settlement")
        plans = [
            "\n".join(row[0] for row in await writer.fetch("explain " + SQL[name], 1, *[[1, 2]] * columns))
            for name, columns in (("lower_settlements", 3), ("forget_settlements", 2))
        ]
    await db.close()
    found = r"_pkey on settlement_.*\n +Index Cond: .*merchant_id = .* AND .*account_id = .* AND .*id = "
    for plan in plans:
        assert re.search(found, plan), plan
