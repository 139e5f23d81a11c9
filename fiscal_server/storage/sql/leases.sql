-- A lease is (generation, beat): the generation changes with the owner and fences the writes of the one before, the beat
-- changes with every renewal. No clock is read here: whoever wants a KKT of a silent owner has watched both stand still for
-- the time that the owner named, by its own clock (dispatch/stillness.py).

-- name: kkts_in_service
-- Every KKT that some node may work with, and who holds it. A slot that stands still is worked with only when a person
-- has ordered something of it that this version knows ($1: kinds of orders).
select merchant_id, id, state = 'ACTIVE' as active, home_node, lease_node, lease_generation, lease_beat,
       coalesce(lease_hold_ms, 0) as hold_ms
from fiscal.kkt
where state not in ('CLOSED', 'FAULTY')
   or exists (select from fiscal.kkt_request r
              where r.merchant_id = kkt.merchant_id and r.kkt_id = kkt.id and r.finished_at is null
                and r.kind = any ($1::text[]))
order by merchant_id, id

-- name: take_leases
-- Takes KKTs whose lease is still as it was seen. Locks in the order of lock_owned_kkts, as all that locks several does.
with seen as (
    select k.merchant_id, k.id
    from fiscal.kkt k
    join unnest($4::bigint[], $5::bigint[], $6::bigint[]) as s (id, generation, beat)
        on k.id = s.id and k.lease_generation = s.generation and k.lease_beat is not distinct from s.beat
    order by k.merchant_id, k.id
    for no key update of k
)
update fiscal.kkt k
set lease_node = $1, lease_generation = k.lease_generation + 1, lease_beat = 0, lease_hold_ms = $2, updated_at = $3
from seen s
where k.merchant_id = s.merchant_id and k.id = s.id
returning k.merchant_id, k.id, k.lease_generation

-- name: renew_leases
-- A beat more for those that are still ours.
with ours as (
    select k.merchant_id, k.id
    from fiscal.kkt k
    join unnest($1::bigint[], $2::bigint[]) as o (id, generation)
        on k.id = o.id and k.lease_generation = o.generation
    order by k.merchant_id, k.id
    for no key update of k
)
update fiscal.kkt k
set lease_beat = k.lease_beat + 1
from ours o
where k.merchant_id = o.merchant_id and k.id = o.id
returning k.id

-- name: release_leases
-- Given back with nothing under way: free for others at once.
with ours as (
    select k.merchant_id, k.id
    from fiscal.kkt k
    join unnest($1::bigint[], $2::bigint[]) as o (id, generation)
        on k.id = o.id and k.lease_generation = o.generation
    order by k.merchant_id, k.id
    for no key update of k
)
update fiscal.kkt k
set lease_node = null, lease_beat = null, lease_hold_ms = null
from ours o
where k.merchant_id = o.merchant_id and k.id = o.id
returning k.id

-- name: read_lease
-- Who holds one KKT, by what is watched of it.
select lease_generation, lease_beat, coalesce(lease_hold_ms, 0) as hold_ms from fiscal.kkt
where merchant_id = $1 and id = $2

-- name: take_one
-- The lease of one KKT as it was seen, whatever its state; for reading it without a dispatcher.
update fiscal.kkt
set lease_node = null, lease_generation = lease_generation + 1, lease_beat = 0, lease_hold_ms = $4, updated_at = $3
where merchant_id = $1 and id = $2 and lease_generation = $5 and lease_beat is not distinct from $6
returning merchant_id, id, lease_generation

-- name: set_home
-- Plugged into another node, or (null) within reach of all.
update fiscal.kkt
set home_node = $3
where merchant_id = $1 and fn_number = $2
returning id
