-- Settlements are found by their account and by nothing else: one index is enough, and a month close writes millions of them.
-- The id stays unique by itself: it comes from the process' own id maker.
-- Locks: fiscal.settlement exclusively while its key is built anew, about 1 s a million rows.

alter table fiscal.settlement drop constraint settlement_pkey;
drop index fiscal.settlement_account;
alter table fiscal.settlement add primary key (merchant_id, account_id, id);
