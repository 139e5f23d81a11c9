-- name: add_cassette
-- A cassette without slots.
insert into fiscal.cassette (merchant_id, id, name, parallel, close_archive)
values ($1, $2, $3, $4, $5)

-- name: add_kkt
-- A registered KKT in the next slot of its cassette. $12: as long an owner in another database, which was replaced by
-- this one, may still be under way; the lease is nobody's, and stands still.
insert into fiscal.kkt (
    merchant_id, id, cassette_id, slot, address, ofd_address, fn_number, registration_number, ffd, emulated, state, last_fd,
    home_node, lease_hold_ms, lease_beat, updated_at)
select $1, $2, $3, coalesce(max(k.slot), 0) + 1, $4, $5, $6, $7, $8, $9, 'READY', $10, $11, $12::bigint,
       case when $12::bigint is not null then 0 end, $13
from (select) as one
left join fiscal.kkt k on k.merchant_id = $1 and k.cassette_id = $3

-- name: lock_merchant
-- Who adds a cassette or a slot to a merchant waits for whoever does so just now.
select id from fiscal.merchant
where id = $1
for no key update

-- name: merchant_of_fn
-- Whose slot an FN is already.
select m.name from fiscal.kkt k
join fiscal.merchant m on m.id = k.merchant_id
where k.fn_number = $1
limit 1

-- name: find_cassette
-- A cassette of a merchant by name.
select id, name, parallel, close_archive from fiscal.cassette
where merchant_id = $1 and name = $2

-- name: ffd_of_cassette
-- The format of the FN in service, else of the one that comes next.
select ffd from fiscal.kkt
where merchant_id = $1 and cassette_id = $2 and state in ('ACTIVE', 'READY', 'FAULTY')
order by state <> 'ACTIVE', state <> 'READY', slot
limit 1

-- name: count_kkts
-- Statistics at once: without them any index that begins with the merchant looks as good as the key, and each KKT of a
-- group of the journal read all of its merchant's.
analyze fiscal.kkt

-- name: route_of_merchant
-- The cassette that a merchant's receipts go to: the oldest one.
select id from fiscal.cassette
where merchant_id = $1
order by id
limit 1

-- name: read_kkt
-- All that a worker needs to know of its KKT.
select k.merchant_id, k.id, k.cassette_id, k.slot, k.address, k.ofd_address, k.fn_number, k.ffd, k.state::text as state,
       k.last_fd, k.acked_fd,
       k.shift_number, k.shift_opened_at, k.checked_shift, k.fault, k.unreachable_since, k.paused_since, k.warm_since,
       k.lease_generation as generation, c.close_archive, c.rules,
       m.receipt_id_tag, m.cashier, m.place, m.address as settlement_address, m.timezone, m.shift_closes_at,
       (select d.recorded_at from fiscal.fiscal_document d
        where k.acked_fd < k.last_fd
          and d.merchant_id = k.merchant_id and d.fn_number = k.fn_number and d.fd_number = k.acked_fd + 1
        limit 1) as unconfirmed_since,
       array(select distinct r.kind from fiscal.kkt_request r
             where r.merchant_id = k.merchant_id and r.kkt_id = k.id and r.finished_at is null) as orders
from fiscal.kkt k
join fiscal.cassette c on c.merchant_id = k.merchant_id and c.id = k.cassette_id
join fiscal.merchant m on m.id = k.merchant_id
where k.merchant_id = $1 and k.id = $2

-- name: list_kkts
-- Every slot, in the order of its cassette.
select k.merchant_id, k.id, k.cassette_id, c.name as cassette, k.slot, k.address, k.fn_number, k.registration_number, k.ffd,
       k.emulated, k.state::text as state, k.last_fd, k.acked_fd, k.shift_number, k.shift_opened_at, k.documents_left,
       k.valid_until, k.warnings, k.fault, k.unreachable_since, k.paused_since
from fiscal.kkt k
join fiscal.cassette c on c.merchant_id = k.merchant_id and c.id = k.cassette_id
where $1::bigint is null or k.merchant_id = $1
order by k.merchant_id, k.cassette_id, k.slot

