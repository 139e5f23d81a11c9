-- Restorations of many events, as jobs that work through them piece by piece: each piece is a restoration of its own.
-- Locks: the tables are new; the index lets messages to webhooks wait while it is built, seconds for a million of them.

create table fiscal.restoration_job (
    merchant_id bigint not null,
    id bigint not null,
    idempotency_key text not null,
    body_hash bytea not null,            -- SHA-256 of the order as it came
    dry_run boolean not null,
    on_error text not null check (on_error in ('reject', 'skip')),
    state text not null,                 -- storage/close_states.py
    events bigint not null,
    position int not null default 0,     -- every piece before this one is done
    done bigint not null default 0,      -- events of those pieces
    known bigint not null default 0,     -- of them: in the books already
    refused bigint not null default 0,   -- of them: left out, see problems
    documents bigint not null default 0, -- that were issued, or in a preview would be
    problems jsonb not null default '[]',
    order_ids bigint[] not null default '{}', -- restorations, in order
    actor text not null,
    request_id text,
    error text,
    runner bigint,                       -- whose turn it is, until lease_until
    lease_until timestamptz,
    started_at timestamptz not null,
    finished_at timestamptz,
    primary key (merchant_id, id),
    unique (merchant_id, idempotency_key)
);

create index restoration_job_at_work on fiscal.restoration_job (lease_until) where state in ('PREVIEWING', 'RUNNING');

create table fiscal.restoration_piece (
    merchant_id bigint not null,
    job_id bigint not null,
    place int not null,
    body bytea not null,                 -- intake.correction_orders.RestorationOrder, canonical JSON
    primary key (merchant_id, job_id, place)
);

grant select on fiscal.restoration_job to fiscal_panel;
alter table fiscal.restoration_job enable row level security;
create policy panel_reads on fiscal.restoration_job for select to fiscal_panel using (merchant_id = any (
    (select string_to_array(coalesce(current_setting('fiscal.merchants', true), ''), ',')::bigint[])::bigint[]));

-- Messages that were given up are rare and looked for with every page of alarms.
create index webhook_message_failed on fiscal.webhook_message (merchant_id, endpoint_id) where state = 'FAILED';
