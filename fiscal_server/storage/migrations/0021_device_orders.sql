-- What people order of a node rather than of a KKT: look what is plugged into it, register an FN and put it into a cassette.
-- Locks: everything is new.

create table fiscal.device_order (
    merchant_id bigint not null,
    id bigint not null,
    node int not null,                   -- which one acts
    kind text not null check (kind in ('find_devices', 'add_kkt')),
    details jsonb,                       -- of add_kkt: storage/device_orders.py
    asked_by text not null check (asked_by <> ''),
    reason text not null check (reason <> ''),
    created_at timestamptz not null,
    finished_at timestamptz,
    answer jsonb,
    primary key (merchant_id, id)
);
create index device_order_open on fiscal.device_order (node, id) where finished_at is null;

grant select on fiscal.device_order to fiscal_panel;
alter table fiscal.device_order enable row level security;
create policy panel_reads on fiscal.device_order for select to fiscal_panel using (merchant_id = any (
    (select string_to_array(coalesce(current_setting('fiscal.merchants', true), ''), ',')::bigint[])::bigint[]));
