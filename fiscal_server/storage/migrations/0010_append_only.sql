-- What is only added to is only added to, whole tables included; what people state when books know less than the FNs is
-- kept so; and a database that was restored knows that it was.
-- Locks: receipt_order for a moment; kkt for a moment (a column without a default).

create table fiscal.restoration (
    id bigint primary key,               -- an id of the time of the restore: generations of leases count on from it
    restored_at timestamptz not null,
    backup_made_at timestamptz,          -- as the file says
    file text not null,
    hold_ms bigint not null,             -- how long an owner of before may still finish a document; 0: there is none
    closed_at timestamptz                -- somebody has stated that no other FN is newer than the backup
);

-- FNs that the replaced database knew and the backup does not: they joined after it was made.
create table fiscal.newer_fn (
    merchant_id bigint not null,         -- in the replaced database
    fn_number text not null,
    restoration_id bigint not null,
    address text not null,
    last_fd int not null,
    primary key (merchant_id, fn_number, restoration_id)
);

create table fiscal.adoption_statement (
    merchant_id bigint not null,
    id bigint not null,
    kind text not null check (kind in ('no_newer_fns', 'without_fn', 'let_stand')),
    hold_since timestamptz not null,     -- of the hold that it is about: a later hold asks again
    fn_number text,                      -- without_fn
    last_fd int,                         -- without_fn: the last of its documents that the books have
    trouble text,                        -- without_fn: why it could not be read
    stated_by text not null,
    reason text not null,
    stated_at timestamptz not null,
    primary key (merchant_id, id)
);
create index adoption_statement_fn on fiscal.adoption_statement (fn_number) where kind = 'without_fn';

alter table fiscal.kkt add column warm_for bigint; -- the slot at work whose successor this one is to be

create trigger adoption_statement_is_written_once before update or delete on fiscal.adoption_statement
    for each row execute function fiscal.refuse_change();
create trigger adoption_statement_is_not_emptied before truncate on fiscal.adoption_statement
    for each statement execute function fiscal.refuse_change();
create trigger receipt_order_is_not_emptied before truncate on fiscal.receipt_order
    for each statement execute function fiscal.refuse_change();
create trigger audit_is_not_emptied before truncate on fiscal.audit
    for each statement execute function fiscal.refuse_change();

-- That the database was restored is nobody's secret: whoever uses the panel may see it.
grant select on fiscal.restoration to fiscal_panel;
alter table fiscal.restoration enable row level security;
create policy panel_reads on fiscal.restoration for select to fiscal_panel using (true);

do $$
declare
    visible text;
begin
    foreach visible in array array['newer_fn', 'adoption_statement'] loop
        execute format('grant select on fiscal.%I to fiscal_panel', visible);
        execute format('alter table fiscal.%I enable row level security', visible);
        execute format(
            'create policy panel_reads on fiscal.%I for select to fiscal_panel using (merchant_id = any ('
            '(select string_to_array(coalesce(current_setting(''fiscal.merchants'', true), ''''), '','')::bigint[])::bigint[]))',
            visible);
    end loop;
end
$$;
