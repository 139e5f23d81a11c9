-- Cases of the office: who checks and who watches them, their files, what comes round by template, what was done daily.
-- Locks: office.task and office.task_event, which are small by now.

alter table office.task
    add column reviewer_id bigint references office.person (id),
    add column watchers bigint[] not null default '{}',
    add column is_owner_chosen boolean not null default false,   -- by hand: assignments change nothing
    add column is_submitted boolean not null default false,      -- goes to an authority, which accepts it
    add column is_closed boolean not null
        generated always as (state in ('done', 'not_required', 'cancelled')) stored,
    add column day date not null                                 -- by which it is to be done; lists are in its order
        generated always as (coalesce(target_date, legal_date, 'infinity'::date)) stored,
    add column closed_at timestamptz;
alter table office.task_event add column mentions bigint[] not null default '{}';

create index task_day on office.task (is_closed, day, id);
create index task_owner_day on office.task (owner_id, is_closed, day, id);
create index task_legal on office.task (coalesce(legal_date, target_date), id);
create index task_reviewer on office.task (reviewer_id) where state = 'review';
create index task_watchers on office.task using gin (watchers);
create index task_event_mentions on office.task_event using gin (mentions) where mentions <> '{}';
create index absence_person on office.absence (person_id, last_day);

-- Whom somebody is on a day: themselves, and those whom they stand in for. It ends with the absence, by itself.
create function office.acting_for(me bigint, today date) returns bigint[]
    language sql stable security definer set search_path = ''
    as $$
        select array_agg(one.id) from (
            select me as id
            union
            select b.person_id from office.absence b
            where b.substitute_id = me and today between b.first_day and b.last_day and b.withdrawn_at is null
        ) one
    $$;
revoke execute on function office.acting_for(bigint, date) from public;
grant execute on function office.acting_for(bigint, date) to fiscal_panel;

create table office.task_file (
    id bigint primary key,
    task_id bigint not null references office.task (id),
    organisation_id bigint not null references office.organisation (id),
    name text not null check (name <> ''),
    kind text not null,                  -- what its first bytes say it is
    size int not null check (size > 0),
    sha256 bytea not null,
    content bytea not null,
    created_at timestamptz not null,
    person_id bigint,
    person text not null,
    removed_at timestamptz,
    unique (task_id, sha256)             -- the same file twice is one
);

-- A list of points that a case begins with.
create table office.task_template (
    id bigint primary key,
    name text not null check (name <> ''),
    role text not null,
    points text[] not null,
    archived_at timestamptz,
    created_at timestamptz not null,
    created_by bigint
);
create unique index task_template_name on office.task_template (lower(name)) where archived_at is null;

-- What is done once a day: the row is written with the work, so that work cut off is done again, and only then.
create table office.daily_work (
    day date not null,
    name text not null,
    done_at timestamptz not null,
    primary key (day, name)
);

-- A letter of the morning. It is claimed before it is sent: after a crash between, nobody gets it twice.
create table office.digest (
    person_id bigint not null references office.person (id),
    day date not null,
    state text not null check (state in ('claimed', 'sent', 'failed')),
    claimed_at timestamptz not null,
    attempts int not null,
    primary key (person_id, day)
);

grant select, insert, update on office.task_template, office.digest to fiscal_panel;
grant select, insert, update (removed_at) on office.task_file to fiscal_panel;
grant select, insert on office.daily_work to fiscal_panel;

alter table office.task_file enable row level security;
create policy in_sight on office.task_file to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or organisation_id = any ((select office.organisations_in_sight())::bigint[]));
