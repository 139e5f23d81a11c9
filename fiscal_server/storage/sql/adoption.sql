-- name: hold_merchant
-- No receipt of a merchant is claimed from now on; the first reason stays, the moment is the last one (release_merchant).
insert into fiscal.hold (merchant_id, reason, since) values ($1, $2, $3)
on conflict (merchant_id) do update set since = excluded.since

-- name: held_merchants
-- Merchants that make no receipts, and why.
select merchant_id, reason, since from fiscal.hold
where $1::bigint is null or merchant_id = $1
order by merchant_id

-- name: release_merchant
-- Receipts are claimed again, unless the merchant was put on hold once more meanwhile.
delete from fiscal.hold where merchant_id = $1 and since = $2
returning merchant_id

-- name: find_receipt
-- A receipt by the id that a document carries, if it still waits for one; it stays as it is until the commit.
-- One that was cancelled was withdrawn as if it had never been made: that it was is a question for people.
select r.id, r.sign, r.total_kopecks
from fiscal.queue q
join fiscal.receipt r on r.merchant_id = q.merchant_id and r.id = q.receipt_id
where q.merchant_id = $1 and q.receipt_id = $2
  and q.state in ('COMPUTED', 'QUEUED', 'REGISTERING', 'UNCERTAIN', 'REFUSED')
for update of q

-- name: adopt_document
-- Takes a document of an FN into the books: last FD number by compare and set, the receipt out of the queue. What was
-- intended when the backup was made is not what the FN made: the receipt of such an intent waits again. A document that a
-- person has settled is there already. Nothing when the KKT stands elsewhere or belongs to somebody else.
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
    where not exists (
        select from fiscal.fiscal_document d
        where d.merchant_id = m.merchant_id and d.fn_number = m.fn_number and d.fd_number = $4)
),
left_queue as (
    delete from fiscal.queue q using moved m
    where q.merchant_id = m.merchant_id and q.receipt_id = $11::bigint
      and q.state in ('COMPUTED', 'QUEUED', 'REGISTERING', 'UNCERTAIN', 'REFUSED')
    returning q.merchant_id, q.receipt_id
),
told as (
    insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at)
    select e.merchant_id, e.id, l.receipt_id, 3, 'receipt.registered', $12, $12
    from left_queue l
    join fiscal.webhook_endpoint e on e.merchant_id = l.merchant_id and 'receipt.registered' = any (e.event_types)
    on conflict do nothing
),
forgotten as (
    delete from fiscal.intent i using moved m
    where i.merchant_id = m.merchant_id and i.kkt_id = m.id
    returning i.merchant_id, i.kkt_id, i.receipt_id
),
waits_again as (
    update fiscal.queue q
    set state = 'QUEUED', kkt_id = null, updated_at = $12
    from forgotten f
    where q.merchant_id = f.merchant_id and q.receipt_id = f.receipt_id and q.kkt_id = f.kkt_id
      and q.receipt_id is distinct from $11::bigint and q.state in ('REGISTERING', 'UNCERTAIN')
)
select id from moved

-- name: has_document
-- Whether the books have a document of an FN already: a person has settled a receipt of an FN that was lost.
select exists (
    select from fiscal.fiscal_document
    where merchant_id = $1 and fn_number = $2 and fd_number = $3)

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
-- Receipts that wait, of some signs and sums, oldest first, so many ($5) after an id ($4): one of them may be what an FN
-- has already.
select r.id, r.sign, r.total_kopecks, r.body
from fiscal.queue q
join fiscal.receipt r on r.merchant_id = q.merchant_id and r.id = q.receipt_id
where q.merchant_id = $1 and q.state in ('COMPUTED', 'QUEUED', 'REFUSED') and q.receipt_id > $4
  and (r.sign, r.total_kopecks) in (select s.sign, s.total from unnest($2::smallint[], $3::bigint[]) as s (sign, total))
order by q.receipt_id
limit $5

-- name: hold_fns
-- Whoever confirms documents of these FNs, or places them, waits for each other.
select id from fiscal.kkt
where merchant_id = $1 and fn_number = any ($2::text[])
order by id
for no key update

-- name: link_receipts
-- Documents become receipts': each takes its receipt's id, the queue lets go. Left out where the receipt waits no more, or
-- somebody has placed the document meanwhile. Gives the receipts that have a document now.
with pairs as (
    select p.fn_number, p.fd_number, p.receipt_id
    from unnest($2::text[], $3::int[], $4::bigint[]) as p (fn_number, fd_number, receipt_id)
    join fiscal.adopted_receipt a
        on a.merchant_id = $1 and a.fn_number = p.fn_number and a.fd_number = p.fd_number
    where a.receipt_id is null and a.accepted is null
),
gone as (
    delete from fiscal.queue q
    using pairs p
    where q.merchant_id = $1 and q.receipt_id = p.receipt_id and q.state in ('COMPUTED', 'QUEUED', 'REFUSED')
    returning p.fn_number, p.fd_number, p.receipt_id
),
noted as (
    update fiscal.adopted_receipt a set receipt_id = g.receipt_id
    from gone g where a.merchant_id = $1 and a.fn_number = g.fn_number and a.fd_number = g.fd_number
),
confirmed as (
    update fiscal.ofd_exchange e set id = g.receipt_id
    from gone g where e.merchant_id = $1 and e.fn_number = g.fn_number and e.fd_number = g.fd_number
    returning e.id, e.code, e.acked_at
),
told as (
    insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at)
    select e.merchant_id, e.id, new.receipt_id, new.stage, new.type, new.at, new.at
    from (
        select g.receipt_id, 3 as stage, 'receipt.registered' as type, d.recorded_at as at
        from gone g
        join fiscal.fiscal_document d on d.merchant_id = $1 and d.fn_number = g.fn_number and d.fd_number = g.fd_number
        union all
        select c.id, 4, 'receipt.confirmed', c.acked_at from confirmed c where c.code = 0
    ) new
    join fiscal.webhook_endpoint e on e.merchant_id = $1 and new.type = any (e.event_types)
    on conflict do nothing
)
update fiscal.fiscal_document d set id = g.receipt_id
from gone g
where d.merchant_id = $1 and d.fn_number = g.fn_number and d.fd_number = g.fd_number
returning d.id

-- name: accept_unlinked
-- A person lets them stand.
update fiscal.adopted_receipt set accepted = $2
where merchant_id = $1 and receipt_id is null and accepted is null
