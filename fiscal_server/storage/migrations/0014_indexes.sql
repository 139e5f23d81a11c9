-- What people look through: an account's events, month closes and shifts, each newest first whatever else there is. The
-- partial ones hold a row a month, or two rows a day and KKT: they cost writers nothing.
-- Locks: writes of fiscal.event and fiscal.fiscal_document wait while the indexes are built, about 1 s a million events.

create index event_account on fiscal.event (merchant_id, account_id, id);
create index event_close on fiscal.event (merchant_id, id) where type = 'period_close';
create index fiscal_document_shift on fiscal.fiscal_document (merchant_id, id) where form = 2;
create index fiscal_document_report on fiscal.fiscal_document (merchant_id, fn_number, fd_number) where form in (2, 5);
