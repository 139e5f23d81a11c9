-- Receipts a day: what the forecast learns from. Counted once when a day is over, never again.
-- Locks: none that matters, the table is new.

create table fiscal.receipt_day (
    merchant_id bigint not null,
    day date not null,                   -- in the server's time zone
    receipts integer not null,           -- computed on that day
    primary key (merchant_id, day)
);

grant select on fiscal.receipt_day to fiscal_panel;
alter table fiscal.receipt_day enable row level security;
create policy panel_reads on fiscal.receipt_day for select to fiscal_panel using (merchant_id = any (
    (select string_to_array(coalesce(current_setting('fiscal.merchants', true), ''), ',')::bigint[])::bigint[]));
