-- Cases that wait for other cases of the same client; how long a case is thought to take, and the time people spent on it.
-- Locks: office.task for a column without a default; the tables are new.

alter table office.task add column estimate_minutes int check (estimate_minutes > 0);

create table office.task_block (
    task_id bigint not null references office.task (id),
    blocker_id bigint not null references office.task (id),
    organisation_id bigint not null references office.organisation (id),  -- of both
    added_at timestamptz not null,
    person_id bigint,
    primary key (task_id, blocker_id),
    check (task_id <> blocker_id)
);
create index task_block_blocker on office.task_block (blocker_id);

-- What a case waits for, by the titles of cases that are still open; null: nothing.
create function office.blocked_by(task bigint) returns text
    language sql stable
    as $$
        select string_agg(k.title, '; ' order by k.day, k.id)
        from office.task_block x join office.task k on k.id = x.blocker_id
        where x.task_id = task and not k.is_closed
    $$;
revoke execute on function office.blocked_by(bigint) from public;
grant execute on function office.blocked_by(bigint) to fiscal_panel;

create table office.time_entry (
    id bigint primary key,
    task_id bigint not null references office.task (id),
    organisation_id bigint not null references office.organisation (id),
    person_id bigint,                    -- null: whoever sits at a machine that asks nobody to sign in
    person text not null,
    day date not null,
    minutes int not null check (minutes between 1 and 1440),
    note text not null,
    added_at timestamptz not null,
    removed_at timestamptz
);
create index time_entry_task on office.time_entry (task_id) where removed_at is null;
create index time_entry_organisation on office.time_entry (organisation_id, day) where removed_at is null;

grant select, insert, delete on office.task_block to fiscal_panel;
grant select, insert, update (removed_at) on office.time_entry to fiscal_panel;

alter table office.task_block enable row level security;
create policy in_sight on office.task_block to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or organisation_id = any ((select office.organisations_in_sight())::bigint[]));
alter table office.time_entry enable row level security;
create policy in_sight on office.time_entry to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or organisation_id = any ((select office.organisations_in_sight())::bigint[]));
