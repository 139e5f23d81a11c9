-- Accounts of several merchants as one list by code, then by merchant. Written for ascending codes; the other way round
-- the comparisons and the order change (account_lists.py). $1 merchants, behind the code $2 of the merchant $3, no more
-- than $4 rows, codes from $5 to below $6. Why so few looks at an index: receipt_lists.sql.

-- name: next_accounts
-- Accounts of merchants, where the order of codes is the way (account_code).
select a.merchant_id, a.id, a.code, a.payer_kind, a.member, false as cut from fiscal.account a
where a.merchant_id = any ($1::bigint[]) and a.code >= $5 and a.code < $6
  and ($2::text is null or (a.code >= $2 and (a.code > $2 or a.merchant_id > $3::bigint)))
order by a.code asc, a.merchant_id asc
limit $4

-- name: next_accounts_of_merchants
-- The same of few merchants: the next ones of each, merged.
select n.merchant_id, n.id, n.code, n.payer_kind, n.member, false as cut
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select a.merchant_id, a.id, a.code, a.payer_kind, a.member from fiscal.account a
    where a.merchant_id = m.id and a.code >= $5 and a.code < $6
      and ($2::text is null or (a.code >= $2 and (a.code > $2 or a.merchant_id > $3::bigint)))
    order by a.code asc
    limit $4
) n
order by n.code asc, n.merchant_id asc
limit $4

-- name: next_by_contact
-- Accounts whose contact begins with $7 ($8: a text behind all of them). $9 are looked for at the most, wherever the list
-- stands; `cut` says that there may be more.
with found as (
    select a.merchant_id, a.id, a.code, a.payer_kind, a.member, count(*) over () >= $9 as cut
    from (
        select c.merchant_id, c.id, c.code, c.payer_kind, c.member from fiscal.account c
        where c.merchant_id = any ($1::bigint[]) and c.contact >= $7 and c.contact < $8
        limit $9
    ) a
)
select merchant_id, id, code, payer_kind, member, cut from found
where code >= $5 and code < $6
  and ($2::text is null or (code >= $2 and (code > $2 or merchant_id > $3::bigint)))
order by code asc, merchant_id asc
limit $4

-- name: next_by_debt
-- Accounts that owe, the greatest debts first: the next ones of each merchant, merged. Behind the sum $2 of the account $4
-- of the merchant $3, no more than $5 rows. Sums come from the first debt of each account (ledger.py).
select n.merchant_id, n.account_id, n.kopecks
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select d.merchant_id, d.account_id, d.account_total_kopecks as kopecks from fiscal.debt d
    where d.merchant_id = m.id and d.account_total_kopecks is not null
      and ($2::bigint is null or (d.account_total_kopecks <= $2
           and (d.account_total_kopecks, d.merchant_id, d.account_id) < ($2, $3::bigint, $4::bigint)))
    order by d.account_total_kopecks desc, d.account_id desc
    limit $5
) n
order by n.kopecks desc, n.merchant_id desc, n.account_id desc
limit $5

-- name: next_by_advance
-- Accounts with advances, likewise.
select n.merchant_id, n.account_id, n.kopecks
from unnest($1::bigint[]) as m (id)
cross join lateral (
    select l.merchant_id, l.account_id, l.account_total_kopecks as kopecks from fiscal.advance_lot l
    where l.merchant_id = m.id and l.account_total_kopecks is not null
      and ($2::bigint is null or (l.account_total_kopecks <= $2
           and (l.account_total_kopecks, l.merchant_id, l.account_id) < ($2, $3::bigint, $4::bigint)))
    order by l.account_total_kopecks desc, l.account_id desc
    limit $5
) n
order by n.kopecks desc, n.merchant_id desc, n.account_id desc
limit $5

-- name: places_of_accounts
-- Accounts $2 of merchants $1 themselves.
select a.merchant_id, a.id, a.code, a.payer_kind, a.member, false as cut from fiscal.account a
where a.merchant_id = any ($1::bigint[]) and a.id = any ($2::bigint[])

-- name: debt_totals_of
-- What accounts owe, those that owe anything; $1 and $2 pair by pair.
select d.merchant_id, d.account_id, d.account_total_kopecks as kopecks from unnest($1::bigint[], $2::bigint[]) as p (merchant_id, account_id)
join fiscal.debt d on d.merchant_id = p.merchant_id and d.account_id = p.account_id
where d.account_total_kopecks is not null

