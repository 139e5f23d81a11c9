-- Money as it came, by the clock: ids of payments are time (ids.py), so a day is a range of the primary key.

-- name: money_by_time
-- What came in from id $2 to below id $3, in pieces of $4 milliseconds since the first of these ids. Payments that a bank
-- took back are left out. 22: the bits of an id below its milliseconds.
select (((p.id - $2) >> 22) / $4::bigint)::integer as piece, sum(p.amount_kopecks)::bigint as kopecks, count(*) as payments
from fiscal.payment p
where p.merchant_id = any ($1::bigint[]) and p.id >= $2 and p.id < $3 and p.reversed_by is null
group by 1
order by 1
