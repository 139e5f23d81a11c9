"""What the panel's benchmark looks at: many merchants, one of them large, with receipts, accounts and their books.

Written by SQL alone, so that a million receipts are there in a minute or two. Every receipt is one that the rules make
of its event: a payment of an account that owed nothing then, so cards and explanations are those of real ones.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from accounting.receipts.books import Books
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.compute import compute
from accounting.receipts.event_parts import PaymentTenders
from accounting.receipts.events import Payment
from accounting.receipts.ledger import AccountState
from fiscal_server.ids import first_id_at
from fiscal_server.storage.partitions import make_partitions
from fiscal_server.storage.pool import Database, WriteConnection

RULES: Final = {"inn": "7700000016", "services": [{"id": "internet", "name": "Доступ в интернет", "vat_code": 11}]}
DAYS: Final = 80
SUMS: Final = tuple(10_000 + 1_750 * n for n in range(40))
LARGE_SHARE: Final = 5
"""Every fifth receipt and account belongs to the first merchant."""


class WorldSize(msgspec.Struct, frozen=True):
    """How much there is."""

    merchants: int
    accounts: int
    receipts: int
    unfinished: int


FULL: Final = WorldSize(300, 200_000, 1_000_000, 3_000)
SMOKE: Final = WorldSize(4, 400, 2_000, 100)

_OWNER = "case when n % {share} = 0 then 1 else 2 + (n / {share}) % {others} end"

_MERCHANTS = """
insert into fiscal.merchant (id, name, rules, cashier, place, address, created_at)
select n, 'ООО «Управление ' || n || '»', $2::jsonb, 'Кассир', 'https://provider.example', 'Москва', $3
from generate_series(1, $1::int) n
"""
_BOOKS = "insert into fiscal.merchant_book (merchant_id) select id from fiscal.merchant"
_CASSETTES = "insert into fiscal.cassette (merchant_id, id, name) select id, id, 'main' from fiscal.merchant"
_KKTS = """
insert into fiscal.kkt (
    merchant_id, id, cassette_id, slot, address, ofd_address, fn_number, registration_number, ffd, emulated, state,
    last_fd, acked_fd, documents_left, updated_at)
select id, id, id, 1, 'fn+tcp://127.0.0.1:1', '127.0.0.1:2', '9999' || lpad(id::text, 12, '0'),
       lpad(id::text, 16, '0'), 4, true, 'ACTIVE', 100000, 100000, 100000, $1
from fiscal.merchant
"""
_ACCOUNTS = """
insert into fiscal.account (merchant_id, id, code, contact)
select {owner}, n, lpad((n * 7919 % 10000000)::text, 10, '0'), '+7900' || lpad((n * 104729 % 10000000)::text, 7, '0')
from generate_series(1, $1::bigint) n
"""
_DEBTS = """
insert into fiscal.debt (
    merchant_id, account_id, ordinal, off_balance, service, period, due_on, amount_kopecks, vat_code, delivered,
    credited, volume_measure, account_total_kopecks)
select a.merchant_id, a.id, k, false, 'internet', to_char($1::date - 31 * k, 'YYYY-MM'), $1::date - 31 * k,
       30000 + (a.id * 7919 + k * 104729) % 50000, 11, true, false, 0,
       case when k = 0 then sum(30000 + (a.id * 7919 + k * 104729) % 50000) over (partition by a.id) end
from fiscal.account a, generate_series(0, 1) k
where a.id % 5 < 3
"""
_LOTS = """
insert into fiscal.advance_lot (merchant_id, account_id, ordinal, received_on, amount_kopecks, vat_code, method,
    account_total_kopecks)
select a.merchant_id, a.id, 0, $1::date - 40, s.kopecks, 12, 3, s.kopecks
from fiscal.account a, lateral (select 20000 + (a.id * 6271) % 60000 as kopecks) s
where a.id % 5 >= 3
"""
_GIVEN = """
create temporary table given as
select a.merchant_id, $1::bigint + (g.n * $2::bigint << 22) as id, g.n, 1 + g.n % {sums} as kind, a.id as account_id
from generate_series(1, $3::bigint) as g (n)
join fiscal.account a on a.id = 1 + (g.n - 1) % $4::bigint
"""
_EVENTS = """
insert into fiscal.event (merchant_id, id, key, type, account_id, body, received_at)
select g.merchant_id, g.id - 1, 'pay-' || g.n, 'payment', g.account_id,
       convert_to(format('{{"type":"payment","key":"pay-%s","date":"%s","tenders":{{"bank_transfer":%s}},"account":"%s"}}',
                         g.n, to_char($2::timestamptz, 'YYYY-MM-DD'), ($1::bigint[])[g.kind], a.code), 'UTF8'),
       timestamptz '2024-01-01 00:00:00+00' + (g.id >> 22) * interval '1 millisecond'
