-- Dispatch nodes, the nodes that KKTs are plugged into, and leases that no wall clock decides (docs/decisions/0009-leases.md).

create table fiscal.node (
    number int primary key check (number between 0 and 1023),
    incarnation bigint not null,         -- of the process that has the number; fences the one before
    beat bigint not null,                -- moves while the process lives
    hold_ms bigint not null,             -- how long its leases bind others after its last beat
    lock_id text,                        -- of the lock file that it holds: who gets that file knows that it is dead
    host text not null,
    process int not null,
    version text not null,
    started_at timestamptz not null,
    seen_at timestamptz not null,        -- for people; decides nothing
    stopped_at timestamptz,              -- stopped in order: nothing is under way
    draining boolean not null default false
) with (fillfactor = 50);

alter table fiscal.kkt
    add column home_node int,            -- the node that it is plugged into; null: any node reaches it over the network
    add column lease_beat bigint,        -- moves with every renewal; null: nobody holds it
    add column lease_hold_ms bigint;     -- how long the lease binds others after its last renewal

update fiscal.kkt set home_node = coalesce(lease_node, 0) where address not like 'fn+tcp:%';
update fiscal.kkt set lease_beat = 0, lease_hold_ms = 50000 where lease_until is not null;
alter table fiscal.kkt drop column lease_until;

alter table fiscal.api_key
    add column operations boolean not null default false; -- may also see and drain the nodes of the installation

-- Nodes are no merchant's: whoever uses the panel may see how they stand.
grant select on fiscal.node to fiscal_panel;
alter table fiscal.node enable row level security;
create policy panel_reads on fiscal.node for select to fiscal_panel using (true);
