-- Accounts as people look at them. Nothing here locks.

-- name: accounts_after
-- The next accounts by code behind $2, of those that begin with $3 ($4: a text behind all of them), with what they owe and
-- have now.
select a.id, a.code, a.contact, a.payer_kind, a.member, a.penalty_kopecks, a.costs_kopecks,
       (select coalesce(sum(d.amount_kopecks), 0)::bigint from fiscal.debt d
        where d.merchant_id = $1 and d.account_id = a.id and not d.off_balance) as debts_kopecks,
       (select coalesce(sum(d.amount_kopecks), 0)::bigint from fiscal.debt d
        where d.merchant_id = $1 and d.account_id = a.id and d.off_balance) as off_balance_kopecks,
       (select coalesce(sum(l.amount_kopecks), 0)::bigint from fiscal.advance_lot l
        where l.merchant_id = $1 and l.account_id = a.id) as advances_kopecks
from (
    select id, code, contact, payer_kind, member, penalty_kopecks, costs_kopecks from fiscal.account
    where merchant_id = $1 and code > $2 and code >= $3 and code < $4 and starts_with(code, $3)
    order by code
    limit $5
) a
order by a.code

-- name: history_of_account
-- The next entries of an account's history below an id, newest first: events, settlements and receipts. Ids of all three
-- ascend with time, so the newest of each are the newest of all.
select kind, id
from (
    (select 'event' as kind, id from fiscal.event
     where merchant_id = $1 and account_id = $2 and id < $3
     order by id desc
     limit $4)
    union all
    (select 'settlement' as kind, id from fiscal.settlement
     where merchant_id = $1 and account_id = $2 and id < $3
     order by id desc
     limit $4)
    union all
    (select 'receipt' as kind, id from fiscal.receipt
     where merchant_id = $1 and account_id = $2 and id < $3
     order by id desc
     limit $4)
) newest
order by id desc
limit $4

-- name: settlements_of_account
-- Some settlements of an account, by id.
select s.id, s.service, s.period, s.amount_kopecks, s.vat_code, s.form, s.settled_on, s.exempt, s.lot_received_on,
       coalesce((select e.key from fiscal.event e where e.merchant_id = $1 and e.id = s.event_id limit 1), '') as event_key
from fiscal.settlement s
where s.merchant_id = $1 and s.account_id = $2 and s.id = any ($3)