from given g
join fiscal.account a on a.merchant_id = g.merchant_id and a.id = g.account_id
"""
_RECEIPTS = """
insert into fiscal.receipt (
    merchant_id, id, event_id, event_key, account_id, form, sign, total_kopecks, deadline, register_group, body,
    created_at)
select merchant_id, id, id - 1, 'pay-' || n, account_id, 3, 1, ($1::bigint[])[kind], $3::date, 'main',
       ($2::bytea[])[kind], timestamptz '2024-01-01 00:00:00+00' + (id >> 22) * interval '1 millisecond'
from given
"""
_DOCUMENTS = """
insert into fiscal.fiscal_document (
    merchant_id, id, kkt_id, form, fn_number, fd_number, fiscal_sign, issued_at, shift_number, number_in_shift,
    total_kopecks, recorded_at)
select merchant_id, id, merchant_id, 3, '9999' || lpad(merchant_id::text, 12, '0'),
       row_number() over (partition by merchant_id order by n), 1000000000 + n, $2::timestamptz::timestamp, 1, 1,
       ($3::bigint[])[kind], $2
from given where n <= $1
"""
_CONFIRMED = """
insert into fiscal.ofd_exchange (merchant_id, id, kkt_id, fn_number, fd_number, code, acked_at)
select merchant_id, id, kkt_id, fn_number, fd_number, 0, recorded_at from fiscal.fiscal_document
"""
_QUEUE = """
insert into fiscal.queue (merchant_id, receipt_id, account_id, cassette_id, state, deadline, updated_at, error)
select merchant_id, id, account_id, merchant_id,
       case when n % 10 = 0 then 'REFUSED' else 'QUEUED' end::fiscal.receipt_state, $2::date, $3,
       case when n % 10 = 0 then 'bad_request: 16h' end
from given where n > $1
"""
_COUNTED = """
insert into fiscal.receipt_day (merchant_id, day, receipts)
select merchant_id, (created_at at time zone 'Europe/Moscow')::date as day, count(*) from fiscal.receipt
where created_at < date_trunc('day', $1::timestamptz at time zone 'Europe/Moscow') at time zone 'Europe/Moscow'
group by merchant_id, day
"""


async def make_world(database: Database, size: WorldSize, now: datetime) -> None:
    """Write it all in one transaction; statistics are fresh afterwards."""
    start = now - timedelta(days=DAYS)
    step_ms = DAYS * 86_400_000 // size.receipts
    named = {"share": LARGE_SHARE, "others": size.merchants - 1, "sums": len(SUMS)}
    owner = _OWNER.format(**named)
    async with database.write() as db:
        for days in range(0, DAYS + 40, 20):
            await make_partitions(db, start + timedelta(days=days))
        await db.execute(_MERCHANTS, size.merchants, RULES, now)
        await db.execute(_BOOKS)
        await db.execute(_CASSETTES)
        await db.execute(_KKTS, now)
        await db.execute(_ACCOUNTS.format(owner=owner), size.accounts)
        await db.execute(_DEBTS, now.date())
        await db.execute(_LOTS, now.date())
        given = (first_id_at(start), step_ms, size.receipts, size.accounts)
        await db.execute(_GIVEN.format(**named), *given)
        await _write_receipts(db, size, now)
    async with database.read() as reader:
        await reader.execute("vacuum analyze")


async def _write_receipts(db: WriteConnection, size: WorldSize, now: datetime) -> None:
    paid_on = now - timedelta(days=DAYS)
    made = size.receipts - size.unfinished
    await db.execute(_EVENTS.format(), list(SUMS), paid_on)
    await db.execute(_RECEIPTS, list(SUMS), [_body(kopecks, paid_on.date()) for kopecks in SUMS], now.date())
    await db.execute(_DOCUMENTS, made, now, list(SUMS))
    await db.execute(_CONFIRMED)
    await db.execute(_QUEUE, made, now.date() + timedelta(days=1), now)
    await db.execute(_COUNTED, now)


def _body(kopecks: int, paid_on: date) -> bytes:
    """The receipt that the rules make of such a payment."""
    event = Payment(key="p", paid_on=paid_on, tenders=PaymentTenders(bank_transfer_kopecks=kopecks), account="A")
    outcome = compute(stored_rules(RULES), Books(accounts={"A": AccountState(id="A")}), [event])
    (computed,) = outcome.receipts
    return msgspec.msgpack.encode(computed.receipt)


def month_ago(now: datetime) -> date:
    """For conditions on days."""
    return (now.astimezone(UTC) - timedelta(days=30)).date()
