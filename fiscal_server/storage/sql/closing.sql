-- name: add_job
-- A job as it begins, held by whoever made it.
insert into fiscal.period_close_job (
    merchant_id, id, period, dry_run, state, event_key, event_id, position, accounts, deadline, kept, runner, lease_until,
    started_at)
values ($1, $2, $3, $4, $5, $6, $7, -9223372036854775808,
        (select count(*) from fiscal.account where merchant_id = $1), $8, $9, $10, $11, $12)

-- name: read_job
-- One job as it stands.
select merchant_id, id, period, dry_run, state, event_key, event_id, position, accounts, done, changed, settlements, receipts,
       kept, totals, deadline, error, started_at, finished_at
from fiscal.period_close_job
where merchant_id = $1 and id = $2

-- name: list_jobs
-- Jobs before an id, newest first; null: any month, any state.
select merchant_id, id, period, dry_run, state, event_key, event_id, position, accounts, done, changed, settlements, receipts,
       kept, totals, deadline, error, started_at, finished_at
from fiscal.period_close_job
where merchant_id = $1 and id < $2 and ($3::text is null or period = $3) and ($4::text is null or state = $4)
order by id desc
limit $5

-- name: lock_job
-- The same, held until the end of the transaction.
select merchant_id, id, period, dry_run, state, event_key, event_id, position, accounts, done, changed, settlements, receipts,
       kept, totals, deadline, error, started_at, finished_at
from fiscal.period_close_job
where merchant_id = $1 and id = $2
for update

-- name: newest_job
-- The latest job of a merchant's month that is a close; its id.
select id from fiscal.period_close_job
where merchant_id = $1 and period = $2 and not dry_run
order by id desc
limit 1

-- name: job_of_event
-- The job behind an event's key, unless it was cancelled before it did anything.
select id from fiscal.period_close_job
where merchant_id = $1 and event_key = $2 and not dry_run and state <> 'CANCELLED'

-- name: half_closed
-- Months of a merchant that a job has begun to close.
select period from fiscal.period_close_job
where merchant_id = $1 and not dry_run and state in ('RUNNING', 'STOPPED', 'FAILED')
order by period

-- name: take_job
-- A job that nobody works on any more is the caller's: the oldest one.
update fiscal.period_close_job j
set runner = $1, lease_until = $3
from (
    select merchant_id, id from fiscal.period_close_job
    where state in ('PREVIEWING', 'RUNNING') and (lease_until is null or lease_until < $2)
    order by id
    limit 1
    for update skip locked
) o
where j.merchant_id = o.merchant_id and j.id = o.id
returning j.merchant_id, j.id

-- name: advance_job
-- A chunk is done. Compare and set: whoever comes from another place, or to a job that was stopped, changes nothing.
update fiscal.period_close_job
set position = $4, done = $5, changed = $6, settlements = $7, receipts = $8, kept = $9, totals = $10,
    runner = $11, lease_until = $12
where merchant_id = $1 and id = $2 and position = $3 and state in ('PREVIEWING', 'RUNNING')
returning id

-- name: move_job
-- A job's new state; the caller holds the row.
update fiscal.period_close_job
set state = $3, error = $4, finished_at = $5, runner = $6, lease_until = $7
where merchant_id = $1 and id = $2

-- name: finish_job
-- The last figures of a job with its last state.
update fiscal.period_close_job
set state = $3, receipts = $4, totals = $5, kept = '', finished_at = $6, runner = null, lease_until = null
where merchant_id = $1 and id = $2

-- name: forget_event
-- The event of a job that did nothing.
delete from fiscal.event where merchant_id = $1 and id = $2

-- name: count_accounts
-- Whether a merchant has more accounts than a number: counts no further.
select count(*) from (select from fiscal.account where merchant_id = $1 limit $2 + 1) a

-- name: last_of_chunk
-- The last account of the next chunk, and how many there are in it.
select max(id) as last, count(*) as accounts
from (select id from fiscal.account where merchant_id = $1 and id > $2 order by id limit $3) c

