-- name: documents_of_fn
-- Documents that the books have of one FN, by a range of FD numbers, with what its receipt should say.
select d.id, d.form, d.fd_number, d.fiscal_sign, d.issued_at, d.total_kopecks, r.id as receipt_id, r.sign, r.body,
       e.code as confirmation, coalesce(a.inside, r.id::text) as inside, a.accepted
from fiscal.fiscal_document d
left join fiscal.receipt r on r.merchant_id = d.merchant_id and r.id = d.id
left join fiscal.ofd_exchange e on e.merchant_id = d.merchant_id and e.id = d.id
left join fiscal.adopted_receipt a
    on a.merchant_id = d.merchant_id and a.fn_number = d.fn_number and a.fd_number = d.fd_number
where d.merchant_id = $1 and d.fn_number = $2 and d.fd_number between $3 and $4
order by d.fd_number

-- name: unregistered_receipts
-- Receipts that are neither registered nor in the queue: there must be none.
select r.merchant_id, r.id
from fiscal.receipt r
left join fiscal.fiscal_document d on d.merchant_id = r.merchant_id and d.id = r.id
left join fiscal.queue q on q.merchant_id = r.merchant_id and q.receipt_id = r.id
where ($1::bigint is null or r.merchant_id = $1) and d.id is null and q.receipt_id is null

-- name: count_receipts
-- How far receipts have come: made, registered, confirmed.
select count(*) as computed,
       count(d.id) as registered,
       count(e.id) filter (where e.code = 0) as ofd_acked
from fiscal.receipt r
left join fiscal.fiscal_document d on d.merchant_id = r.merchant_id and d.id = r.id
left join fiscal.ofd_exchange e on e.merchant_id = r.merchant_id and e.id = r.id
where $1::bigint is null or r.merchant_id = $1

-- name: count_by_sign
-- Receipts by merchant and kind of settlement.
select m.name as merchant, r.form, r.sign, count(*) as receipts, sum(r.total_kopecks)::bigint as total_kopecks
from fiscal.receipt r
join fiscal.merchant m on m.id = r.merchant_id
group by m.id, r.form, r.sign
order by m.id, r.form, r.sign

-- name: documents_per_fn
-- Documents by FN in the order of the slots, and how many of them the operator has.
select k.merchant_id, k.cassette_id, k.slot, k.fn_number, k.state::text as state,
       count(d.id) as documents, count(d.id) filter (where d.form in (3, 31)) as receipts,
       count(e.id) filter (where e.code = 0) as confirmed
from fiscal.kkt k
left join fiscal.fiscal_document d on d.merchant_id = k.merchant_id and d.fn_number = k.fn_number
left join fiscal.ofd_exchange e on e.merchant_id = d.merchant_id and e.id = d.id
group by k.merchant_id, k.id
order by k.merchant_id, k.cassette_id, k.slot

-- name: count_events
-- All events that were accepted.
select count(*) from fiscal.event

-- name: count_rotations
-- All rotations so far.
select count(*) from fiscal.rotation where to_kkt_id is not null
