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
returning fn_number, last_fd, lease_generation

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

-- name: find_lost_fn
-- An FN that nobody will read any more, by a person's word; taken: the books have a document of this number.
select s.fn_number, s.last_fd, coalesce(k.id, 0) as kkt_id, exists (
    select from fiscal.fiscal_document d
    where d.merchant_id = $1 and d.fn_number = $2 and d.fd_number = $3) as taken
from fiscal.adoption_statement s
left join fiscal.kkt k on k.merchant_id = s.merchant_id and k.fn_number = s.fn_number
where s.merchant_id = $1 and s.fn_number = $2 and s.kind = 'without_fn'
order by s.id
limit 1

-- name: record_found
-- A receipt that waits was made by a lost FN: it has its document, the queue lets go. The FN's own last number in the books
-- stays: what it made besides nobody knows. KKT 0: the FN joined after the backup, and the books have no slot of it.
with gone as (
    delete from fiscal.queue
    where merchant_id = $1 and receipt_id = $2 and state in ('COMPUTED', 'QUEUED', 'REFUSED')
    returning merchant_id, receipt_id
)
insert into fiscal.fiscal_document (
    merchant_id, id, kkt_id, form, fn_number, fd_number, fiscal_sign, issued_at, total_kopecks, recorded_at)
select merchant_id, receipt_id, $3, $4, $5, $6, $7, $8::timestamp, $9, $10 from gone
