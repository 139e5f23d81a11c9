-- name: add_cassette
-- A cassette without slots.
insert into fiscal.cassette (merchant_id, id, name, parallel, close_archive)
values ($1, $2, $3, $4, $5)

-- name: add_kkt
-- A registered KKT in the next slot of its cassette.
insert into fiscal.kkt (
    merchant_id, id, cassette_id, slot, address, ofd_address, fn_number, registration_number, ffd, emulated, state, last_fd,
    updated_at)
select $1, $2, $3, coalesce(max(k.slot), 0) + 1, $4, $5, $6, $7, $8, $9, 'READY', $10, $11
from (select) as one
left join fiscal.kkt k on k.merchant_id = $1 and k.cassette_id = $3

-- name: find_cassette
-- A cassette of a merchant by name.
select id, name, parallel, close_archive from fiscal.cassette
where merchant_id = $1 and name = $2

-- name: route_of_merchant
-- The cassette that a merchant's receipts go to: the oldest one.
select id from fiscal.cassette
where merchant_id = $1
order by id
limit 1

-- name: lease_kkts
-- Takes the KKTs that nobody holds, or that this node held when its process died. The generation fences the old owner.
update fiscal.kkt
set lease_node = $1, lease_generation = lease_generation + 1, lease_until = $3, updated_at = $2
where state not in ('CLOSED', 'FAULTY') and (lease_until is null or lease_until < $2 or lease_node = $1)
  and not (id = any ($4::bigint[]))
returning merchant_id, id, lease_generation

-- name: renew_leases
-- Longer, for those that are still ours.
update fiscal.kkt k
set lease_until = $3
from unnest($1::bigint[], $2::bigint[]) as o (id, generation)
where k.id = o.id and k.lease_generation = o.generation
returning k.id

-- name: release_leases
-- Given back at an orderly stop.
update fiscal.kkt k
set lease_until = null, lease_node = null
from unnest($1::bigint[], $2::bigint[]) as o (id, generation)
where k.id = o.id and k.lease_generation = o.generation

-- name: read_kkt
-- All that a worker needs to know of its KKT.
select k.merchant_id, k.id, k.cassette_id, k.slot, k.address, k.ofd_address, k.fn_number, k.ffd, k.state::text as state,
       k.last_fd, k.acked_fd,
       k.shift_number, k.shift_opened_at, k.fault, k.lease_generation, c.close_archive,
       m.receipt_id_tag, m.cashier, m.place, m.address as settlement_address
from fiscal.kkt k
join fiscal.cassette c on c.merchant_id = k.merchant_id and c.id = k.cassette_id
join fiscal.merchant m on m.id = k.merchant_id
where k.merchant_id = $1 and k.id = $2

-- name: list_kkts
-- Every slot, in the order of its cassette.
select k.merchant_id, k.id, k.cassette_id, c.name as cassette, k.slot, k.address, k.fn_number, k.registration_number, k.ffd,
       k.emulated, k.state::text as state, k.last_fd, k.acked_fd, k.shift_number, k.shift_opened_at, k.documents_left,
       k.valid_until, k.warnings, k.fault
from fiscal.kkt k
join fiscal.cassette c on c.merchant_id = k.merchant_id and c.id = k.cassette_id
where $1::bigint is null or k.merchant_id = $1
order by k.merchant_id, k.cassette_id, k.slot

-- name: set_slot_state
-- Moves a slot from one state to another; nothing when it stands elsewhere.
update fiscal.kkt
set state = $4::text::fiscal.slot_state, fault = $5, updated_at = $6
where merchant_id = $1 and id = $2 and state = $3::text::fiscal.slot_state
returning id

-- name: lock_cassette
-- Rotations of one cassette happen one after another.
select parallel from fiscal.cassette
where merchant_id = $1 and id = $2
for no key update

-- name: activate_slots
-- As many READY slots as the cassette lacks, in their order.
update fiscal.kkt
set state = 'ACTIVE', updated_at = $4
where merchant_id = $1 and id in (
    select id from fiscal.kkt
    where merchant_id = $1 and cassette_id = $2 and state = 'READY'
    order by slot
    limit greatest(0, $3 - (
        select count(*) from fiscal.kkt where merchant_id = $1 and cassette_id = $2 and state = 'ACTIVE'))
)
returning id

-- name: record_rotation
-- Why one slot gave way to another.
insert into fiscal.rotation (merchant_id, id, cassette_id, from_kkt_id, to_kkt_id, reason, rotated_at)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: record_condition
-- What the FN says of its own resources.
update fiscal.kkt
set documents_left = $3, valid_until = $4, warnings = $5, updated_at = $6
where merchant_id = $1 and id = $2 and lease_generation = $7

-- name: record_confirmation
-- The operator has a document. Moves the KKT's last confirmed FD number by compare and set.
with moved as (
    update fiscal.kkt
    set acked_fd = $3, updated_at = $6
    where merchant_id = $1 and id = $2 and acked_fd = $3 - 1 and lease_generation = $5
    returning merchant_id, id, fn_number
)
insert into fiscal.ofd_exchange (merchant_id, id, kkt_id, fn_number, fd_number, code, acked_at)
select d.merchant_id, d.id, m.id, m.fn_number, d.fd_number, $4, $6
from moved m
join fiscal.fiscal_document d on d.merchant_id = m.merchant_id and d.fn_number = m.fn_number and d.fd_number = $3
returning id

-- name: oldest_unconfirmed
-- When the first document was recorded that the operator has not confirmed.
select recorded_at from fiscal.fiscal_document
where merchant_id = $1 and fn_number = $2 and fd_number = $3

-- name: open_requests
-- Orders of people to one KKT, oldest first.
select id, kind from fiscal.kkt_request
where merchant_id = $1 and kkt_id = $2 and finished_at is null
order by id

-- name: add_request
-- An order to a KKT; its lease holder acts.
insert into fiscal.kkt_request (merchant_id, id, kkt_id, kind, created_at)
values ($1, $2, $3, $4, $5)

-- name: finish_request
-- What came of an order.
update fiscal.kkt_request
set finished_at = $3, answer = $4
where merchant_id = $1 and id = $2 and finished_at is null

-- name: read_request
-- An order and its answer, if any.
select finished_at, answer from fiscal.kkt_request
where merchant_id = $1 and id = $2

-- name: announce_kkts
-- Wakes dispatchers: there are KKTs to take.
select pg_notify('fiscal_kkts', '')

-- name: is_held
-- Whether somebody holds the lease of a KKT now.
select coalesce(lease_until > $3, false) from fiscal.kkt
where merchant_id = $1 and id = $2

-- name: lease_one
-- The lease of one KKT if nobody holds it; for reading it without a dispatcher.
update fiscal.kkt
set lease_node = null, lease_generation = lease_generation + 1, lease_until = $4, updated_at = $3
where merchant_id = $1 and id = $2 and (lease_until is null or lease_until <= $3)
returning merchant_id, id, lease_generation
