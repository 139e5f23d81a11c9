-- name: hold_merchant
-- No receipt of a merchant is claimed from now on; the first reason stays.
insert into fiscal.hold (merchant_id, reason, since) values ($1, $2, $3)
on conflict do nothing

-- name: hold_everybody
-- After a restore: whatever was made since the backup stands in FNs, and nobody has read them.
insert into fiscal.hold (merchant_id, reason, since)
select id, $1, $2 from fiscal.merchant
on conflict (merchant_id) do update set reason = excluded.reason, since = excluded.since

-- name: forget_leases
-- After a restore: owners of the time after the backup may still live, with generations that come again.
update fiscal.kkt
set lease_node = null, lease_beat = null, lease_hold_ms = null, lease_generation = lease_generation + 1000000

-- name: held_merchants
-- Merchants that make no receipts, and why.
select merchant_id, reason, since from fiscal.hold
where $1::bigint is null or merchant_id = $1
order by merchant_id

-- name: release_merchant
-- Receipts are claimed again.
delete from fiscal.hold where merchant_id = $1

-- name: find_receipt
-- A receipt by the id that a document carries, and whether it still waits for one.
select r.id, r.sign, r.total_kopecks,
       exists (select from fiscal.fiscal_document d where d.merchant_id = r.merchant_id and d.id = r.id) as registered
from fiscal.receipt r
where r.merchant_id = $1 and r.id = $2

-- name: adopt_document
-- Takes a document of an FN into the books: last FD number by compare and set, the receipt out of the queue.
-- Nothing when the KKT stands elsewhere or belongs to somebody else.
with moved as (
    update fiscal.kkt k
    set last_fd = $4,
        shift_number = coalesce($8, k.shift_number),
        shift_opened_at = case $5::smallint when 2 then $10::timestamptz when 5 then null else k.shift_opened_at end,
        updated_at = $12
    where k.merchant_id = $1 and k.id = $2 and k.lease_generation = $13 and k.last_fd = $4 - 1
    returning k.merchant_id, k.id, k.fn_number
),
stored as (
    insert into fiscal.fiscal_document (
        merchant_id, id, kkt_id, form, fn_number, fd_number, fiscal_sign, issued_at, shift_number, total_kopecks,
        recorded_at)
    select m.merchant_id, $3, m.id, $5, m.fn_number, $4, $6, $7::timestamp, $8, $9, $12 from moved m
),
left_queue as (
    delete from fiscal.queue q using moved m
    where q.merchant_id = m.merchant_id and q.receipt_id = $11::bigint
      and q.state in ('COMPUTED', 'QUEUED', 'REGISTERING', 'UNCERTAIN', 'REFUSED')
),
forgotten as (
    delete from fiscal.intent i using moved m
    where i.merchant_id = m.merchant_id and i.kkt_id = m.id
)
select id from moved

-- name: note_adopted
-- A receipt of an FN that the books do not know.
insert into fiscal.adopted_receipt (merchant_id, fn_number, fd_number, inside, sign, total_kopecks, tlv, adopted_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: unlinked_receipts
-- Receipts of FNs that belong to none of ours yet, in the order in which they were made.
select a.merchant_id, a.fn_number, a.fd_number, a.inside, a.sign, a.total_kopecks, a.tlv, k.ffd
from fiscal.adopted_receipt a
join fiscal.kkt k on k.merchant_id = a.merchant_id and k.fn_number = a.fn_number
where a.receipt_id is null and a.accepted is null and ($1::bigint is null or a.merchant_id = $1)
order by a.merchant_id, a.fn_number, a.fd_number

-- name: alike_waiting
-- Receipts that wait, of a sign and a sum: one of them may be what an FN has already.
select r.id, r.body
from fiscal.queue q
join fiscal.receipt r on r.merchant_id = q.merchant_id and r.id = q.receipt_id
where q.merchant_id = $1 and q.state in ('COMPUTED', 'QUEUED', 'REFUSED') and r.sign = $2 and r.total_kopecks = $3
order by r.id

-- name: link_receipt
-- A document becomes a receipt's: it takes the receipt's id, the queue lets go. Nothing when the receipt waits no more.
with gone as (
    delete from fiscal.queue
    where merchant_id = $1 and receipt_id = $4 and state in ('COMPUTED', 'QUEUED', 'REFUSED')
    returning merchant_id
),
noted as (
    update fiscal.adopted_receipt a set receipt_id = $4
    from gone where a.merchant_id = gone.merchant_id and a.fn_number = $2 and a.fd_number = $3
),
confirmed as (
    update fiscal.ofd_exchange e set id = $4
    from gone where e.merchant_id = gone.merchant_id and e.fn_number = $2 and e.fd_number = $3
)
update fiscal.fiscal_document d set id = $4
from gone
where d.merchant_id = gone.merchant_id and d.fn_number = $2 and d.fd_number = $3
returning d.id

-- name: accept_unlinked
-- A person lets them stand.
update fiscal.adopted_receipt set accepted = $2
where merchant_id = $1 and receipt_id is null and accepted is null
