-- What came in (imports, batches) and what was ordered (corrections, jobs), of several merchants as one list. Newest
-- first; the other way round only the order changes (money_lists.py). $1 merchants, $2 first id, $3 end of ids, $4 how many.

-- name: next_imports
-- Imports of many merchants in the order of ids (import_newest); $5 kind if asked, $6 true: with lines to look at.
select merchant_id, id, kind, adapter, channel, file_name, file_hash, repeat, payout, batch_id, lines, payments,
       payments_kopecks, unidentified, duplicates, duplicates_kopecks, rejected, skipped, receipts, totals, created_at
from fiscal.import
where merchant_id = any ($1::bigint[]) and id >= $2 and id < $3
      and ($5::text is null or kind = $5) and ($6::boolean is null or (rejected > 0 or unidentified > 0) = $6)
order by id desc
limit $4

-- name: next_imports_of_few
-- The same of few merchants: the newest of each, merged.
select n.merchant_id, n.id, n.kind, n.adapter, n.channel, n.file_name, n.file_hash, n.repeat, n.payout, n.batch_id,
       n.lines, n.payments, n.payments_kopecks, n.unidentified, n.duplicates, n.duplicates_kopecks, n.rejected, n.skipped,
       n.receipts, n.totals, n.created_at
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select * from fiscal.import i
    where i.merchant_id = m.id and i.id >= $2 and i.id < $3
          and ($5::text is null or i.kind = $5) and ($6::boolean is null or (i.rejected > 0 or i.unidentified > 0) = $6)
    order by i.id desc
    limit $4
) n
order by n.id desc
limit $4

-- name: next_batches
-- Batches of many merchants in the order of ids (batch_newest).
select merchant_id, id, idempotency_key, created_at, events, accepted, duplicates, rejected, receipts
from fiscal.batch
where merchant_id = any ($1::bigint[]) and id >= $2 and id < $3
order by id desc
limit $4

-- name: next_batches_of_few
-- The same of few merchants: the newest of each, merged.
select n.merchant_id, n.id, n.idempotency_key, n.created_at, n.events, n.accepted, n.duplicates, n.rejected, n.receipts
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select b.merchant_id, b.id, b.idempotency_key, b.created_at, b.events, b.accepted, b.duplicates, b.rejected, b.receipts
    from fiscal.batch b
    where b.merchant_id = m.id and b.id >= $2 and b.id < $3
    order by b.id desc
    limit $4
) n
order by n.id desc
limit $4

-- name: next_corrections
-- Orders to correct and to restore, of many merchants in the order of ids (correction_newest); $5 kind if asked.
select merchant_id, id, kind, created_at, receipt_ids from fiscal.correction
where merchant_id = any ($1::bigint[]) and id >= $2 and id < $3 and ($5::text is null or kind = $5)
order by id desc
limit $4

-- name: next_corrections_of_few
-- The same of few merchants: the newest of each, merged.
select n.merchant_id, n.id, n.kind, n.created_at, n.receipt_ids
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select c.merchant_id, c.id, c.kind, c.created_at, c.receipt_ids from fiscal.correction c
    where c.merchant_id = m.id and c.id >= $2 and c.id < $3 and ($5::text is null or c.kind = $5)
    order by c.id desc
    limit $4
) n
order by n.id desc
limit $4

-- name: next_jobs
-- Jobs that restore, of many merchants in the order of ids (restoration_job_newest).
select merchant_id, id, dry_run, state, events, done, known, refused, documents, error, started_at, finished_at
from fiscal.restoration_job
where merchant_id = any ($1::bigint[]) and id >= $2 and id < $3
order by id desc
limit $4

-- name: next_jobs_of_few
-- The same of few merchants: the newest of each, merged.
select n.merchant_id, n.id, n.dry_run, n.state, n.events, n.done, n.known, n.refused, n.documents, n.error, n.started_at,
       n.finished_at
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select j.merchant_id, j.id, j.dry_run, j.state, j.events, j.done, j.known, j.refused, j.documents, j.error,
           j.started_at, j.finished_at
    from fiscal.restoration_job j
    where j.merchant_id = m.id and j.id >= $2 and j.id < $3
    order by j.id desc
    limit $4
) n
order by n.id desc
limit $4

