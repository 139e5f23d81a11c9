-- Orders to correct and to restore, and which receipts they are about.

-- name: hold_corrections
-- Corrections of one merchant go one after another: each sees what the ones before it correct.
select pg_advisory_xact_lock(hashtextextended('fiscal.correction', $1))

-- name: correction_of_key
-- The order that had an Idempotency-Key before.
select id, body_hash from fiscal.correction
where merchant_id = $1 and idempotency_key = $2

-- name: add_correction
-- An order with what it issues.
insert into fiscal.correction (merchant_id, id, kind, idempotency_key, body_hash, body, receipt_ids, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: add_corrected_receipts
-- Receipts that an order says are wrong, each with the event that corrects it.
insert into fiscal.corrected_receipt (merchant_id, receipt_id, correction_id, event_id)
select $1, w.receipt_id, $2, w.event_id from unnest($3::bigint[], $4::bigint[]) as w (receipt_id, event_id)

-- name: read_correction
-- An order as it was given, and what it issued.
select merchant_id, id, kind, idempotency_key, body_hash, body, receipt_ids, created_at from fiscal.correction
where merchant_id = $1 and id = $2

-- name: restorations_among
-- Which of these ids are restorations, with what was ordered.
select id, body from fiscal.correction
where merchant_id = $1 and kind = 'restoration' and id = any ($2::bigint[])

-- name: list_corrections
-- Orders of a kind before an id, newest first.
select merchant_id, id, kind, idempotency_key, body_hash, body, receipt_ids, created_at from fiscal.correction
where merchant_id = $1 and kind = $2 and id < $3
order by id desc
limit $4

-- name: corrections_of_receipts
-- Who corrects these receipts, oldest first. It stands until every receipt that it made is cancelled.
select c.receipt_id, c.correction_id, c.event_id,
       exists (
           select from fiscal.receipt r
           where r.merchant_id = c.merchant_id and r.event_id = c.event_id and r.id > c.event_id
             and not exists (
                 select from fiscal.queue q
                 where q.merchant_id = r.merchant_id and q.receipt_id = r.id and q.state = 'CANCELLED')
       ) as stands
from fiscal.corrected_receipt c
where c.merchant_id = $1 and c.receipt_id = any ($2::bigint[])
order by c.receipt_id, c.correction_id

-- name: day_totals
-- Restorations of a day's total, oldest first: those whose events have this key, or it with a number behind it. One stands
-- until its receipts are cancelled.
select e.id, e.batch_id,
       not bool_and(exists (
           select from fiscal.queue q
           where q.merchant_id = r.merchant_id and q.receipt_id = r.id and q.state = 'CANCELLED')) as stands
from fiscal.event_key k
join fiscal.event e on e.merchant_id = k.merchant_id and e.id = k.event_id
join fiscal.receipt r on r.merchant_id = k.merchant_id and r.event_id = k.event_id and r.id > k.event_id
where k.merchant_id = $1 and k.key = any ($2::text[])
group by e.id, e.batch_id
order by e.id

-- name: corrected_by_order
-- What an order says is wrong: receipts with the events that correct them.
select receipt_id, event_id from fiscal.corrected_receipt
where merchant_id = $1 and correction_id = $2 and receipt_id = any ($3::bigint[])
