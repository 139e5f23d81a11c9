-- Everything on one screen for people who watch: cheap enough to be asked every second. Nothing here counts the rows of a
-- big table: totals come from the counters of batches and KKTs, lists from the newest end of a primary key.

-- name: let_see
-- Makes the rows of some merchants (a list of ids with commas) visible to the panel's role until the transaction ends.
select set_config('fiscal.merchants', $1, true)

-- name: merchant_names
-- Who there is, oldest first: their names, in sight or not.
select id, name from office.merchant_names()

-- name: unfinished_by_state
-- What stands in the queue, by merchant and state, and how much of it was made since a moment (the first id of it).
select merchant_id, state::text as state, count(*) as receipts, count(*) filter (where receipt_id >= $2) as since
from fiscal.queue
where merchant_id = any ($1)
group by merchant_id, state

-- name: batches_since
-- What billing systems sent since a moment (the first id of it), and how many receipts came of it.
select merchant_id, count(*) as batches, coalesce(sum(events), 0)::bigint as events,
       coalesce(sum(receipts), 0)::bigint as receipts
from fiscal.batch
where merchant_id = any ($1) and id >= $2
group by merchant_id

-- name: slots_in_sight
-- Cassettes with their slots in order; a cassette without slots gives one row of nulls. The oldest document that the
-- operator lacks is the one after the last it has.
select c.merchant_id, c.id as cassette_id, c.name as cassette, k.id, k.slot, k.fn_number, k.emulated, k.state::text as state,
       k.last_fd, k.acked_fd, k.shift_number, k.shift_opened_at, k.documents_left, k.valid_until, k.fault,
       k.unreachable_since, k.paused_since, oldest.recorded_at as unconfirmed_since
from fiscal.cassette c
left join fiscal.kkt k on k.merchant_id = c.merchant_id and k.cassette_id = c.id
left join lateral (
    select d.recorded_at
    from fiscal.fiscal_document d
    where k.acked_fd < k.last_fd
      and d.merchant_id = k.merchant_id and d.fn_number = k.fn_number and d.fd_number = k.acked_fd + 1
    limit 1
) oldest on true
where c.merchant_id = any ($1)
order by c.merchant_id, c.id, k.slot

-- name: last_rotations
-- The newest rotations of each merchant, with the slots that gave way and took over.
select r.merchant_id, r.cassette_id, r.rotated_at, r.reason, f.slot as from_slot, f.fn_number as from_fn, t.slot as to_slot,
       t.fn_number as to_fn
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select o.merchant_id, o.id, o.cassette_id, o.from_kkt_id, o.to_kkt_id, o.reason, o.rotated_at
    from fiscal.rotation o
    where o.merchant_id = m.id
    order by o.id desc
    limit $2
) r
join fiscal.kkt f on f.merchant_id = r.merchant_id and f.id = r.from_kkt_id
left join fiscal.kkt t on t.merchant_id = r.merchant_id and t.id = r.to_kkt_id
order by r.merchant_id, r.id desc

-- name: last_receipts
-- The newest receipts of each merchant and what has become of them. The list is cut first and completed afterwards, one
-- key at a time: a join would invite the planner to read whole partitions.
select r.merchant_id, r.id, r.created_at, r.form, r.sign, r.total_kopecks, r.consolidated, r.body,
       (select a.code from fiscal.account a where a.merchant_id = r.merchant_id and a.id = r.account_id) as account,
       (select q.state::text from fiscal.queue q where q.merchant_id = r.merchant_id and q.receipt_id = r.id) as queue_state,
       d.fn_number, d.fd_number, d.fiscal_sign, d.issued_at,
       (select e.code from fiscal.ofd_exchange e where e.merchant_id = r.merchant_id and e.id = r.id) as ofd_code
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select n.merchant_id, n.id, n.account_id, n.created_at, n.form, n.sign, n.total_kopecks, n.consolidated, n.body
    from fiscal.receipt n
    where n.merchant_id = m.id
    order by n.id desc
    limit $2
) r
left join lateral (
    select f.fn_number, f.fd_number, f.fiscal_sign, f.issued_at
    from fiscal.fiscal_document f
    where f.merchant_id = r.merchant_id and f.id = r.id
    limit 1
) d on true
order by r.merchant_id, r.id desc

-- name: refused_receipts
-- Receipts that a device refused, newest first, with its words: a person has to look at them.
select q.merchant_id, r.id, r.created_at, r.form, r.sign, r.total_kopecks, r.consolidated, r.body,
       (select a.code from fiscal.account a where a.merchant_id = r.merchant_id and a.id = r.account_id) as account,
       q.error, q.updated_at as refused_at
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select w.merchant_id, w.receipt_id, w.error, w.updated_at
    from fiscal.queue w
    where w.merchant_id = m.id and w.state = 'REFUSED'
    order by w.receipt_id desc
    limit $2
) q
join fiscal.receipt r on r.merchant_id = q.merchant_id and r.id = q.receipt_id
order by q.merchant_id, r.id desc