-- name: record_confirmations
-- The operator has documents, of each KKT those of a span of FD numbers. Moves its last confirmed one by compare and set.
-- A code that is not known (null: the FN's answer was lost) is the one noted before, or 0: every other one is noted before
-- the FN hears of it. First the span, then its documents: planned as one join, all documents of an FN were read for each.
with told as (
    select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[], $5::smallint[])
        as t (merchant_id, kkt_id, generation, fd_number, code)
),
span as (
    select merchant_id, kkt_id, generation, min(fd_number) as first_fd, max(fd_number) as last_fd
    from told
    group by merchant_id, kkt_id, generation
),
moved as (
    update fiscal.kkt k
    set acked_fd = s.last_fd, updated_at = $6
    from span s
    where k.merchant_id = s.merchant_id and k.id = s.kkt_id and k.lease_generation = s.generation
      and k.acked_fd = s.first_fd - 1
    returning k.merchant_id, k.id as kkt_id, k.fn_number
),
acked as materialized (
    select merchant_id, m.kkt_id, m.fn_number, t.fd_number, t.code
    from moved m join told t using (merchant_id, kkt_id)
),
found as materialized (
    select d.merchant_id, d.id, d.form, a.kkt_id, a.fn_number, d.fd_number, coalesce(a.code, noted.code, 0) as code
    from acked a
    join fiscal.fiscal_document d
        on d.merchant_id = a.merchant_id and d.fn_number = a.fn_number and d.fd_number = a.fd_number
    left join fiscal.ofd_exchange noted on noted.merchant_id = d.merchant_id and noted.id = d.id
),
passed_on as (
    insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at)
    select e.merchant_id, e.id, f.id, 4, 'receipt.confirmed', $6, $6
    from found f
    join fiscal.webhook_endpoint e on e.merchant_id = f.merchant_id and 'receipt.confirmed' = any (e.event_types)
    where f.form in (3, 31) and f.code = 0
    on conflict do nothing
)
insert into fiscal.ofd_exchange (merchant_id, id, kkt_id, fn_number, fd_number, code, acked_at)
select merchant_id, id, kkt_id, fn_number, fd_number, code, $6 from found
on conflict (merchant_id, id) do update set code = excluded.code, acked_at = excluded.acked_at

-- name: note_refusal
-- The operator's code for a document, before the FN is told: an FN does not keep it.
insert into fiscal.ofd_exchange (merchant_id, id, kkt_id, fn_number, fd_number, code, acked_at)
select d.merchant_id, d.id, d.kkt_id, d.fn_number, d.fd_number, $4, $5
from fiscal.fiscal_document d
where d.merchant_id = $1 and d.fn_number = $2 and d.fd_number = $3
on conflict (merchant_id, id) do update set code = excluded.code, acked_at = excluded.acked_at

-- name: forget_refusal
-- It was no answer to this document: the FN did not take it.
delete from fiscal.ofd_exchange
where merchant_id = $1 and fn_number = $2 and fd_number = $3

-- name: oldest_unconfirmed
-- When the first document was recorded that the operator has not confirmed.
select recorded_at from fiscal.fiscal_document
where merchant_id = $1 and fn_number = $2 and fd_number = $3

-- name: announce_kkts
-- Wakes dispatchers: something about KKTs or nodes has changed.
select pg_notify('fiscal_kkts', '')

-- name: list_cassettes
-- Cassettes of a merchant, the one that receipts go to first, with the states of their slots in order.
select c.id, c.name, c.parallel, c.close_archive, c.rules,
       array(select k.state::text from fiscal.kkt k
             where k.merchant_id = c.merchant_id and k.cassette_id = c.id order by k.slot) as slots
from fiscal.cassette c
where c.merchant_id = $1
order by c.id

-- name: lock_cassette_row
-- A cassette whose rules are about to be changed.
select rules from fiscal.cassette
where merchant_id = $1 and id = $2
for no key update

-- name: change_operator
-- From now on its documents go to this operator.
update fiscal.kkt
set ofd_address = $3
where merchant_id = $1 and id = $2
