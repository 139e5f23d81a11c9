-- The first schema. Why it looks as it does is said in ARCHITECTURE.md (Data) and docs/decisions/0003-storage.md.
-- Locks: none that matter, everything is new.

create schema fiscal;
create schema office;

-- The panel's own role: owns office, reads fiscal under row-level security. Roles belong to the whole cluster, so another
-- database of the same cluster may have made it already (or be making it now).
do $$
begin
    create role fiscal_panel nologin;
exception
    when duplicate_object or unique_violation then null;
end
$$;
grant fiscal_panel to current_user;
alter schema office owner to fiscal_panel;
grant usage on schema fiscal to fiscal_panel;

-- ---------------------------------------------------------------------------------------------------------------------
-- Merchants and their subscriber accounts

create table fiscal.merchant (
    id bigint primary key,
    name text not null unique,
    rules jsonb not null,                -- taxation, FFD, policies, catalogue of services: accounting's MerchantRules
    receipt_id_tag smallint not null default 1084 check (receipt_id_tag in (1084, 1191)),
    cashier text not null,
    place text not null,
    address text not null,
    created_at timestamptz not null
);

-- What belongs to the merchant as a whole and changes with its events; its row is also the lock for such events.
create table fiscal.merchant_book (
    merchant_id bigint primary key references fiscal.merchant (id),
    closed_periods text[] not null default '{}',
    suspense jsonb not null default '[]',
    held jsonb not null default '[]',
    pending_refunds jsonb not null default '[]'
);

create table fiscal.account (
    merchant_id bigint not null,
    id bigint not null,
    code text not null,                  -- the billing system's number of the account
    contact text,
    payer_kind text not null default 'individual' check (payer_kind in ('individual', 'legal')),
    member boolean not null default false,
    services text[],                     -- null: all of the catalogue
    plan_service text,
    plan_price_kopecks bigint,
    penalty_kopecks bigint not null default 0 check (penalty_kopecks >= 0),
    costs_kopecks bigint not null default 0 check (costs_kopecks >= 0),
    last_bill jsonb,
    primary key (merchant_id, id),
    unique (merchant_id, code)
);

-- Debts and lots are rewritten as a whole when their account changes, so they carry no identity of their own.
create table fiscal.debt (
    merchant_id bigint not null,
    account_id bigint not null,
    ordinal int not null,
    off_balance boolean not null,
    service text not null,
    period text not null,
    due_on date not null,
    amount_kopecks bigint not null check (amount_kopecks > 0),
    vat_code smallint not null,
    delivered boolean not null,
    credited boolean not null,
    volume_quantity_micro bigint,
    volume_price_micro bigint,
    volume_measure smallint not null,
    primary key (merchant_id, account_id, ordinal)
);

create table fiscal.advance_lot (
    merchant_id bigint not null,
    account_id bigint not null,
    ordinal int not null,
    received_on date not null,
    amount_kopecks bigint not null check (amount_kopecks > 0),
    vat_code smallint not null,
    method smallint not null,
    service text,
    exempt text,
    primary key (merchant_id, account_id, ordinal)
);

-- ---------------------------------------------------------------------------------------------------------------------
-- What billing systems sent, and what came of it. Ids are time-ordered, so a range of ids is a range of time.

create table fiscal.batch (
    merchant_id bigint not null,
    id bigint not null,
    idempotency_key text not null,
    body_hash bytea not null,
    events int not null,
    accepted int not null,
    duplicates int not null,
    rejected int not null,
    receipts int not null,
    answer bytea not null,               -- JSON, as it was answered
    created_at timestamptz not null,
    primary key (merchant_id, id),
    unique (merchant_id, idempotency_key)
);

create table fiscal.event (
    merchant_id bigint not null,
    id bigint not null,
    key text not null,
    type text not null,
    account_id bigint,
    batch_id bigint,
    body bytea not null,                 -- JSON, as decoded and written again in one canonical form
    received_at timestamptz not null,
    primary key (merchant_id, id)
) partition by range (id);

-- Outlives the event's partition: a unique index cannot span partitions by month.
create table fiscal.event_key (
    merchant_id bigint not null,
    key text not null,
    event_id bigint not null,
    body_hash bytea not null,
    primary key (merchant_id, key)
) partition by hash (merchant_id);

create table fiscal.settlement (
    merchant_id bigint not null,
    id bigint not null,
    account_id bigint not null,
    event_id bigint not null,
    body bytea not null,                 -- MessagePack of accounting's Settlement
    primary key (merchant_id, id)
) partition by range (id);
create index settlement_account on fiscal.settlement (merchant_id, account_id, id);

