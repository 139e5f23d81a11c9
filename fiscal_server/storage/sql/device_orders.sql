-- name: add_device_order
-- An order to a node that has not stopped; nothing when there is no such node.
insert into fiscal.device_order (merchant_id, id, node, kind, details, asked_by, reason, created_at)
select $1, $2, n.number, $4, $5, $6, $7, $8 from fiscal.node n
where n.number = $3 and n.stopped_at is null
returning id

-- name: open_device_orders
-- What a node has not answered yet, oldest first.
select merchant_id, id, kind, details, asked_by, reason from fiscal.device_order
where node = $1 and finished_at is null
order by id
limit 10

-- name: answer_device_order
-- What came of an order to a node; the first answer stays.
update fiscal.device_order
set finished_at = $3, answer = $4
where merchant_id = $1 and id = $2 and finished_at is null

-- name: list_device_orders
-- Orders of a merchant to nodes, newest first; one of them, or all.
select id, node, kind, details, asked_by, reason, created_at, finished_at, answer from fiscal.device_order
where merchant_id = $1 and ($2::bigint is null or id = $2)
order by id desc
limit $3
