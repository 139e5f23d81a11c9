-- name: open_requests
-- Orders of people to one KKT, oldest first.
select id, kind, asked_by, reason, created_at, details, progress from fiscal.kkt_request
where merchant_id = $1 and kkt_id = $2 and finished_at is null
order by id

-- name: add_request
-- An order to a KKT; its lease holder acts.
insert into fiscal.kkt_request (merchant_id, id, kkt_id, kind, created_at, asked_by, reason, details)
select k.merchant_id, $2, k.id, $4, $5, $6, $7, $8 from fiscal.kkt k where k.merchant_id = $1 and k.id = $3
returning id

-- name: finish_request
-- What came of an order.
update fiscal.kkt_request
set finished_at = $3, answer = $4
where merchant_id = $1 and id = $2 and finished_at is null

-- name: note_progress
-- How far orders have come; gives those that somebody still waits for.
update fiscal.kkt_request
set answer = $3
where merchant_id = $1 and id = any ($2) and finished_at is null
returning id

-- name: note_order_progress
-- How far the KKT's owner has come with an order: kept before the device is asked for what happens once.
update fiscal.kkt_request
set progress = $3
where merchant_id = $1 and id = $2 and finished_at is null

-- name: read_request
-- An order and its answer, if any.
select finished_at, answer from fiscal.kkt_request
where merchant_id = $1 and id = $2

-- name: list_orders
-- Orders to one KKT, newest first; readings of its archive are no orders.
select id, kkt_id, kind, asked_by, reason, created_at, finished_at, answer from fiscal.kkt_request
where merchant_id = $1 and kkt_id = $2 and kind <> 'read_archive' and ($3::bigint is null or id = $3)
order by id desc
limit $4

-- name: registration_as_told
-- The last time that a KKT said what it is registered with, and the last change that was reported to the tax service.
select distinct on (kind) id, kind, finished_at, details, answer -> 'done' as done
from fiscal.kkt_request
where merchant_id = $1 and kkt_id = $2 and kind in ('read_registration', 're_register') and answer ? 'done'
order by kind, id desc
