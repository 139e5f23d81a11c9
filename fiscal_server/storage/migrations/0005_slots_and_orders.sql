-- What people order of slots and receipts, and what a cassette, a shift and an absent device need to be known by.
-- Locks: each "alter table" holds its table for a moment; rows of fiscal.kkt, a few, are written once.

alter table fiscal.merchant
    add column timezone text not null default 'Europe/Moscow', -- in which shift_closes_at is meant
    add column shift_closes_at time;         -- null: a shift is closed when 24 hours come near

alter table fiscal.cassette
    add column rules jsonb not null default '{}'; -- cassette.policy.CassetteRules; what is missing has its default

alter table fiscal.kkt
    add column unreachable_since timestamptz, -- its device does not answer; null: it did when it was last asked
    add column paused_since timestamptz,     -- a person paused it
    add column warm_since timestamptz,       -- it is the next one soon: its shift is to be open
    add column checked_shift int not null default 0; -- totals of shifts up to this one agree, or a person accepts them
-- Shifts that an older version closed are not looked at any more.
update fiscal.kkt set checked_shift = shift_number;

alter table fiscal.queue
    add column refusals int not null default 0; -- how often a device has refused this receipt; its words are in error

alter table fiscal.kkt_request
    drop constraint kkt_request_kind_check,
    add constraint kkt_request_kind_check check (kind in (
        'read_archive', 'pause', 'resume', 'close_shift', 'rotate', 'return_to_service')),
    add column asked_by text not null default '',
    add column reason text not null default '';

-- What people did with receipts that could not go on by themselves, and on what evidence. Written once, never changed.
create table fiscal.receipt_order (
    merchant_id bigint not null,
    id bigint not null,
    receipt_id bigint not null,
    kind text not null check (kind in ('retry', 'cancel', 'settle_made', 'settle_not_made')),
    asked_by text not null check (asked_by <> ''),
    reason text not null check (reason <> ''),
    state_before fiscal.receipt_state not null,
    error_before text,                       -- the device's words of a parked receipt
    kkt_id bigint,                           -- that had the receipt in hand
    fn_number text,                          -- the rest: evidence of a receipt that was made
    fd_number int,
    fiscal_sign bigint,
    issued_at timestamp,                     -- the KKT's local clock, which has no zone
    created_at timestamptz not null,
    primary key (merchant_id, id)
);
create index receipt_order_receipt on fiscal.receipt_order (merchant_id, receipt_id);

create function fiscal.refuse_change() returns trigger
language plpgsql as $$
begin
    raise exception 'rows of % are written once', tg_table_name;
end
$$;
create trigger receipt_order_is_written_once before update or delete on fiscal.receipt_order
    for each row execute function fiscal.refuse_change();

grant select on fiscal.receipt_order to fiscal_panel;
alter table fiscal.receipt_order enable row level security;
create policy panel_reads on fiscal.receipt_order for select to fiscal_panel using (merchant_id = any (
    (select string_to_array(coalesce(current_setting('fiscal.merchants', true), ''), ',')::bigint[])::bigint[]));
