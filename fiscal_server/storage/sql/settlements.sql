-- name: read_settlements
-- How delivered services of accounts were settled, in order of creation, with the keys of the events that settled them.
select s.account_id, s.id, s.service, s.period, s.amount_kopecks, s.vat_code, s.form, s.settled_on, s.exempt,
       s.lot_received_on, s.lot_vat_code, s.lot_method, s.lot_service, coalesce(e.key, '') as event_key
from fiscal.settlement s
left join lateral (
    select v.key from fiscal.event v
    where v.merchant_id = s.merchant_id and v.id = s.event_id
    limit 1
) e on true
where s.merchant_id = $1 and s.account_id = any ($2)
order by s.account_id, s.id

-- name: lower_settlements
-- What is left of settlements of which a part was given back.
update fiscal.settlement s
set amount_kopecks = l.amount_kopecks
from unnest($2::bigint[], $3::bigint[], $4::bigint[]) as l (account_id, id, amount_kopecks)
where s.merchant_id = $1 and s.account_id = l.account_id and s.id = l.id

-- name: forget_settlements
-- Settlements that were given back whole.
delete from fiscal.settlement s
using unnest($2::bigint[], $3::bigint[]) as g (account_id, id)
where s.merchant_id = $1 and s.account_id = g.account_id and s.id = g.id
