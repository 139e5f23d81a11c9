-- name: find_payments
-- What payments did to the books, by the keys of their events. A payment that is held has no record yet.
select k.key, p.id, p.account_id,
       (select a.code from fiscal.account a where a.merchant_id = p.merchant_id and a.id = p.account_id) as account,
       p.paid_on, p.amount_kopecks, p.costs_kopecks, p.penalty_kopecks, p.suspended, p.agent_sign, p.parts, p.reversed_by
from fiscal.event_key k
join fiscal.payment p on p.merchant_id = k.merchant_id and p.id = k.event_id
where k.merchant_id = $1 and k.key = any ($2)

-- name: mark_reversed
-- The bank took payments back: once each, and by which event.
update fiscal.payment p
set reversed_by = r.event_id
from unnest($2::bigint[], $3::bigint[]) as r (id, event_id)
where p.merchant_id = $1 and p.id = r.id and p.reversed_by is null
