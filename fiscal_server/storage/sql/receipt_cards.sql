-- What stands around one receipt: the device that made it, its place in the queue, what corrects it and what it corrects.

-- name: device_of_fn
-- The slot whose FN holds a document.
select k.id, k.slot, c.name as cassette, k.registration_number, k.ffd, k.emulated
from fiscal.kkt k
join fiscal.cassette c on c.merchant_id = k.merchant_id and c.id = k.cassette_id
where k.merchant_id = $1 and k.fn_number = $2

-- name: waiting_receipt
-- Its place in the queue, the device that has it in hand, and what that device was about to make.
select q.state::text as state, q.deadline, q.attempts, q.refusals, q.error, q.updated_at, k.slot, k.fn_number,
       i.expected_fd, i.created_at as intended_at
from fiscal.queue q
left join fiscal.kkt k on k.merchant_id = q.merchant_id and k.id = q.kkt_id
left join fiscal.intent i on i.merchant_id = q.merchant_id and i.kkt_id = q.kkt_id and i.receipt_id = q.receipt_id
where q.merchant_id = $1 and q.receipt_id = $2

-- name: receipts_ahead
-- Receipts of the same account that have to be made before this one, at most $4 of them.
select q.receipt_id as id from fiscal.queue q
where q.merchant_id = $1 and q.account_id = $2 and q.receipt_id < $3
  and q.state in ('COMPUTED', 'QUEUED', 'REGISTERING', 'UNCERTAIN')
order by q.receipt_id
limit $4

-- name: receipts_of_corrections
-- Receipts that correct this one, oldest first.
select r.id, r.form, r.sign, r.total_kopecks, r.created_at
from fiscal.corrected_receipt c
cross join lateral (
    select w.id, w.form, w.sign, w.total_kopecks, w.created_at from fiscal.receipt w
    where w.merchant_id = c.merchant_id and w.event_id = c.event_id and w.id > c.event_id
    order by w.id
    limit 20
) r
where c.merchant_id = $1 and c.receipt_id = $2
order by r.id

-- name: corrected_by_event
-- The receipts that an event corrects.
select r.id, r.form, r.sign, r.total_kopecks, r.created_at
from fiscal.corrected_receipt c
cross join lateral (
    select w.id, w.form, w.sign, w.total_kopecks, w.created_at from fiscal.receipt w
    where w.merchant_id = c.merchant_id and w.id = c.receipt_id
    limit 1
) r
where c.merchant_id = $1 and c.event_id = $2
order by r.id
limit 20

-- name: receipts_of_event
-- The other receipts of an event, oldest first.
select r.id, r.form, r.sign, r.total_kopecks, r.created_at from fiscal.receipt r
where r.merchant_id = $1 and r.event_id = $2 and r.id <> $3 and r.id > $2
order by r.id
limit 20