-- name: hold_chunk
-- The accounts of a chunk, locked in code order as everybody locks them, given in the order of the close. Columns:
-- id, marks (layout.AccountMark), contact.
with held as materialized (
    select id, payer_kind, member, contact
    from fiscal.account
    where merchant_id = $1 and id > $2 and id <= $3
    order by code
    for update
)
select id, (payer_kind = 'legal')::int::bigint | (member::int::bigint << 1), contact
from held
order by id

-- name: see_chunk
-- The same without a lock, for a preview.
select id, (payer_kind = 'legal')::int::bigint | (member::int::bigint << 1), contact
from fiscal.account
where merchant_id = $1 and id > $2 and id <= $3
order by id

-- name: chunk_debts
-- Debts of a chunk as they stand in the table: close_tables makes rows of layout.DEBT of them.
select account_id, service, period, due_on, amount_kopecks, vat_code, delivered, credited, off_balance,
       volume_quantity_micro, volume_price_micro, volume_measure, ordinal
from fiscal.debt
where merchant_id = $1 and account_id > $2 and account_id <= $3
order by account_id, ordinal

-- name: chunk_lots
-- Advance lots of a chunk, likewise.
select account_id, received_on, amount_kopecks, vat_code, method, service, exempt, ordinal
from fiscal.advance_lot
where merchant_id = $1 and account_id > $2 and account_id <= $3
order by account_id, ordinal

-- name: take_due_debts
-- What a chunk's close delivers: all of a month that was not delivered. What is not covered comes back as delivered. The
-- range alone says which: naming each row costs three times as much.
delete from fiscal.debt
where merchant_id = $1 and account_id > $2 and account_id <= $3
  and period = $4 and not delivered and not off_balance

-- name: take_debts
-- Single debts: delivered ones of the month that take a rest in.
delete from fiscal.debt d
using unnest($4::bigint[], $5::int[]) as g (account_id, ordinal)
where d.merchant_id = $1 and d.account_id > $2 and d.account_id <= $3
  and d.account_id = g.account_id and d.ordinal = g.ordinal

-- name: take_lots_but
-- All advance lots of a chunk but those named.
delete from fiscal.advance_lot
where merchant_id = $1 and account_id > $2 and account_id <= $3
  and (account_id, ordinal) not in (select k.account_id, k.ordinal from unnest($4::bigint[], $5::int[]) as k (account_id, ordinal))

-- name: take_lots
-- Advance lots that are used up, or of which a part is.
delete from fiscal.advance_lot l
using unnest($4::bigint[], $5::int[]) as g (account_id, ordinal)
where l.merchant_id = $1 and l.account_id > $2 and l.account_id <= $3
  and l.account_id = g.account_id and l.ordinal = g.ordinal

-- name: set_debt_totals
-- First debts of a chunk that stay as they are but for what all debts of their account come to.
update fiscal.debt d set account_total_kopecks = g.kopecks
from unnest($4::bigint[], $5::int[], $6::bigint[]) as g (account_id, ordinal, kopecks)
where d.merchant_id = $1 and d.account_id > $2 and d.account_id <= $3
  and d.account_id = g.account_id and d.ordinal = g.ordinal

-- name: set_lot_totals
-- First advance lots, likewise.
update fiscal.advance_lot l set account_total_kopecks = g.kopecks
from unnest($4::bigint[], $5::int[], $6::bigint[]) as g (account_id, ordinal, kopecks)
where l.merchant_id = $1 and l.account_id > $2 and l.account_id <= $3
  and l.account_id = g.account_id and l.ordinal = g.ordinal

-- name: codes_of
-- What billing systems call accounts, by id.
select code from fiscal.account
where merchant_id = $1 and id = any ($2::bigint[])
order by id

-- name: codes_in_order
-- Accounts by code, in the order of a close.
select code from fiscal.account
where merchant_id = $1 and code = any ($2::text[])
order by id

-- name: commit_without_waiting
-- For chunks: the job's last transaction waits for the disk, and with it for all before it.
set local synchronous_commit = off
