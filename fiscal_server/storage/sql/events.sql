-- Events as people look at them. Pages are cut first, by one index, and completed afterwards.

-- name: newest_events
-- The next events of a merchant below an id, newest first.
select id, type from fiscal.event
where merchant_id = $1 and id >= $2 and id < $3
order by id desc
limit $4

-- name: newest_closes
-- The same of month closes, which have an index of their own.
select id, type from fiscal.event
where merchant_id = $1 and id >= $2 and id < $3 and type = 'period_close'
order by id desc
limit $4

-- name: newest_events_of_account
-- The same of one account.
select id, type from fiscal.event
where merchant_id = $1 and id >= $2 and id < $3 and account_id = $5
order by id desc
limit $4

-- name: read_events
-- Events by id, newest first.
select e.id, e.key, e.type,
       (select a.code from fiscal.account a where a.merchant_id = $1 and a.id = e.account_id) as account,
       e.batch_id, e.body, e.received_at
from unnest($2::bigint[]) as given (id)
cross join lateral (
    select v.id, v.key, v.type, v.account_id, v.batch_id, v.body, v.received_at from fiscal.event v
    where v.merchant_id = $1 and v.id = given.id
    limit 1
) e
order by e.id desc

-- name: event_by_key
-- The id of an accepted event.
select event_id from fiscal.event_key
where merchant_id = $1 and key = $2

-- name: receipts_by_event
-- Ids of the receipts that events led to, oldest first, at most $3 of each event. A receipt is younger than its event.
select given.id as event_id, r.id
from unnest($2::bigint[]) as given (id)
cross join lateral (
    select w.id from fiscal.receipt w
    where w.merchant_id = $1 and w.event_id = given.id and w.id > given.id
    order by w.id
    limit $3
) r
order by r.id
