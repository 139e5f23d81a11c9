-- What a replay of accounts needs: their events in order of arrival, and what is said of them beside money.

-- name: events_of_accounts
-- Events of accounts up to one event, month closes of the merchant among them, and those that led to receipts of the
-- accounts though they are kept under another one.
select e.id, e.key, e.type,
       (select a.code from fiscal.account a where a.merchant_id = $1 and a.id = e.account_id) as account,
       e.batch_id, e.body, e.received_at
from (
    (select v.id from fiscal.account a
     cross join lateral (
         select w.id from fiscal.event w
         where w.merchant_id = $1 and w.account_id = a.id and w.id <= $3
         order by w.id
         limit $4
     ) v
     where a.merchant_id = $1 and a.code = any ($2))
    union
    (select c.id from fiscal.event c
     where c.merchant_id = $1 and c.type = 'period_close' and c.id <= $3
     order by c.id
     limit $4)
    union
    (select r.event_id from fiscal.account a
     cross join lateral (
         select w.event_id from fiscal.receipt w
         where w.merchant_id = $1 and w.account_id = a.id and w.event_id <= $3
         order by w.id
         limit $4
     ) r
     where a.merchant_id = $1 and a.code = any ($2))
) given
cross join lateral (
    select v.id, v.key, v.type, v.account_id, v.batch_id, v.body, v.received_at from fiscal.event v
    where v.merchant_id = $1 and v.id = given.id
    limit 1
) e
order by e.id
limit $4

-- name: events_by_keys
-- Accepted events by key.
select e.id, e.key, e.type,
       (select a.code from fiscal.account a where a.merchant_id = $1 and a.id = e.account_id) as account,
       e.batch_id, e.body, e.received_at
from fiscal.event_key k
cross join lateral (
    select v.id, v.key, v.type, v.account_id, v.batch_id, v.body, v.received_at from fiscal.event v
    where v.merchant_id = $1 and v.id = k.event_id
    limit 1
) e
where k.merchant_id = $1 and k.key = any ($2)

-- name: codes_before
-- Accounts of the merchant: all of them took part in a close. One more than wanted says that they are too many.
select code from fiscal.account
where merchant_id = $1 and id < $2
order by code
limit $3

-- name: bare_accounts
-- What is said of accounts beside money.
select code, contact, payer_kind, member, services, plan_service, plan_price_kopecks from fiscal.account
where merchant_id = $1 and code = any ($2)
order by id
