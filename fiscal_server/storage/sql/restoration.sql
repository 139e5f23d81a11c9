-- name: open_restoration
-- The database is what a backup says, and whoever looks shall know it.
insert into fiscal.restoration (id, restored_at, backup_made_at, file, hold_ms) values ($1, $2, $3, $4, $5)

-- name: hold_everybody
-- Whatever was made since the backup stands in FNs, and nobody has read them.
insert into fiscal.hold (merchant_id, reason, since)
select id, $1, $2 from fiscal.merchant
on conflict (merchant_id) do update set reason = excluded.reason, since = excluded.since

-- name: fence_leases
-- Owners of the time after the backup may still live. Generations begin anew at $1, an id of the time of the restore,
-- which no database before has given out; and every KKT is held by nobody who renews, so that whoever wants it watches it
-- stand still first, as long as an owner who was cut off may act.
update fiscal.kkt
set lease_generation = $1, lease_node = null, lease_beat = 0, lease_hold_ms = $2

-- name: fence_nodes
-- The same for the numbers of nodes: who had one then shall not find its incarnation again.
update fiscal.node set incarnation = $1

-- name: free_leases
-- Every owner of before has given back what it held: nobody is under way.
with told as (
    update fiscal.restoration set hold_ms = 0 where id = $1
)
update fiscal.kkt
set lease_beat = null, lease_hold_ms = null
where lease_generation = $1 and lease_beat = 0

-- name: leases_of_fns
-- How the leases of a database stand: by them a restore sees whether an owner may still be under way, and by the FNs which
-- of them joined after a backup. Of a replaced database too, whose schema may be older: columns of all versions since 6.
select merchant_id, fn_number, address, last_fd, lease_generation, lease_beat is not null as held,
       coalesce(lease_hold_ms, (select max(n.hold_ms) from fiscal.node n), 0) as hold_ms
from fiscal.kkt

-- name: add_newer_fn
-- An FN that the replaced database knew and the backup does not.
insert into fiscal.newer_fn (merchant_id, fn_number, restoration_id, address, last_fd) values ($1, $2, $3, $4, $5)

-- name: open_restorations
-- Restores after which nobody has stated yet that all FNs are known, the last one first.
select id, restored_at, backup_made_at, file, hold_ms from fiscal.restoration
where closed_at is null
order by id desc

-- name: newer_fns
-- FNs that are known to be newer than a backup, and are neither in the books again nor written off.
select distinct n.merchant_id, n.fn_number, n.address, n.last_fd
from fiscal.newer_fn n
join fiscal.restoration r on r.id = n.restoration_id and r.closed_at is null
where not exists (select from fiscal.kkt k where k.fn_number = n.fn_number)
  and not exists (
      select from fiscal.adoption_statement s where s.kind = 'without_fn' and s.fn_number = n.fn_number)
order by n.merchant_id, n.fn_number

-- name: close_restorations
-- All FNs are known by now, as somebody has stated.
update fiscal.restoration set closed_at = $1 where closed_at is null

-- name: hold_newcomer
-- A merchant that joins while nobody knows whether it was there before: its receipts may stand in FNs.
insert into fiscal.hold (merchant_id, reason, since)
select $1, 'it joins a database that was restored from ' || r.file, $2
from fiscal.restoration r
where r.closed_at is null
order by r.id desc
limit 1
on conflict (merchant_id) do nothing

-- name: state
-- What a person states, and on what ground.
insert into fiscal.adoption_statement (
    merchant_id, id, kind, hold_since, fn_number, last_fd, trouble, stated_by, reason, stated_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: has_stated
-- Whether it was stated for this very hold that no FN is newer than the books.
select exists (
    select from fiscal.adoption_statement
    where merchant_id = $1 and kind = 'no_newer_fns' and hold_since = $2)

-- name: fns_written_off
-- FNs that nobody will read any more, by whoever's word.
select merchant_id, fn_number from fiscal.adoption_statement
where kind = 'without_fn'
