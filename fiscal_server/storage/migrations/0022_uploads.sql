-- Files that people of the panel hand over: kept in pieces until they are taken in, looked at by any process of the panel.
-- Lists of what came in and of orders to correct, over many merchants in one order (as 0019).
-- Locks: new tables; the indexes hold off writes to their tables while they are built.

create table office.upload (
    id bigint primary key,
    merchant_id bigint not null,
    person_id bigint,                     -- null: the panel asks nobody to sign in
    form_key text not null unique,        -- made when the form was drawn: sent twice it is one upload
    file_name text not null,              -- as the browser said it; shown, never opened
    size bigint not null,
    kind text not null check (kind in ('unknown', 'statement', 'register', 'batch', 'restoration')),
    options jsonb not null default '{}',  -- how it is to be read: admin/storage/uploads.py
    state text not null check (state in ('COMING', 'NEW', 'CHECKING', 'CHECKED', 'RUNNING', 'DONE', 'FAILED')),
    sent bigint not null default 0,       -- bytes that the API has, of the step under way
    answer jsonb,                         -- of the check
    refusal jsonb,                        -- why the last step did not succeed
    result_id bigint,                     -- what it became: an import, a batch, a job
    beat_at timestamptz not null,         -- the process that is at the step was alive
    created_at timestamptz not null
);
create index upload_newest on office.upload (merchant_id, id);
create index upload_age on office.upload (created_at);

create table office.upload_piece (
    upload_id bigint not null references office.upload on delete cascade,
    place integer not null,
    body bytea not null,
    primary key (upload_id, place)
);

grant select, insert, update, delete on office.upload to fiscal_panel;
grant select, insert, delete on office.upload_piece to fiscal_panel;

create index import_newest on fiscal.import (id, merchant_id);
create index batch_newest on fiscal.batch (id, merchant_id);
create index correction_newest on fiscal.correction (id, merchant_id);
create index restoration_job_newest on fiscal.restoration_job (id, merchant_id);

-- Lines that wait for a person, few among a hundred thousand.
create index import_line_rejected on fiscal.import_line (merchant_id, import_id, line) where outcome = 'rejected';
create index import_line_nobodys on fiscal.import_line (merchant_id, import_id, line)
    where outcome = 'payment' and account is null;
