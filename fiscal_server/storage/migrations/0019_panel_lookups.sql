-- What people of many merchants look through: a list of all of them in one order has an index in that order. Under
-- row-level security a look into an index of each merchant in turn costs three hundred times the same preparation.

create index receipt_newest on fiscal.receipt (id, merchant_id);
create index account_code on fiscal.account (code, merchant_id);
-- An account by the telephone or the mail address of its payer.
create index account_contact on fiscal.account (merchant_id, contact) where contact is not null;
-- Which receipt a correction corrects, asked from the correction's side.
create index corrected_receipt_event on fiscal.corrected_receipt (merchant_id, event_id);
