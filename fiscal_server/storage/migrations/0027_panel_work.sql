-- The panel's own memory of work with lists: saved views, and what is done to many rows at once.
-- Locks: everything is new.

create table office.saved_view (
    id bigint primary key,
    list text not null,                  -- which list: admin/tables/definition.py
    person_id bigint,                    -- null: the panel asks nobody to sign in
    person text not null,
    merchant_id bigint,                  -- whoever sees this merchant sees the view; null: its owner alone
    name text not null check (name <> ''),
    query text not null,                 -- conditions, order and columns, as the address has them
    created_at timestamptz not null
);
create unique index saved_view_name on office.saved_view (list, coalesce(person_id, 0), name);
create index saved_view_shared on office.saved_view (list, merchant_id) where merchant_id is not null;

-- Each row of a job is asked of the API under a key made of the job and the place: whoever goes on after a crash asks the
-- same, and nothing is done twice.
create table office.bulk_job (
    id bigint primary key,
    person_id bigint,
    person text not null,
    form_key text not null unique,       -- made when the form was drawn: sent twice it is one job
    kind text not null,                  -- admin/bulk/kinds.py
    reason text not null,
    total int not null,
    state text not null check (state in ('RUNNING', 'STOPPED', 'DONE')),
    beat_at timestamptz not null,        -- the process that is at it was alive
    created_at timestamptz not null
);
create index bulk_job_newest on office.bulk_job (coalesce(person_id, 0), id);

create table office.bulk_item (
    job_id bigint not null references office.bulk_job on delete cascade,
    place int not null,
    merchant_id bigint not null,
    object_id bigint not null,
    title text not null,                 -- as the list named it
    outcome text check (outcome in ('done', 'failed')),  -- null: still to be asked, or asked without an answer
    problem jsonb,                       -- what the API said no with
    primary key (job_id, place)
);
create index bulk_item_failed on office.bulk_item (job_id, place) where outcome = 'failed';

grant select, insert, update, delete on office.saved_view, office.bulk_job, office.bulk_item to fiscal_panel;
