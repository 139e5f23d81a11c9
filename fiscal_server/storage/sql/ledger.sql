-- name: add_accounts
-- Accounts that a batch declares; of a known one the given fields are taken over.
insert into fiscal.account as a (merchant_id, id, code, contact, payer_kind, member, services, plan_service, plan_price_kopecks)
select $1, d.id, d.code, d.contact, d.payer_kind, d.member,
       case when d.services is null then null else array(select jsonb_array_elements_text(d.services)) end,
       d.plan_service, d.plan_price_kopecks
from jsonb_to_recordset($2) as d (
    id bigint, code text, contact text, payer_kind text, member boolean, services jsonb,
    plan_service text, plan_price_kopecks bigint)
order by d.code
on conflict (merchant_id, code) do update
set contact = excluded.contact, payer_kind = excluded.payer_kind, member = excluded.member,
    services = excluded.services, plan_service = excluded.plan_service, plan_price_kopecks = excluded.plan_price_kopecks
where (a.contact, a.payer_kind, a.member, a.services, a.plan_service, a.plan_price_kopecks) is distinct from
      (excluded.contact, excluded.payer_kind, excluded.member, excluded.services, excluded.plan_service,
       excluded.plan_price_kopecks)

-- name: hold_accounts
-- Locks accounts before some of them are upserted: in code order, as everybody does.
select from unnest($2::text[]) as named (code)
join fiscal.account a on a.merchant_id = $1 and a.code = named.code
order by a.code
for update of a

-- name: hold_all_accounts
-- The same for every account of the merchant.
select from fiscal.account
where merchant_id = $1
order by code
for update

-- name: lock_accounts
-- The accounts of a batch, locked in code order; each is found by the index, however many the merchant has.
select a.id, a.code, a.contact, a.payer_kind, a.member, a.services, a.plan_service, a.plan_price_kopecks,
       a.penalty_kopecks, a.costs_kopecks, a.last_bill
from json_array_elements_text($2::json) as named (code)
join fiscal.account a on a.merchant_id = $1 and a.code = named.code
order by a.code
for update of a

-- name: lock_all_accounts
-- Every account of the merchant, locked in the same order.
select id, code, contact, payer_kind, member, services, plan_service, plan_price_kopecks,
       penalty_kopecks, costs_kopecks, last_bill
from fiscal.account
where merchant_id = $1
order by code
for update

-- name: read_accounts
-- The same without a lock: for looking.
select id, code, contact, payer_kind, member, services, plan_service, plan_price_kopecks,
       penalty_kopecks, costs_kopecks, last_bill
from fiscal.account
where merchant_id = $1 and ($2::text[] is null or code = any ($2))
order by id

-- name: read_debts
-- Open and written-off debts of accounts, in the order in which they were stored.
select account_id, off_balance, service, period, due_on, amount_kopecks, vat_code, delivered, credited,
       volume_quantity_micro, volume_price_micro, volume_measure
from fiscal.debt
where merchant_id = $1 and account_id = any ($2)
order by account_id, ordinal

-- name: read_lots
-- Advance lots of accounts, oldest first.
select account_id, received_on, amount_kopecks, vat_code, method, service, exempt
from fiscal.advance_lot
where merchant_id = $1 and account_id = any ($2)
order by account_id, ordinal

-- name: forget_debts
-- A changed account's rows are written anew as a whole.
delete from fiscal.debt
where merchant_id = $1 and account_id = any (array(select id::bigint from json_array_elements_text($2::json) as id))

-- name: forget_lots
-- A changed account's rows are written anew as a whole.
delete from fiscal.advance_lot
where merchant_id = $1 and account_id = any (array(select id::bigint from json_array_elements_text($2::json) as id))

-- name: update_accounts
-- What a computation changes in the account itself.
update fiscal.account a
set penalty_kopecks = c.penalty_kopecks, costs_kopecks = c.costs_kopecks, last_bill = c.last_bill
from jsonb_to_recordset($2) as c (id bigint, penalty_kopecks bigint, costs_kopecks bigint, last_bill jsonb)
where a.merchant_id = $1 and a.id = c.id
  and (a.penalty_kopecks, a.costs_kopecks, a.last_bill) is distinct from (c.penalty_kopecks, c.costs_kopecks, c.last_bill)

-- name: lock_book
-- The merchant's own state; the lock orders events that touch the merchant as a whole.
select closed_periods, suspense, held, pending_refunds
from fiscal.merchant_book
where merchant_id = $1
for update

-- name: read_book
-- The same without a lock.
select closed_periods, suspense, held, pending_refunds
from fiscal.merchant_book
where merchant_id = $1

-- name: update_book
-- The merchant's own state after a computation.
update fiscal.merchant_book
set closed_periods = $2, suspense = $3, held = $4, pending_refunds = $5
where merchant_id = $1

-- name: merchants_with_due_money
-- Merchants whose held payments must have their receipts today at the latest.
select b.merchant_id from fiscal.merchant_book b
where b.held <> '[]'
  and exists (select from jsonb_array_elements(b.held) h where (h ->> 'deadline')::date <= $1::date)
order by b.merchant_id

-- name: take_release
-- Whether this transaction is the one that releases a merchant's held money; nobody waits for another.
select pg_try_advisory_xact_lock(hashtextextended('fiscal.release_held', $1))

-- name: set_dues
-- What a billing system says is owed in penalties and court costs; what it leaves out stays as it is.
update fiscal.account a
set penalty_kopecks = coalesce(d.penalty_kopecks, a.penalty_kopecks), costs_kopecks = coalesce(d.costs_kopecks, a.costs_kopecks)
from jsonb_to_recordset($2) as d (code text, penalty_kopecks bigint, costs_kopecks bigint)
where a.merchant_id = $1 and a.code = d.code
