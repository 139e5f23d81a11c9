-- Receipts of several merchants as one list. A walk reads the next receipts in the order of the list, no more than $4 of
-- them, and what can be judged by a receipt's own columns comes along; the rest is read for a whole step at once. Under
-- row-level security every look at an index begins by sorting the viewer's merchants, so few looks read much, never one
-- look a row. Written for the newest first; the other way round only the order changes (receipt_lists.py).

-- name: next_receipts
-- Receipts of merchants $1 from id $2 to below id $3, where the order of ids is the way (receipt_newest).
select r.merchant_id, r.id, r.sign, r.form, r.total_kopecks, r.account_id from fiscal.receipt r
where r.merchant_id = any ($1::bigint[]) and r.id >= $2 and r.id < $3
order by r.id desc
limit $4

-- name: next_of_merchants
-- The same of few merchants: the newest of each, merged. Whoever has $4 of them is not left out by any of the others.
select n.merchant_id, n.id, n.sign, n.form, n.total_kopecks, n.account_id
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select r.merchant_id, r.id, r.sign, r.form, r.total_kopecks, r.account_id from fiscal.receipt r
    where r.merchant_id = m.id and r.id >= $2 and r.id < $3
    order by r.id desc
    limit $4
) n
order by n.id desc
limit $4

-- name: next_of_accounts
-- Receipts of accounts: $5 are their ids, each of the merchant in the same place of $1.
select n.merchant_id, n.id, n.sign, n.form, n.total_kopecks, n.account_id
from unnest($1::bigint[], $5::bigint[]) as m (id, account_id)
cross join lateral (
    select r.merchant_id, r.id, r.sign, r.form, r.total_kopecks, r.account_id from fiscal.receipt r
    where r.merchant_id = m.id and r.account_id = m.account_id and r.id >= $2 and r.id < $3
    order by r.id desc
    limit $4
) n
order by n.id desc
limit $4

-- name: next_in_queue
-- Receipts without a document that stand in one of the states $5.
select r.merchant_id, r.id, r.sign, r.form, r.total_kopecks, r.account_id
from (
    select q.merchant_id, q.receipt_id as id from fiscal.queue q
    where q.merchant_id = any ($1::bigint[]) and q.receipt_id >= $2 and q.receipt_id < $3
      and q.state = any ($5::text[]::fiscal.receipt_state[])
    order by q.receipt_id desc
    limit $4
) q
cross join lateral (
    select w.merchant_id, w.id, w.sign, w.form, w.total_kopecks, w.account_id from fiscal.receipt w
    where w.merchant_id = q.merchant_id and w.id = q.id
    limit 1
) r
order by r.id desc

-- name: next_of_document
-- Receipts whose document has the number $5, in the FN $6 or in any FN of the merchants. One key at a time: told to read
-- in the order of an index (walking.sql), a join would go through all receipts and ask of each whether it is one of them.
select r.merchant_id, r.id, r.sign, r.form, r.total_kopecks, r.account_id
from fiscal.kkt k
cross join lateral (
    select f.merchant_id, f.id from fiscal.fiscal_document f
    where f.merchant_id = k.merchant_id and f.fn_number = k.fn_number and f.fd_number = $5 and f.form in (3, 4, 31, 41)
      and f.id >= $2 and f.id < $3
    limit 1
) d
cross join lateral (
    select w.merchant_id, w.id, w.sign, w.form, w.total_kopecks, w.account_id from fiscal.receipt w
    where w.merchant_id = d.merchant_id and w.id = d.id
    limit 1
) r
where k.merchant_id = any ($1::bigint[]) and ($6::text is null or k.fn_number = $6)
order by r.id desc
limit $4

-- name: queue_between
-- Which receipts between two ids have no document.
select q.receipt_id as id, q.state::text as state from fiscal.queue q
where q.merchant_id = any ($1::bigint[]) and q.receipt_id >= $2 and q.receipt_id <= $3

-- name: confirmed_between
-- Which documents between two ids the operator has.
select e.id from fiscal.ofd_exchange e
where e.merchant_id = any ($1::bigint[]) and e.id >= $2 and e.id <= $3 and e.code = 0

-- name: documents_between
-- Which receipts between two ids an FN holds.
select d.id from fiscal.fiscal_document d
where d.merchant_id = any ($1::bigint[]) and d.id >= $2 and d.id <= $3 and d.fn_number = $4

-- name: listed_receipts
-- Receipts as a list shows them, one key at a time: a join would invite the planner to read by another index.
select r.merchant_id, r.id, r.created_at, r.form, r.sign, r.total_kopecks, r.consolidated, r.body, r.deadline,
       (select a.code from fiscal.account a where a.merchant_id = r.merchant_id and a.id = r.account_id) as account,
       q.state::text as queue_state, q.error, d.fn_number, d.fd_number, d.fiscal_sign, d.issued_at,
       (select e.code from fiscal.ofd_exchange e where e.merchant_id = r.merchant_id and e.id = r.id limit 1) as ofd_code
from unnest($1::bigint[], $2::bigint[]) with ordinality as given (merchant_id, id, place)
cross join lateral (
    select w.merchant_id, w.id, w.account_id, w.created_at, w.form, w.sign, w.total_kopecks, w.consolidated, w.body,
           w.deadline
    from fiscal.receipt w
    where w.merchant_id = given.merchant_id and w.id = given.id
    limit 1
) r
left join lateral (
    select w.state, w.error from fiscal.queue w
    where w.merchant_id = r.merchant_id and w.receipt_id = r.id
    limit 1
) q on true
left join lateral (
    select f.fn_number, f.fd_number, f.fiscal_sign, f.issued_at from fiscal.fiscal_document f
    where f.merchant_id = r.merchant_id and f.id = r.id
    limit 1
) d on true
order by given.place

-- name: accounts_by_code
-- The accounts of this code, one a merchant at the most.
select a.merchant_id, a.id from fiscal.account a
where a.merchant_id = any ($1::bigint[]) and a.code = $2

-- name: codes_like
-- Codes of accounts that begin with $2 ($3: a text behind all of them), for whoever is typing one.
select a.code from fiscal.account a
where a.merchant_id = any ($1::bigint[]) and a.code >= $2 and a.code < $3
order by a.code
limit $4

-- name: counted_days
-- Receipts of days as they were counted when the days were over (null: open), and the last day that is counted.
select coalesce(sum(d.receipts) filter (
           where ($2::date is null or d.day >= $2) and ($3::date is null or d.day <= $3)), 0)::bigint as receipts,
       max(d.day) as last_day
from fiscal.receipt_day d
where d.merchant_id = any ($1::bigint[])

-- name: fresh_receipts
-- Receipts of merchants from an id on, below another.
select count(*) from fiscal.receipt r
where r.merchant_id = any ($1::bigint[]) and r.id >= $2 and r.id < $3

-- name: receipts_in_states
-- Receipts without a document in some states, from an id on, below another.
select count(*) from fiscal.queue q
where q.merchant_id = any ($1::bigint[]) and q.receipt_id >= $2 and q.receipt_id < $3
  and q.state = any ($4::text[]::fiscal.receipt_state[])
