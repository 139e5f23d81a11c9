-- Webhooks: who wants to hear of what, and what there is to tell (the outbox). A message is written by the statement that
-- makes the change it tells of. It has no id of its own making: subject, stage and number name it, so that whatever tells
-- the same thing twice tells it under the same name.
-- Locks: none that matters, the tables are new.

create table fiscal.webhook_endpoint (
    merchant_id bigint not null,
    id bigint not null,
    url text not null,
    description text not null,
    event_types text[] not null,
    enabled boolean not null default true,
    disabled_why text,                   -- null: it is enabled, or a person disabled it
    failures int not null default 0,     -- rounds without a success since the last one
    failing_since timestamptz,
    retry_at timestamptz,                -- nothing is sent before; null: it answers
    delivered_at timestamptz,            -- the last success
    created_at timestamptz not null,
    updated_at timestamptz not null,
    primary key (merchant_id, id)
) with (fillfactor = 50);

-- Keys of signatures, in the clear: an HMAC cannot be made with less. Several while one takes over from another.
create table fiscal.webhook_secret (
    merchant_id bigint not null,
    endpoint_id bigint not null,
    id bigint not null,
    key bytea not null,
    created_at timestamptz not null,
    expires_at timestamptz,              -- null: until it is rotated
    primary key (merchant_id, endpoint_id, id)
);

create table fiscal.webhook_message (
    merchant_id bigint not null,
    endpoint_id bigint not null,
    subject_id bigint not null,          -- the receipt, batch, KKT or alarm that it is about
    stage smallint not null,             -- how far in its subject's life; messages of one subject go in this order
    nth bigint not null default 0,       -- tells apart what happens to a subject more than once
    type text not null,
    state text not null default 'WAITING' check (state in ('WAITING', 'DELIVERED', 'FAILED')),
    happened_at timestamptz not null,
    due_at timestamptz not null,         -- a claim moves it to the end of its lease
    tried_since timestamptz,
    attempts int not null default 0,
    status smallint,                     -- of the last answer; null: there was none
    error text,
    finished_at timestamptz,
    detail jsonb,                        -- what its subject does not keep
    constraint webhook_message_finished check ((state = 'WAITING') = (finished_at is null)),
    primary key (merchant_id, endpoint_id, subject_id, stage, nth)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);

create index webhook_message_due on fiscal.webhook_message (merchant_id, endpoint_id, due_at) where state = 'WAITING';
-- Not led by the endpoint: without statistics it would look as good as the key wherever a message is sought by its key.
create index webhook_message_time on fiscal.webhook_message (merchant_id, happened_at, endpoint_id);

-- Alarms that stand, so that several nodes tell each of them once, and tell its end.
create table fiscal.raised_alarm (
    merchant_id bigint not null,
    code text not null,
    cassette_id bigint not null,         -- 0: no cassette's
    kkt_id bigint not null,              -- 0: no KKT's
    severity smallint not null,
    id bigint not null,
    raised_at timestamptz not null,
    detail jsonb not null,
    primary key (merchant_id, code, cassette_id, kkt_id, severity)
);

do $$
declare
    visible text;
begin
    foreach visible in array array['webhook_endpoint', 'webhook_message', 'raised_alarm'] loop
        execute format('grant select on fiscal.%I to fiscal_panel', visible);
        execute format('alter table fiscal.%I enable row level security', visible);
        execute format(
            'create policy panel_reads on fiscal.%I for select to fiscal_panel using (merchant_id = any ('
            '(select string_to_array(coalesce(current_setting(''fiscal.merchants'', true), ''''), '','')::bigint[])::bigint[]))',
            visible);
    end loop;
end
$$;
