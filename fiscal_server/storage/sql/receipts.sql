-- name: read_receipts
-- Receipts by id, newest first, with their state, their document and the operator's answer.
select r.id, r.event_id, r.event_key, r.account_id,
       (select a.code from fiscal.account a where a.merchant_id = r.merchant_id and a.id = r.account_id) as account,
       r.form, r.sign, r.total_kopecks, r.deadline, r.consolidated, r.part, r.register_group, r.body, r.created_at,
       q.state::text as queue_state, q.error,
       d.fn_number, d.fd_number, d.fiscal_sign, d.issued_at, d.shift_number, d.number_in_shift, d.recorded_at,
       e.code as ofd_code, e.acked_at
from fiscal.receipt r
left join lateral (
    select w.state, w.error from fiscal.queue w
    where w.merchant_id = r.merchant_id and w.receipt_id = r.id
    limit 1
) q on true
left join lateral (
    select f.fn_number, f.fd_number, f.fiscal_sign, f.issued_at, f.shift_number, f.number_in_shift, f.recorded_at
    from fiscal.fiscal_document f
    where f.merchant_id = r.merchant_id and f.id = r.id
    limit 1
) d on true
left join lateral (
    select o.code, o.acked_at from fiscal.ofd_exchange o
    where o.merchant_id = r.merchant_id and o.id = r.id
    limit 1
) e on true
where r.merchant_id = $1 and r.id = any ($2::bigint[])
order by r.id desc

-- name: late_accounts
-- Accounts whose waiting receipts are less urgent than a new one. As every new receipt hastens those before it, the last
-- one that waits is the least urgent of its account; the rest of a long queue is not read.
select a.account_id
from (
    select id::bigint as account_id, day::int as day
    from rows from (json_array_elements_text($2::json), json_array_elements_text($3::json)) as given (id, day)
) as a
cross join lateral (
    select w.deadline from fiscal.queue w
    where w.merchant_id = $1 and w.account_id = a.account_id and w.state in ('COMPUTED', 'QUEUED')
    order by w.receipt_id desc
    limit 1
) as last
where last.deadline > date '0001-01-01' + (a.day - 1)

-- name: hasten_queue
-- The head of an account inherits the earliest deadline behind it: receipts that wait before new ones of their accounts.
-- Nobody waits here for a device: a receipt that is being made keeps its row as it is. Should it return to the queue
-- unmade in the moment between this statement and its commit, neither sees the other (hasten_returned) and it keeps its
-- own later day until a receipt of the account comes or returns. Only the order suffers: the urgent one behind it waits,
-- overtakes nothing, and is shown with its own deadline. Holding the row instead would let batches wait for devices.
update fiscal.queue q
set deadline = n.deadline
from unnest($2::bigint[], $3::date[]) as n (account_id, deadline)
where q.merchant_id = $1 and q.account_id = n.account_id and q.state in ('COMPUTED', 'QUEUED') and q.deadline > n.deadline

-- name: receipts_of_events
-- What events led to, oldest first, with where each receipt stands; no state: it is registered.
select r.id, r.event_id, r.event_key,
       (select a.code from fiscal.account a where a.merchant_id = r.merchant_id and a.id = r.account_id) as account,
       r.form, r.deadline, r.part, r.register_group, r.body,
       (select q.state::text from fiscal.queue q where q.merchant_id = r.merchant_id and q.receipt_id = r.id) as queue_state
from fiscal.receipt r
where r.merchant_id = $1 and r.event_id = any ($2::bigint[])
order by r.id
