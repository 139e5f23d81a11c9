-- What one line of a search finds besides lists of receipts and accounts. Every look is at an index, or at the few rows
-- that merchants and slots are; $1: the merchants in sight.

-- name: merchants_by_inn
-- Merchants in sight whose taxpayer's number begins so.
select m.id, m.name, m.rules ->> 'inn' as inn from fiscal.merchant m
where m.id = any ($1::bigint[]) and starts_with(m.rules ->> 'inn', $2)
order by m.name
limit $3

-- name: kkts_by_number
-- KKTs whose FN, or whose number with the tax service, begins so.
select k.merchant_id, k.id, k.slot, k.fn_number, k.registration_number from fiscal.kkt k
where k.merchant_id = any ($1::bigint[])
  and (starts_with(k.fn_number, $2) or starts_with(k.registration_number, $2)
       or starts_with(ltrim(k.registration_number, '0'), $2))
order by k.fn_number, k.id
limit $3

-- name: merchant_of_receipt
-- Which of the merchants in sight issued the receipt of this id.
select r.merchant_id from fiscal.receipt r
where r.merchant_id = any ($1::bigint[]) and r.id = $2
limit 1
