-- A month close of a whole merchant as a job in chunks: what it is, how far it has come, and what it keeps between chunks.
-- Locks: none that matters, the table is new.

create table fiscal.period_close_job (
    merchant_id bigint not null,
    id bigint not null,
    period text not null,                -- 2026-10
    dry_run boolean not null,
    state text not null,                 -- storage/close_states.py
    event_key text not null,
    event_id bigint not null,            -- of the period_close event; of a preview the id that it would have had
    position bigint not null,            -- every account up to this id is closed
    accounts bigint not null,            -- of the merchant when the job began
    done bigint not null default 0,      -- accounts that were looked at
    changed bigint not null default 0,   -- accounts that had something to deliver
    settlements bigint not null default 0,
    receipts bigint not null default 0,
    kept bytea not null default '',      -- MessagePack of intake.close_chunk.Kept: consolidated receipts that are being made
    totals jsonb not null default '{}',  -- intake.close_totals.Totals
    deadline date not null,              -- of the consolidated receipts
    error text,
    runner bigint,                       -- whose turn it is, until lease_until
    lease_until timestamptz,
    started_at timestamptz not null,
    finished_at timestamptz,
    primary key (merchant_id, id)
);

-- A month is closed once. A preview, and a job that was cancelled before it did anything, is no close.
create unique index period_close_job_once on fiscal.period_close_job (merchant_id, period)
    where not dry_run and state <> 'CANCELLED';
create index period_close_job_at_work on fiscal.period_close_job (lease_until) where state in ('PREVIEWING', 'RUNNING');

grant select on fiscal.period_close_job to fiscal_panel;
alter table fiscal.period_close_job enable row level security;
create policy panel_reads on fiscal.period_close_job for select to fiscal_panel using (merchant_id = any (
    (select string_to_array(coalesce(current_setting('fiscal.merchants', true), ''), ',')::bigint[])::bigint[]));