-- Written once, never updated; what is unfinished stands in queue.
create table fiscal.receipt (
    merchant_id bigint not null,
    id bigint not null,
    event_id bigint not null,
    event_key text not null,
    account_id bigint,
    form smallint not null,              -- 3 receipt, 31 correction receipt
    sign smallint not null,              -- 1054
    total_kopecks bigint not null check (total_kopecks >= 0),
    deadline date,                       -- null: at settlement, or none
    consolidated text,                   -- the period of a consolidated receipt
    part text,
    register_group text not null,
    body bytea not null,                 -- MessagePack of accounting's Receipt
    created_at timestamptz not null,
    primary key (merchant_id, id)
) partition by range (id);
create index receipt_account on fiscal.receipt (merchant_id, account_id, id);
create index receipt_event on fiscal.receipt (merchant_id, event_id);

create type fiscal.receipt_state as enum (
    'COMPUTED', 'QUEUED', 'REGISTERING', 'UNCERTAIN', 'REFUSED', 'CANCELLED', 'REGISTERED', 'OFD_ACKED'
);

-- Small: a row leaves when its receipt is registered. fillfactor leaves room for updates in place, and the autovacuum
-- settings keep dead rows and stale statistics from slowing down whoever claims.
create table fiscal.queue (
    merchant_id bigint not null,
    receipt_id bigint not null,
    account_id bigint,
    cassette_id bigint,
    state fiscal.receipt_state not null check (state not in ('REGISTERED', 'OFD_ACKED')),
    deadline date not null,              -- of the receipt or of a later one of its account; infinity: there is time
    kkt_id bigint,                       -- who works on it: REGISTERING, UNCERTAIN
    attempts int not null default 0,
    error text,                          -- the device's words: REFUSED
    updated_at timestamptz not null,
    primary key (merchant_id, receipt_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02,
        autovacuum_vacuum_cost_delay = 0);
create index queue_order on fiscal.queue (merchant_id, cassette_id, deadline, receipt_id) where state = 'QUEUED';
create index queue_account on fiscal.queue (merchant_id, account_id, receipt_id)
    where state in ('COMPUTED', 'QUEUED', 'REGISTERING', 'UNCERTAIN');
create index queue_parked on fiscal.queue (merchant_id, receipt_id) where state in ('REFUSED', 'UNCERTAIN');

-- ---------------------------------------------------------------------------------------------------------------------
-- Devices

create table fiscal.cassette (
    merchant_id bigint not null,
    id bigint not null,
    name text not null,
    parallel int not null default 1 check (parallel between 1 and 128),
    close_archive boolean not null default true, -- close the FN for good when its slot is drained
    primary key (merchant_id, id),
    unique (merchant_id, name)
);

create type fiscal.slot_state as enum ('READY', 'ACTIVE', 'DRAINING', 'CLOSED', 'FAULTY');

create table fiscal.kkt (
    merchant_id bigint not null,
    id bigint not null,
    cassette_id bigint not null,
    slot int not null,
    address text not null,               -- fn+tcp://host:port?timezone=...
    ofd_address text not null,           -- host:port of the operator, from the contract with it
    fn_number text not null,
    registration_number text not null,
    ffd smallint not null,
    emulated boolean not null,
    state fiscal.slot_state not null,
    last_fd int not null,                -- moved by compare and set: one FD belongs to one document of ours
    acked_fd int not null default 0,
    shift_number int not null default 0,
    shift_opened_at timestamptz,         -- null: closed
    documents_left int,
    valid_until date,
    warnings smallint not null default 0,
    fault text,                          -- why the slot stands still, in words for people
    lease_node int,
    lease_generation bigint not null default 0,
    lease_until timestamptz,
    updated_at timestamptz not null,
    primary key (merchant_id, id),
    unique (merchant_id, cassette_id, slot),
    unique (merchant_id, fn_number)
) with (fillfactor = 50);

-- What a KKT is about to create. Committed before the command that can create it; at most one a KKT.
create table fiscal.intent (
    merchant_id bigint not null,
    kkt_id bigint not null,
    form smallint not null,
    receipt_id bigint,                   -- null for shift reports and the like
    fn_number text not null,
    expected_fd int not null,
    generation bigint not null,
    created_at timestamptz not null,
    primary key (merchant_id, kkt_id)
) with (fillfactor = 50);

-- The id of a receipt's document is the receipt's: the key itself says "one document a receipt".
create table fiscal.fiscal_document (
    merchant_id bigint not null,
    id bigint not null,
    kkt_id bigint not null,
    form smallint not null,
    fn_number text not null,
    fd_number int not null,
    fiscal_sign bigint not null,         -- uint32
    issued_at timestamp not null,        -- the KKT's local clock, which has no zone
    shift_number int,
    number_in_shift int,
    total_kopecks bigint,
    recorded_at timestamptz not null,
    primary key (merchant_id, id)
) partition by range (id);
create index fiscal_document_fd on fiscal.fiscal_document (merchant_id, fn_number, fd_number);

-- The operator's confirmation of a document; the id is the document's.
create table fiscal.ofd_exchange (
    merchant_id bigint not null,
    id bigint not null,
    kkt_id bigint not null,
    fn_number text not null,
    fd_number int not null,
    code smallint not null,              -- tag 1022: 0 accepted, 11, 14
    acked_at timestamptz not null,
    primary key (merchant_id, id)
) partition by range (id);

create table fiscal.rotation (
    merchant_id bigint not null,
    id bigint not null,
    cassette_id bigint not null,
    from_kkt_id bigint not null,
    to_kkt_id bigint,
    reason text not null,
    rotated_at timestamptz not null,
    primary key (merchant_id, id)
);

-- Orders to devices: whoever holds the lease carries them out.
create table fiscal.kkt_request (
    merchant_id bigint not null,
    id bigint not null,
    kkt_id bigint not null,
    kind text not null check (kind in ('read_archive')),
    created_at timestamptz not null,
    finished_at timestamptz,
    answer jsonb,
    primary key (merchant_id, id)
);
create index kkt_request_open on fiscal.kkt_request (merchant_id, kkt_id) where finished_at is null;

-- ---------------------------------------------------------------------------------------------------------------------
-- Who may ask

create table fiscal.api_key (
    id bigint primary key,
    merchant_id bigint not null references fiscal.merchant (id),
    name text not null,
    key_hash bytea not null unique,      -- SHA-256; the key itself is shown once and not kept
    created_at timestamptz not null,
    revoked_at timestamptz
);

-- ---------------------------------------------------------------------------------------------------------------------
-- Partitions

do $$
declare
    remainder int;
begin
    for remainder in 0..7 loop
        execute format(
            'create table fiscal.event_key_%s partition of fiscal.event_key for values with (modulus 8, remainder %s)',
            remainder, remainder);
    end loop;
end
$$;

-- One month of ids for every big table; harmless when it exists. The bounds come from the program: it makes the ids.
-- A partition is made apart and then attached: "create table ... partition of" would wait for every running query and hold
-- up all that come after it. One process at a time.
create function fiscal.make_partitions(suffix text, first_id bigint, next_id bigint) returns void
language plpgsql as $$
declare
    big text;
    part text;
begin
    perform pg_advisory_xact_lock(hashtextextended('fiscal.make_partitions', 0));
    foreach big in array array['event', 'settlement', 'receipt', 'fiscal_document', 'ofd_exchange'] loop
        part := big || '_' || suffix;
        if to_regclass(format('fiscal.%I', part)) is null then
            execute format('create table fiscal.%I (like fiscal.%I including all)', part, big);
            execute format('alter table fiscal.%I attach partition fiscal.%I for values from (%s) to (%s)',
                           big, part, first_id, next_id);
        end if;
    end loop;
end
$$;

-- ---------------------------------------------------------------------------------------------------------------------
-- What the panel may read: rows of the merchants named in fiscal.merchants for the transaction. The list is an InitPlan
-- (the sub-select), so it is read once a query and not once a row.

do $$
declare
    visible text;
begin
    grant select on fiscal.merchant to fiscal_panel;
    foreach visible in array array[
        'merchant_book', 'account', 'debt', 'advance_lot', 'batch', 'event', 'settlement', 'receipt', 'queue', 'cassette',
        'kkt', 'intent', 'fiscal_document', 'ofd_exchange', 'rotation', 'kkt_request'
    ] loop
        execute format('grant select on fiscal.%I to fiscal_panel', visible);
        execute format('alter table fiscal.%I enable row level security', visible);
        execute format(
            'create policy panel_reads on fiscal.%I for select to fiscal_panel using (merchant_id = any ('
            || '(select string_to_array(coalesce(current_setting(''fiscal.merchants'', true), ''''), '','')::bigint[])::bigint[]))',
            visible);
    end loop;
end
$$;
