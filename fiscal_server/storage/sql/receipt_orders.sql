-- name: find_in_queue
-- Where an unfinished receipt stands, and who has it in hand.
select q.state::text as state, q.kkt_id, q.error, r.form, r.total_kopecks
from fiscal.queue q
join fiscal.receipt r on r.merchant_id = q.merchant_id and r.id = q.receipt_id
where q.merchant_id = $1 and q.receipt_id = $2
for update of q

-- name: fence_kkt
-- Nobody who works with this KKT may write for it any more: he starts again with what the books say then. Only while its
-- device cannot be asked: else the device knows better than any person.
update fiscal.kkt
set lease_generation = lease_generation + 1
where merchant_id = $1 and id = $2 and (state in ('FAULTY', 'CLOSED') or unreachable_since is not null)
returning fn_number, last_fd

-- name: kkt_of_receipt
-- Which KKT has a receipt in hand; locks nothing.
select kkt_id from fiscal.queue
where merchant_id = $1 and receipt_id = $2 and state = 'UNCERTAIN'

-- name: record_receipt_order
-- What a person did, and on what evidence.
insert into fiscal.receipt_order (
    merchant_id, id, receipt_id, kind, asked_by, reason, state_before, error_before, kkt_id, fn_number, fd_number,
    fiscal_sign, issued_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7::text::fiscal.receipt_state, $8, $9, $10, $11, $12, $13, $14)

-- name: receipt_orders
-- What people did with a receipt, oldest first.
select id, kind, asked_by, reason, state_before::text as state_before, error_before, fn_number, fd_number, fiscal_sign,
       issued_at, created_at
from fiscal.receipt_order
where merchant_id = $1 and receipt_id = $2
order by id