-- name: advance_totals_of
-- What accounts have paid beforehand, those that have; likewise.
select l.merchant_id, l.account_id, l.account_total_kopecks as kopecks from unnest($1::bigint[], $2::bigint[]) as p (merchant_id, account_id)
join fiscal.advance_lot l on l.merchant_id = p.merchant_id and l.account_id = p.account_id
where l.account_total_kopecks is not null

-- name: debts_of_some
-- Which of accounts have debts that are not written off, due before $3 (null: whenever); $1 and $2 pair by pair. The
-- limit keeps each of them a look at an index: as a join it may be planned as a look at all debts.
select p.merchant_id, p.account_id from unnest($1::bigint[], $2::bigint[]) as p (merchant_id, account_id)
cross join lateral (
    select from fiscal.debt d
    where d.merchant_id = p.merchant_id and d.account_id = p.account_id and not d.off_balance
      and ($3::date is null or d.due_on < $3)
    limit 1
) one

-- name: advances_of_some
-- Which of accounts have advances, likewise.
select p.merchant_id, p.account_id from unnest($1::bigint[], $2::bigint[]) as p (merchant_id, account_id)
cross join lateral (
    select from fiscal.advance_lot l where l.merchant_id = p.merchant_id and l.account_id = p.account_id limit 1
) one

-- name: listed_accounts
-- Accounts $2 of merchants $1 as a list shows them, with the sums of their debts and advances now. Overdue: before $3.
with a as materialized (
    select c.merchant_id, c.id, c.code, c.contact, c.payer_kind, c.member, c.penalty_kopecks, c.costs_kopecks
    from fiscal.account c
    where c.merchant_id = any ($1::bigint[]) and c.id = any ($2::bigint[])
), d as materialized (
    select w.merchant_id, w.account_id,
           coalesce(sum(w.amount_kopecks) filter (where not w.off_balance), 0)::bigint as debts_kopecks,
           coalesce(sum(w.amount_kopecks) filter (where not w.off_balance and w.due_on < $3), 0)::bigint as overdue_kopecks,
           coalesce(sum(w.amount_kopecks) filter (where w.off_balance), 0)::bigint as off_balance_kopecks
    from fiscal.debt w
    where w.merchant_id = any ($1::bigint[]) and w.account_id = any ($2::bigint[])
    group by w.merchant_id, w.account_id
), l as materialized (
    select w.merchant_id, w.account_id, sum(w.amount_kopecks)::bigint as advances_kopecks
    from fiscal.advance_lot w
    where w.merchant_id = any ($1::bigint[]) and w.account_id = any ($2::bigint[])
    group by w.merchant_id, w.account_id
)
select a.merchant_id, a.id, a.code, a.contact, a.payer_kind, a.member, a.penalty_kopecks, a.costs_kopecks,
       coalesce(d.debts_kopecks, 0), coalesce(d.overdue_kopecks, 0), coalesce(d.off_balance_kopecks, 0),
       coalesce(l.advances_kopecks, 0)
from a
left join d on d.merchant_id = a.merchant_id and d.account_id = a.id
left join l on l.merchant_id = a.merchant_id and l.account_id = a.id

-- name: money_of_accounts
-- What all accounts of merchants owe and have, and how many they are.
select (select count(*) from fiscal.account a where a.merchant_id = any ($1::bigint[])) as accounts,
       (select coalesce(sum(d.amount_kopecks), 0)::bigint from fiscal.debt d
        where d.merchant_id = any ($1::bigint[]) and not d.off_balance) as debts_kopecks,
       (select coalesce(sum(l.amount_kopecks), 0)::bigint from fiscal.advance_lot l
        where l.merchant_id = any ($1::bigint[])) as advances_kopecks

-- name: count_debtors
-- Accounts with debts that are not written off, due before $2 (null: whenever).
select count(*) from (
    select distinct d.merchant_id, d.account_id from fiscal.debt d
    where d.merchant_id = any ($1::bigint[]) and not d.off_balance and ($2::date is null or d.due_on < $2)
) having_debts

-- name: count_advances
-- Accounts with advances.
select count(*) from (
    select distinct l.merchant_id, l.account_id from fiscal.advance_lot l
    where l.merchant_id = any ($1::bigint[])
) having_advances
