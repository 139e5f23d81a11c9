-- name: read_node
-- Who has a node's number, by what is watched of it.
select incarnation, beat, hold_ms, lock_id, host, process, stopped_at is not null as stopped from fiscal.node
where number = $1

-- name: claim_node
-- The number for a new process, if it is still as it was seen (nothing: nobody ever had it). Draining outlives a process.
insert into fiscal.node as n (number, incarnation, beat, hold_ms, lock_id, host, process, version, started_at, seen_at)
values ($1, 1, 0, $4, $5, $6, $7, $8, $9, $9)
on conflict (number) do update
set incarnation = n.incarnation + 1, beat = n.beat + 1, hold_ms = excluded.hold_ms, lock_id = excluded.lock_id,
    host = excluded.host, process = excluded.process, version = excluded.version, started_at = excluded.started_at,
    seen_at = excluded.seen_at, stopped_at = null
where n.incarnation = $2 and n.beat = $3
returning incarnation

-- name: beat
-- A sign of life of the process that has the number; nothing when another one has it.
update fiscal.node
set beat = beat + 1, lock_id = $3, seen_at = $4
where number = $1 and incarnation = $2
returning draining

-- name: stop_node
-- Stopped in order: the number and its KKTs are free at once.
update fiscal.node
set beat = beat + 1, stopped_at = $3
where number = $1 and incarnation = $2

-- name: other_nodes
-- Nodes that may want a share of the network KKTs, by what is watched of them.
select number, incarnation, beat from fiscal.node
where number <> $1 and stopped_at is null and not draining

-- name: list_nodes
-- Every node with the KKTs that it holds and those plugged into it.
select n.number, n.host, n.process, n.version, n.started_at, n.seen_at, n.stopped_at, n.draining,
       (select count(*) from fiscal.kkt k where k.lease_node = n.number) as kkts,
       (select count(*) from fiscal.kkt k where k.home_node = n.number and k.state not in ('CLOSED', 'FAULTY')) as plugged_in
from fiscal.node n
where $1::int is null or n.number = $1
order by n.number

-- name: set_draining
-- People's wish for a node; what it does about it, it does at its next beat.
update fiscal.node
set draining = $2
where number = $1
returning number