-- name: add_up_imports
-- The newest $4 imports under the same conditions ($5, $6), added up.
select count(*) as rows, coalesce(sum(payments), 0)::bigint as payments,
       coalesce(sum(payments_kopecks), 0)::bigint as kopecks, coalesce(sum(receipts), 0)::bigint as receipts
from (
    select payments, payments_kopecks, receipts from fiscal.import
    where merchant_id = any ($1::bigint[]) and id >= $2 and id < $3
          and ($5::text is null or kind = $5) and ($6::boolean is null or (rejected > 0 or unidentified > 0) = $6)
    order by id desc
    limit $4
) n

-- name: add_up_batches
-- The newest $4 batches, added up.
select count(*) as rows, coalesce(sum(events), 0)::bigint as events, coalesce(sum(receipts), 0)::bigint as receipts
from (
    select events, receipts from fiscal.batch
    where merchant_id = any ($1::bigint[]) and id >= $2 and id < $3
    order by id desc
    limit $4
) n

-- name: count_orders
-- How many orders a list has, $4 of them at the most.
select count(*) from (
    select 1 from fiscal.correction
    where merchant_id = any ($1::bigint[]) and id >= $2 and id < $3 and ($5::text is null or kind = $5)
    limit $4
) n

-- name: count_jobs
-- How many jobs a list has, $4 of them at the most.
select count(*) from (
    select 1 from fiscal.restoration_job where merchant_id = any ($1::bigint[]) and id >= $2 and id < $3 limit $4
) n

-- name: next_lines
-- Lines of an import from $3 to below $4 in the order of the file; of the outcomes $6.
select merchant_id, import_id, line, outcome, code, field, value, event_key, account, named_accounts, period, paid_on,
       amount_kopecks, fee_kopecks, document, payer, purpose, evidence, receipt_ids
from fiscal.import_line
where merchant_id = $1 and import_id = $2 and line >= $3 and line < $4 and outcome = any ($6::text[])
order by line
limit $5

-- name: next_rejected_lines
-- The same of lines that a person has to look at (import_line_rejected).
select merchant_id, import_id, line, outcome, code, field, value, event_key, account, named_accounts, period, paid_on,
       amount_kopecks, fee_kopecks, document, payer, purpose, evidence, receipt_ids
from fiscal.import_line
where merchant_id = $1 and import_id = $2 and line >= $3 and line < $4 and outcome = 'rejected'
order by line
limit $5

-- name: next_nobodys_lines
-- The same of payments whose account was not found (import_line_nobodys).
select merchant_id, import_id, line, outcome, code, field, value, event_key, account, named_accounts, period, paid_on,
       amount_kopecks, fee_kopecks, document, payer, purpose, evidence, receipt_ids
from fiscal.import_line
where merchant_id = $1 and import_id = $2 and line >= $3 and line < $4 and outcome = 'payment' and account is null
order by line
limit $5

-- name: still_in_suspense
-- Which of these payments are still nobody's, with what is left of each.
select lot ->> 'payment' as payment, sum((lot ->> 'amount_kopecks')::bigint)::bigint as kopecks
from fiscal.merchant_book b
cross join lateral jsonb_array_elements(b.suspense) as lot
where b.merchant_id = $1 and lot ->> 'payment' = any ($2::text[])
group by 1

-- name: states_of_orders
-- Where the documents of orders stand: $3 are receipts, each of the order and merchant in the same place of $1 and $2.
-- No row in the queue: a device has made it.
select asked.order_id, coalesce(q.state::text, 'REGISTERED') as state, count(*) as receipts
from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as asked (order_id, merchant_id, receipt_id)
left join lateral (
    select w.state from fiscal.queue w
    where w.merchant_id = asked.merchant_id and w.receipt_id = asked.receipt_id
    limit 1
) q on true
group by 1, 2
