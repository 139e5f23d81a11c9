-- Ledgers as columns of numbers, one array a column (accounting/receipts/bulk/layout.py says what each means): thousands of
-- rows come as a handful of arrays. $2 are the accounts in the order of their numbers, $3 the services of the catalogue.

-- name: debt_columns
-- Debts of accounts, those off balance behind the open ones; -1 for a service that the catalogue does not hold.
select array_agg(n), array_agg(service), array_agg(period), array_agg(due_on), array_agg(amount), array_agg(vat_code),
       array_agg(marks), array_agg(volume_quantity), array_agg(volume_price), array_agg(volume_measure)
from (
    select a.place - 1 as n, coalesce(s.place - 1, -1) as service,
           left(d.period, 4)::bigint * 12 + right(d.period, 2)::bigint - 1 as period,
           (d.due_on - date '0001-01-01' + 1)::bigint as due_on, d.amount_kopecks as amount,
           d.vat_code::bigint as vat_code,
           (d.delivered::int + 2 * d.credited::int + 4 * d.off_balance::int)::bigint as marks,
           coalesce(d.volume_quantity_micro, -1) as volume_quantity, coalesce(d.volume_price_micro, -1) as volume_price,
           d.volume_measure::bigint as volume_measure
    from json_array_elements_text($2::json) with ordinality as a (id, place)
    join fiscal.debt d on d.merchant_id = $1 and d.account_id = a.id::bigint
    left join unnest($3::text[]) with ordinality as s (name, place) on s.name = d.service
    order by a.place, d.ordinal
) as debts

-- name: lot_columns
-- Advance lots of accounts, oldest first; service -1 for none, -2 for one that the catalogue does not hold.
select array_agg(n), array_agg(received_on), array_agg(amount), array_agg(vat_code), array_agg(method),
       array_agg(service), array_agg(exempt)
from (
    select a.place - 1 as n, (l.received_on - date '0001-01-01' + 1)::bigint as received_on,
           l.amount_kopecks as amount, l.vat_code::bigint as vat_code, l.method::bigint as method,
           case when l.service is null then -1 else coalesce(s.place - 1, -2) end as service,
           case l.exempt when 'legal_payer' then 1 when 'exempt_member' then 2 else 0 end::bigint as exempt
    from json_array_elements_text($2::json) with ordinality as a (id, place)
    join fiscal.advance_lot l on l.merchant_id = $1 and l.account_id = a.id::bigint
    left join unnest($3::text[]) with ordinality as s (name, place) on s.name = l.service
    order by a.place, l.ordinal
) as lots

-- name: settlement_columns
-- Settlements of accounts in order of creation, the ids of their rows first. No event of this computation made them.
select array_agg(id), array_agg(n), array_agg(service), array_agg(period), array_agg(amount), array_agg(vat_code),
       array_agg(form), array_agg(settled_on), array_agg(exempt), array_agg(lot_received_on), array_agg(lot_vat_code),
       array_agg(lot_method), array_agg(lot_service), array_agg(-1::bigint)
from (
    select t.id, a.place - 1 as n, coalesce(s.place - 1, -1) as service,
           left(t.period, 4)::bigint * 12 + right(t.period, 2)::bigint - 1 as period, t.amount_kopecks as amount,
           t.vat_code::bigint as vat_code,
           array_position(array['cash', 'noncash', 'counter', 'advance'], t.form)::bigint - 1 as form,
           (t.settled_on - date '0001-01-01' + 1)::bigint as settled_on,
           case t.exempt when 'legal_payer' then 1 when 'exempt_member' then 2 else 0 end::bigint as exempt,
           coalesce(t.lot_received_on - date '0001-01-01' + 1, -1)::bigint as lot_received_on,
           coalesce(t.lot_vat_code, -1)::bigint as lot_vat_code, coalesce(t.lot_method, -1)::bigint as lot_method,
           case when t.lot_service is null then -1 else coalesce(l.place - 1, -2) end as lot_service
    from unnest($2::bigint[]) with ordinality as a (id, place)
    join fiscal.settlement t on t.merchant_id = $1 and t.account_id = a.id
    left join unnest($3::text[]) with ordinality as s (name, place) on s.name = t.service
    left join unnest($3::text[]) with ordinality as l (name, place) on l.name = t.lot_service
    where a.id = any ($4)
    order by a.place, t.id
) as settlements
