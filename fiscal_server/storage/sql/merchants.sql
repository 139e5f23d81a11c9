-- name: hold_merchant_row
-- A merchant whose settings or rules are about to be changed; batches go on reading it.
select id, name, rules, receipt_id_tag, cashier, place, address, timezone, shift_closes_at from fiscal.merchant
where id = $1
for no key update

-- name: set_settings
-- What the merchant's documents say, and when its shifts are closed.
update fiscal.merchant set place = $2, cashier = $3, timezone = $4, shift_closes_at = $5
where id = $1

-- name: set_merchant_rules
-- The rules by which receipts are computed from the next batch on.
update fiscal.merchant set rules = $2
where id = $1

-- name: services_in_use
-- Which of some services accounts owe for, have paid for (a bank may take the money back), were billed for last, or are
-- subscribed to; and those of money that went back and waits for its receipt. Whatever is there more often comes first.
select given.service
from unnest($2::text[]) as given (service)
where exists (select from fiscal.debt d where d.merchant_id = $1 and d.service = given.service)
   or exists (select from fiscal.advance_lot l where l.merchant_id = $1 and l.service = given.service)
   or exists (select from fiscal.account a
              where a.merchant_id = $1
                and (a.plan_service = given.service or given.service = any (a.services)
                     or a.last_bill -> 'lines' @> jsonb_build_array(jsonb_build_object('service', given.service))))
   or exists (select from fiscal.settlement s
              where s.merchant_id = $1 and (s.service = given.service or s.lot_service = given.service))
   or exists (select from fiscal.merchant_book b
              where b.merchant_id = $1
                and b.pending_refunds @> jsonb_build_array(jsonb_build_object('service', given.service)))
