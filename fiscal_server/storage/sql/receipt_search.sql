-- A search walks down one index in steps: first ids of the next receipts, newest first, then which of them are meant, one
-- key at a time, and at last those whole (receipts.sql). So no page costs more than the rows that it looks at, and the
-- planner is never tempted to read whole partitions.

-- name: newest_receipts
-- The next receipts of a merchant below an id.
select id from fiscal.receipt
where merchant_id = $1 and id >= $2 and id < $3
order by id desc
limit $4

-- name: newest_of_account
-- The same of one account.
select id from fiscal.receipt
where merchant_id = $1 and id >= $2 and id < $3 and account_id = $5
order by id desc
limit $4

-- name: newest_in_queue
-- The same of receipts that have no document yet.
select receipt_id as id from fiscal.queue
where merchant_id = $1 and receipt_id >= $2 and receipt_id < $3
order by receipt_id desc
limit $4

-- name: newest_parked
-- The same of those that wait for a person or for the FN's word.
select receipt_id as id from fiscal.queue
where merchant_id = $1 and receipt_id >= $2 and receipt_id < $3 and state in ('REFUSED', 'UNCERTAIN')
order by receipt_id desc
limit $4

-- name: newest_of_document
-- Receipts whose document has this number, in one FN or in any FN of the merchant.
select d.id
from fiscal.kkt k
cross join lateral (
    select f.id from fiscal.fiscal_document f
    where f.merchant_id = $1 and f.fn_number = k.fn_number and f.fd_number = $5 and f.form in (3, 4, 31, 41)
    limit 1
) d
where k.merchant_id = $1 and ($6::text is null or k.fn_number = $6) and d.id >= $2 and d.id < $3
order by d.id desc
limit $4

-- name: meant_receipts
-- Which of some receipts have what was asked for; null asks for nothing.
select r.id
from unnest($2::bigint[]) as given (id)
cross join lateral (
    select w.id, w.sign, w.total_kopecks, w.account_id from fiscal.receipt w
    where w.merchant_id = $1 and w.id = given.id
    limit 1
) r
where ($3::smallint is null or r.sign = $3)
  and ($4::bigint is null or r.total_kopecks >= $4)
  and ($5::bigint is null or r.total_kopecks <= $5)
  and ($6::bigint is null or r.account_id = $6)
  and ($7::text is null or $7 = (
      select d.fn_number from fiscal.fiscal_document d where d.merchant_id = $1 and d.id = r.id limit 1))
  and ($8::text is null or $8 = coalesce(
      (select q.state::text from fiscal.queue q where q.merchant_id = $1 and q.receipt_id = r.id limit 1),
      case when (select e.code from fiscal.ofd_exchange e where e.merchant_id = $1 and e.id = r.id limit 1) = 0
           then 'OFD_ACKED' else 'REGISTERED' end))
order by r.id desc

-- name: account_by_code
-- The id under which an account's rows are kept.
select id from fiscal.account
where merchant_id = $1 and code = $2

-- name: estimate_receipts
-- How many receipts the planner expects between two ids.
explain (format json) select from fiscal.receipt
where merchant_id = $1 and id >= $2 and id < $3

-- name: estimate_queue
-- How many receipts without a document it expects.
explain (format json) select from fiscal.queue
where merchant_id = $1 and receipt_id >= $2 and receipt_id < $3
