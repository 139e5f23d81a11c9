-- Files of money that were taken in, and their lines.

-- name: hold_imports
-- Imports of one merchant go one after another: each sees what the ones before it have posted.
select pg_advisory_xact_lock(hashtextextended('fiscal.import', $1))

-- name: find_imports_of_file
-- Earlier imports of the same bytes, the first one first.
select id, kind, adapter, channel, repeat from fiscal.import
where merchant_id = $1 and file_hash = $2
order by repeat

-- name: find_import_of_payout
-- The import of the register that came with this payment order of that channel.
select id from fiscal.import
where merchant_id = $1 and channel = $2 and payout = $3
order by id
limit 1

-- name: known_accounts
-- Which of these are accounts of the merchant.
select code from fiscal.account
where merchant_id = $1 and code = any ($2)

-- name: find_posted_payments
-- Events that have these keys already. The body is null when its month was put away.
select k.key, e.body
from fiscal.event_key k
left join fiscal.event e on e.merchant_id = k.merchant_id and e.id = k.event_id
where k.merchant_id = $1 and k.key = any ($2)

-- name: add_import
-- An import that is done.
insert into fiscal.import (
    merchant_id, id, kind, adapter, channel, file_name, file_hash, repeat, payout, batch_id, lines, payments,
    payments_kopecks, unidentified, duplicates, duplicates_kopecks, rejected, skipped, receipts, totals, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)

-- name: read_import
-- One import by its id.
select merchant_id, id, kind, adapter, channel, file_name, file_hash, repeat, payout, batch_id, lines, payments,
       payments_kopecks, unidentified, duplicates, duplicates_kopecks, rejected, skipped, receipts, totals, created_at
from fiscal.import
where merchant_id = $1 and id = $2

-- name: list_imports
-- Imports before an id, newest first.
select merchant_id, id, kind, adapter, channel, file_name, file_hash, repeat, payout, batch_id, lines, payments,
       payments_kopecks, unidentified, duplicates, duplicates_kopecks, rejected, skipped, receipts, totals, created_at
from fiscal.import
where merchant_id = $1 and id < $2
order by id desc
limit $3

-- name: list_import_lines
-- Lines of an import after a line, in the order of the file; of some outcomes only.
select merchant_id, import_id, line, outcome, code, field, value, event_key, account, named_accounts, period, paid_on,
       amount_kopecks, fee_kopecks, document, payer, purpose, evidence, receipt_ids
from fiscal.import_line
where merchant_id = $1 and import_id = $2 and line > $3 and outcome = any ($4)
order by line
limit $5

-- name: count_import_receipts
-- How far the receipts of an import are: by state while they are in the queue, REGISTERED once they have left it.
select coalesce(q.state::text, 'REGISTERED') as state, count(*) as receipts
from fiscal.import_line l
cross join lateral unnest(l.receipt_ids) as made (receipt_id)
left join fiscal.queue q on q.merchant_id = l.merchant_id and q.receipt_id = made.receipt_id
where l.merchant_id = $1 and l.import_id = $2
group by 1
order by 1

-- name: read_receipt_bodies
-- What receipts hold, for whoever adds them up.
select body from fiscal.receipt where merchant_id = $1 and id = any ($2::bigint[])
