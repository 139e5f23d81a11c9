-- The schema of today, to be read: the sum of the files in migrations/. Written by `make schema`, not by hand.
-- Partitions are left out: fiscal.event_key has eight by hash, the big tables one a month (fiscal.make_partitions).

CREATE SCHEMA fiscal;

CREATE SCHEMA office;

CREATE TYPE fiscal.receipt_state AS ENUM (
    'COMPUTED',
    'QUEUED',
    'REGISTERING',
    'UNCERTAIN',
    'REFUSED',
    'CANCELLED',
    'REGISTERED',
    'OFD_ACKED'
);

CREATE TYPE fiscal.slot_state AS ENUM (
    'READY',
    'ACTIVE',
    'DRAINING',
    'CLOSED',
    'FAULTY'
);

CREATE FUNCTION fiscal.make_partitions(suffix text, first_id bigint, next_id bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
declare
    big text;
    part text;
begin
    perform pg_advisory_xact_lock(hashtextextended('fiscal.make_partitions', 0));
    foreach big in array array[
        'event', 'payment', 'settlement', 'unfiscalised', 'expected_foreign_receipt', 'receipt', 'fiscal_document',
        'ofd_exchange', 'import_line'
    ] loop
        part := big || '_' || suffix;
        if to_regclass(format('fiscal.%I', part)) is null then
            execute format('create table fiscal.%I (like fiscal.%I including all)', part, big);
            execute format('alter table fiscal.%I attach partition fiscal.%I for values from (%s) to (%s)',
                           big, part, first_id, next_id);
        end if;
    end loop;
end
$$;

CREATE FUNCTION fiscal.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
begin
    raise exception 'rows of % are written once', tg_table_name;
end
$$;

CREATE FUNCTION office.acting_for(me bigint, today date) RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
        with recursive acting (id) as (
            select me
            union
            select b.person_id from office.absence b join acting a on b.substitute_id = a.id
            where today between b.first_day and b.last_day and b.withdrawn_at is null
        )
        select array_agg(id) from acting
    $$;

CREATE FUNCTION office.blocked_by(task bigint) RETURNS text
    LANGUAGE sql STABLE
    AS $$
        select string_agg(k.title, '; ' order by k.day, k.id)
        from office.task_block x join office.task k on k.id = x.blocker_id
        where x.task_id = task and not k.is_closed
    $$;

CREATE FUNCTION office.client_names() RETURNS TABLE(id bigint, name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$select o.id, o.short_name from office.organisation o order by lower(o.short_name), o.id$$;

CREATE FUNCTION office.fee_of_contract(contract bigint, day date) RETURNS bigint
    LANGUAGE sql STABLE
    SET plan_cache_mode TO 'force_generic_plan'
    AS $$
        with recursive held as (
            select c.id, c.indexation_bp as rate, c.indexation_month as month, c.fee_kopecks, c.terms -> 'stages' as stages,
                   coalesce(c.starts_on, c.dated) as starts_on,
                   least(day, office.known_end(c.ends_on, c.closes_on, c.renews_by_months, c.status, day)) as on_day
            from office.contract c
            where c.id = contract
        ), agreed as (
            select h.rate, h.month, h.starts_on, h.on_day, coalesce(x.on_day, h.starts_on) as since,
                   coalesce(x.price_kopecks, h.fee_kopecks) as fee,
                   case when x.on_day is null and (h.stages #>> '{-1,2}')::bigint = h.fee_kopecks then (
                       select (s.stage ->> 2)::bigint from jsonb_array_elements(h.stages) with ordinality s (stage, place)
                       where h.on_day < (h.starts_on + make_interval(months => (s.stage ->> 1)::int))::date
                       order by s.place limit 1
                   ) end as named
            from held h
            left join lateral (
                select n.on_day, n.price_kopecks
                from office.contract_annex_change n join office.contract_annex a on a.id = n.annex_id
                where a.contract_id = h.id and a.state = 'signed' and n.kind = 'fee' and n.on_day <= h.on_day
                order by n.on_day desc, a.id desc limit 1
            ) x on true
        ), grown (year, fee) as (
            select extract(year from starts_on)::int, fee from agreed
            union all
            select g.year + 1,
                   case when make_date(g.year + 1, s.month, 1) > s.since and make_date(g.year + 1, s.month, 1) <= s.on_day
                        then g.fee + (2 * g.fee * s.rate + 10000) / 20000 else g.fee end
            from grown g cross join agreed s
            where s.rate is not null and s.month is not null and g.year < extract(year from s.on_day)
        )
        select coalesce((select named from agreed), (select fee from grown order by year desc nulls last limit 1))
    $$;

CREATE FUNCTION office.forget_old_bulk_jobs(before timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO ''
    AS $$ delete from office.bulk_job where created_at < before and state <> 'RUNNING' $$;

CREATE FUNCTION office.forget_old_uploads(before timestamp with time zone) RETURNS void
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO ''
    AS $$ delete from office.upload where created_at < before $$;

CREATE FUNCTION office.known_end(ends_on date, closes_on date, renews_by_months integer, status text, day date) RETURNS date
    LANGUAGE sql IMMUTABLE
    AS $$
        select case
            when ends_on is null or renews_by_months is null then least(ends_on, closes_on)
            when closes_on is not null then closes_on
            when status not in ('signed', 'active', 'suspended', 'terminating') then ends_on
            else office.term_end(ends_on, renews_by_months, day) end
    $$;

CREATE FUNCTION office.merchant_names() RETURNS TABLE(id bigint, name text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$select m.id, m.name from fiscal.merchant m order by m.id$$;

CREATE FUNCTION office.next_lead_number() RETURNS integer
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO ''
    AS $$
        select pg_catalog.pg_advisory_xact_lock(x'4f464643'::int, 3);
        select coalesce(max(number), 0) + 1 from office.lead
    $$;

CREATE FUNCTION office.organisations_in_sight() RETURNS bigint[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO ''
    AS $$
        with recursive asked as (
            select nullif(current_setting('office.person', true), '')::bigint as me,
                   nullif(current_setting('office.today', true), '')::date as today,
                   nullif(current_setting('office.emergency', true), '')::bigint as emergency
        ), acting (person_id) as (
            select me from asked
            union
            select b.person_id from office.absence b join acting a on b.substitute_id = a.person_id, asked
            where today between b.first_day and b.last_day and b.withdrawn_at is null
        ), seen as (
            select a.organisation_id from office.assignment a join acting using (person_id), asked
            where a.valid_from <= today and (a.valid_to is null or today < a.valid_to)
            union
            select emergency from asked where emergency is not null
        )
        select coalesce(array_agg(organisation_id), '{}') from seen
    $$;

CREATE FUNCTION office.term_end(ends_on date, renews_by_months integer, day date) RETURNS date
    LANGUAGE sql IMMUTABLE
    AS $$
        select case when t.following > day then t.following
                    -- From the first end, lest the 31st become the 28th for ever.
                    else (ends_on + 1 + make_interval(months => t.months + renews_by_months))::date end - 1
        from (
            select m.months, (ends_on + 1 + make_interval(months => m.months))::date as following
            from (
                -- Whole terms after the first end until the month of the day, or until the first month after it.
                select (greatest(0, 12 * (extract(year from day) - extract(year from ends_on + 1))
                                    + extract(month from day) - extract(month from ends_on + 1))::int
                        + renews_by_months - 1) / renews_by_months * renews_by_months as months
            ) m
        ) t
    $$;

CREATE TABLE fiscal.account (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    code text NOT NULL,
    contact text,
    payer_kind text DEFAULT 'individual'::text NOT NULL,
    member boolean DEFAULT false NOT NULL,
    services text[],
    plan_service text,
    plan_price_kopecks bigint,
    penalty_kopecks bigint DEFAULT 0 NOT NULL,
    costs_kopecks bigint DEFAULT 0 NOT NULL,
    last_bill jsonb,
    CONSTRAINT account_costs_kopecks_check CHECK ((costs_kopecks >= 0)),
    CONSTRAINT account_payer_kind_check CHECK ((payer_kind = ANY (ARRAY['individual'::text, 'legal'::text]))),
    CONSTRAINT account_penalty_kopecks_check CHECK ((penalty_kopecks >= 0))
);

CREATE TABLE fiscal.adopted_receipt (
    merchant_id bigint NOT NULL,
    fn_number text NOT NULL,
    fd_number integer NOT NULL,
    inside text,
    sign smallint NOT NULL,
    total_kopecks bigint NOT NULL,
    tlv bytea,
    receipt_id bigint,
    accepted text,
    adopted_at timestamp with time zone NOT NULL
);

CREATE TABLE fiscal.adoption_statement (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    hold_since timestamp with time zone NOT NULL,
    fn_number text,
    last_fd integer,
    trouble text,
    stated_by text NOT NULL,
    reason text NOT NULL,
    stated_at timestamp with time zone NOT NULL,
    CONSTRAINT adoption_statement_kind_check CHECK ((kind = ANY (ARRAY['no_newer_fns'::text, 'without_fn'::text, 'let_stand'::text])))
);

CREATE TABLE fiscal.advance_lot (
    merchant_id bigint NOT NULL,
    account_id bigint NOT NULL,
    ordinal integer NOT NULL,
    received_on date NOT NULL,
    amount_kopecks bigint NOT NULL,
    vat_code smallint NOT NULL,
    method smallint NOT NULL,
    service text,
    exempt text,
    account_total_kopecks bigint,
    CONSTRAINT advance_lot_account_total_kopecks_check CHECK ((account_total_kopecks > 0)),
    CONSTRAINT advance_lot_amount_kopecks_check CHECK ((amount_kopecks > 0))
);

COMMENT ON COLUMN fiscal.advance_lot.account_total_kopecks IS 'on the first lot of an account: what its lots come to; null on the others';

CREATE TABLE fiscal.anomaly (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    rule text NOT NULL,
    event_id bigint NOT NULL,
    account_id bigint
);

CREATE TABLE fiscal.api_key (
    id bigint NOT NULL,
    merchant_id bigint NOT NULL,
    name text NOT NULL,
    key_hash bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    operations boolean DEFAULT false NOT NULL,
    scopes text[] NOT NULL,
    expires_at timestamp with time zone,
    replaced_by bigint,
    CONSTRAINT api_key_scopes CHECK (((scopes <@ '{read,submit,operate,admin}'::text[]) AND (cardinality(scopes) > 0)))
);

CREATE TABLE fiscal.atol_callback (
    merchant_id bigint NOT NULL,
    receipt_id bigint NOT NULL,
    url text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    due_at timestamp with time zone,
    error text
);

CREATE TABLE fiscal.atol_group (
    code text NOT NULL,
    merchant_id bigint NOT NULL,
    cassette_id bigint NOT NULL,
    version smallint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT atol_group_version_check CHECK ((version = ANY (ARRAY[4, 5])))
);

CREATE TABLE fiscal.atol_login (
    login text NOT NULL,
    merchant_id bigint NOT NULL,
    password_hash bytea NOT NULL,
    token_hash bytea,
    token_issued_at timestamp with time zone,
    blocked_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE fiscal.audit (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    before jsonb,
    after jsonb,
    request_id text
);

CREATE TABLE fiscal.batch (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    idempotency_key text NOT NULL,
    body_hash bytea NOT NULL,
    events integer NOT NULL,
    accepted integer NOT NULL,
    duplicates integer NOT NULL,
    rejected integer NOT NULL,
    receipts integer NOT NULL,
    answer bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE fiscal.cassette (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    name text NOT NULL,
    parallel integer DEFAULT 1 NOT NULL,
    close_archive boolean DEFAULT true NOT NULL,
    rules jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT cassette_parallel_check CHECK (((parallel >= 1) AND (parallel <= 128)))
);

CREATE TABLE fiscal.corrected_receipt (
    merchant_id bigint NOT NULL,
    receipt_id bigint NOT NULL,
    correction_id bigint NOT NULL,
    event_id bigint NOT NULL
);

CREATE TABLE fiscal.correction (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    idempotency_key text NOT NULL,
    body_hash bytea NOT NULL,
    body bytea NOT NULL,
    receipt_ids bigint[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT correction_kind_check CHECK ((kind = ANY (ARRAY['correction'::text, 'restoration'::text])))
);

CREATE TABLE fiscal.debt (
    merchant_id bigint NOT NULL,
    account_id bigint NOT NULL,
    ordinal integer NOT NULL,
    off_balance boolean NOT NULL,
    service text NOT NULL,
    period text NOT NULL,
    due_on date NOT NULL,
    amount_kopecks bigint NOT NULL,
    vat_code smallint NOT NULL,
    delivered boolean NOT NULL,
    credited boolean NOT NULL,
    volume_quantity_micro bigint,
    volume_price_micro bigint,
    volume_measure smallint NOT NULL,
    account_total_kopecks bigint,
    CONSTRAINT debt_account_total_kopecks_check CHECK ((account_total_kopecks > 0)),
    CONSTRAINT debt_amount_kopecks_check CHECK ((amount_kopecks > 0))
);

COMMENT ON COLUMN fiscal.debt.account_total_kopecks IS 'on the first debt of an account: what its debts that are not written off come to; null on the others';

CREATE TABLE fiscal.device_order (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    node integer NOT NULL,
    kind text NOT NULL,
    details jsonb,
    asked_by text NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    answer jsonb,
    CONSTRAINT device_order_asked_by_check CHECK ((asked_by <> ''::text)),
    CONSTRAINT device_order_kind_check CHECK ((kind = ANY (ARRAY['find_devices'::text, 'add_kkt'::text]))),
    CONSTRAINT device_order_reason_check CHECK ((reason <> ''::text))
);

CREATE TABLE fiscal.event (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    account_id bigint,
    batch_id bigint,
    body bytea NOT NULL,
    received_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (id);

CREATE TABLE fiscal.event_key (
    merchant_id bigint NOT NULL,
    key text NOT NULL,
    event_id bigint NOT NULL,
    body_hash bytea NOT NULL
)
PARTITION BY HASH (merchant_id);

CREATE TABLE fiscal.expected_foreign_receipt (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    event_id bigint NOT NULL,
    account_id bigint,
    amount_kopecks bigint NOT NULL,
    sign smallint NOT NULL,
    agent_sign smallint NOT NULL,
    supplier_inn text,
    CONSTRAINT expected_foreign_receipt_amount_kopecks_check CHECK ((amount_kopecks > 0))
)
PARTITION BY RANGE (id);

CREATE TABLE fiscal.fiscal_document (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    kkt_id bigint NOT NULL,
    form smallint NOT NULL,
    fn_number text NOT NULL,
    fd_number integer NOT NULL,
    fiscal_sign bigint NOT NULL,
    issued_at timestamp without time zone NOT NULL,
    shift_number integer,
    number_in_shift integer,
    total_kopecks bigint,
    recorded_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (id);

CREATE TABLE fiscal.hold (
    merchant_id bigint NOT NULL,
    reason text NOT NULL,
    since timestamp with time zone NOT NULL
);

CREATE TABLE fiscal.idempotent_answer (
    merchant_id bigint NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    answer bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE fiscal.import (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    adapter text NOT NULL,
    channel text NOT NULL,
    file_name text NOT NULL,
    file_hash bytea NOT NULL,
    repeat integer NOT NULL,
    payout text,
    batch_id bigint,
    lines integer NOT NULL,
    payments integer NOT NULL,
    payments_kopecks bigint NOT NULL,
    unidentified integer NOT NULL,
    duplicates integer NOT NULL,
    duplicates_kopecks bigint NOT NULL,
    rejected integer NOT NULL,
    skipped integer NOT NULL,
    receipts integer NOT NULL,
    totals jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT import_kind_check CHECK ((kind = ANY (ARRAY['statement'::text, 'register'::text])))
);

CREATE TABLE fiscal.import_line (
    merchant_id bigint NOT NULL,
    import_id bigint NOT NULL,
    line integer NOT NULL,
    outcome text NOT NULL,
    code text,
    field text,
    value text,
    event_key text,
    account text,
    named_accounts text[] NOT NULL,
    period text,
    paid_on date,
    amount_kopecks bigint,
    fee_kopecks bigint,
    document text,
    payer text,
    purpose text,
    evidence text[] NOT NULL,
    receipt_ids bigint[] NOT NULL,
    CONSTRAINT import_line_outcome_check CHECK ((outcome = ANY (ARRAY['payment'::text, 'duplicate'::text, 'rejected'::text, 'skipped'::text])))
)
PARTITION BY RANGE (import_id);

CREATE TABLE fiscal.intent (
    merchant_id bigint NOT NULL,
    kkt_id bigint NOT NULL,
    form smallint NOT NULL,
    receipt_id bigint,
    fn_number text NOT NULL,
    expected_fd integer NOT NULL,
    generation bigint NOT NULL,
    created_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE fiscal.kkt (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    cassette_id bigint NOT NULL,
    slot integer NOT NULL,
    address text NOT NULL,
    ofd_address text NOT NULL,
    fn_number text NOT NULL,
    registration_number text NOT NULL,
    ffd smallint NOT NULL,
    emulated boolean NOT NULL,
    state fiscal.slot_state NOT NULL,
    last_fd integer NOT NULL,
    acked_fd integer DEFAULT 0 NOT NULL,
    shift_number integer DEFAULT 0 NOT NULL,
    shift_opened_at timestamp with time zone,
    documents_left integer,
    valid_until date,
    warnings smallint DEFAULT 0 NOT NULL,
    fault text,
    lease_node integer,
    lease_generation bigint DEFAULT 0 NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    unreachable_since timestamp with time zone,
    paused_since timestamp with time zone,
    warm_since timestamp with time zone,
    checked_shift integer DEFAULT 0 NOT NULL,
    home_node integer,
    lease_beat bigint,
    lease_hold_ms bigint,
    warm_for bigint
)
WITH (fillfactor='50');

CREATE TABLE fiscal.kkt_request (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    kkt_id bigint NOT NULL,
    kind text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    answer jsonb,
    asked_by text DEFAULT ''::text NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    details jsonb,
    progress jsonb,
    CONSTRAINT kkt_request_kind_check CHECK ((kind = ANY (ARRAY['read_archive'::text, 'pause'::text, 'resume'::text, 'close_shift'::text, 'rotate'::text, 'return_to_service'::text, 'take_out'::text, 'read_registration'::text, 're_register'::text])))
);

CREATE TABLE fiscal.merchant (
    id bigint NOT NULL,
    name text NOT NULL,
    rules jsonb NOT NULL,
    receipt_id_tag smallint DEFAULT 1084 NOT NULL,
    cashier text NOT NULL,
    place text NOT NULL,
    address text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    timezone text DEFAULT 'Europe/Moscow'::text NOT NULL,
    shift_closes_at time without time zone,
    CONSTRAINT merchant_receipt_id_tag_check CHECK ((receipt_id_tag = ANY (ARRAY[1084, 1191])))
);

CREATE TABLE fiscal.merchant_book (
    merchant_id bigint NOT NULL,
    closed_periods text[] DEFAULT '{}'::text[] NOT NULL,
    suspense jsonb DEFAULT '[]'::jsonb NOT NULL,
    held jsonb DEFAULT '[]'::jsonb NOT NULL,
    pending_refunds jsonb DEFAULT '[]'::jsonb NOT NULL
);

CREATE TABLE fiscal.newer_fn (
    merchant_id bigint NOT NULL,
    fn_number text NOT NULL,
    restoration_id bigint NOT NULL,
    address text NOT NULL,
    last_fd integer NOT NULL
);

CREATE TABLE fiscal.node (
    number integer NOT NULL,
    incarnation bigint NOT NULL,
    beat bigint NOT NULL,
    hold_ms bigint NOT NULL,
    lock_id text,
    host text NOT NULL,
    process integer NOT NULL,
    version text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    stopped_at timestamp with time zone,
    draining boolean DEFAULT false NOT NULL,
    CONSTRAINT node_number_check CHECK (((number >= 0) AND (number <= 1023)))
)
WITH (fillfactor='50');

CREATE TABLE fiscal.ofd_exchange (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    kkt_id bigint NOT NULL,
    fn_number text NOT NULL,
    fd_number integer NOT NULL,
    code smallint NOT NULL,
    acked_at timestamp with time zone NOT NULL
)
PARTITION BY RANGE (id);

CREATE TABLE fiscal.payment (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    account_id bigint,
    paid_on date NOT NULL,
    amount_kopecks bigint NOT NULL,
    costs_kopecks bigint NOT NULL,
    penalty_kopecks bigint NOT NULL,
    suspended boolean NOT NULL,
    agent_sign smallint,
    parts bytea NOT NULL,
    reversed_by bigint,
    CONSTRAINT payment_amount_kopecks_check CHECK ((amount_kopecks > 0)),
    CONSTRAINT payment_costs_kopecks_check CHECK ((costs_kopecks >= 0)),
    CONSTRAINT payment_penalty_kopecks_check CHECK ((penalty_kopecks >= 0))
)
PARTITION BY RANGE (id);

CREATE TABLE fiscal.period_close_job (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    period text NOT NULL,
    dry_run boolean NOT NULL,
    state text NOT NULL,
    event_key text NOT NULL,
    event_id bigint NOT NULL,
    "position" bigint NOT NULL,
    accounts bigint NOT NULL,
    done bigint DEFAULT 0 NOT NULL,
    changed bigint DEFAULT 0 NOT NULL,
    settlements bigint DEFAULT 0 NOT NULL,
    receipts bigint DEFAULT 0 NOT NULL,
    kept bytea DEFAULT '\x'::bytea NOT NULL,
    totals jsonb DEFAULT '{}'::jsonb NOT NULL,
    deadline date NOT NULL,
    error text,
    runner bigint,
    lease_until timestamp with time zone,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone
);

CREATE TABLE fiscal.queue (
    merchant_id bigint NOT NULL,
    receipt_id bigint NOT NULL,
    account_id bigint,
    cassette_id bigint,
    state fiscal.receipt_state NOT NULL,
    deadline date NOT NULL,
    kkt_id bigint,
    attempts integer DEFAULT 0 NOT NULL,
    error text,
    updated_at timestamp with time zone NOT NULL,
    refusals integer DEFAULT 0 NOT NULL,
    CONSTRAINT queue_state_check CHECK ((state <> ALL (ARRAY['REGISTERED'::fiscal.receipt_state, 'OFD_ACKED'::fiscal.receipt_state])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.01', autovacuum_analyze_scale_factor='0.02', autovacuum_vacuum_cost_delay='0');

CREATE TABLE fiscal.raised_alarm (
    merchant_id bigint NOT NULL,
    code text NOT NULL,
    cassette_id bigint NOT NULL,
    kkt_id bigint NOT NULL,
    severity smallint NOT NULL,
    id bigint NOT NULL,
    raised_at timestamp with time zone NOT NULL,
    detail jsonb NOT NULL
);

CREATE TABLE fiscal.receipt (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    event_id bigint NOT NULL,
    event_key text NOT NULL,
    account_id bigint,
    form smallint NOT NULL,
    sign smallint NOT NULL,
    total_kopecks bigint NOT NULL,
    deadline date,
    consolidated text,
    part text,
    register_group text NOT NULL,
    body bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT receipt_total_kopecks_check CHECK ((total_kopecks >= 0))
)
PARTITION BY RANGE (id);

CREATE TABLE fiscal.receipt_day (
    merchant_id bigint NOT NULL,
    day date NOT NULL,
    receipts integer NOT NULL
);

CREATE TABLE fiscal.receipt_order (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    receipt_id bigint NOT NULL,
    kind text NOT NULL,
    asked_by text NOT NULL,
    reason text NOT NULL,
    state_before fiscal.receipt_state NOT NULL,
    error_before text,
    kkt_id bigint,
    fn_number text,
    fd_number integer,
    fiscal_sign bigint,
    issued_at timestamp without time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT receipt_order_asked_by_check CHECK ((asked_by <> ''::text)),
    CONSTRAINT receipt_order_kind_check CHECK ((kind = ANY (ARRAY['retry'::text, 'cancel'::text, 'settle_made'::text, 'settle_not_made'::text]))),
    CONSTRAINT receipt_order_reason_check CHECK ((reason <> ''::text))
);

CREATE TABLE fiscal.restoration (
    id bigint NOT NULL,
    restored_at timestamp with time zone NOT NULL,
    backup_made_at timestamp with time zone,
    file text NOT NULL,
    hold_ms bigint NOT NULL,
    closed_at timestamp with time zone
);

CREATE TABLE fiscal.restoration_job (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    idempotency_key text NOT NULL,
    body_hash bytea NOT NULL,
    dry_run boolean NOT NULL,
    on_error text NOT NULL,
    state text NOT NULL,
    events bigint NOT NULL,
    "position" integer DEFAULT 0 NOT NULL,
    done bigint DEFAULT 0 NOT NULL,
    known bigint DEFAULT 0 NOT NULL,
    refused bigint DEFAULT 0 NOT NULL,
    documents bigint DEFAULT 0 NOT NULL,
    problems jsonb DEFAULT '[]'::jsonb NOT NULL,
    order_ids bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    actor text NOT NULL,
    request_id text,
    error text,
    runner bigint,
    lease_until timestamp with time zone,
    started_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT restoration_job_on_error_check CHECK ((on_error = ANY (ARRAY['reject'::text, 'skip'::text])))
);

CREATE TABLE fiscal.restoration_piece (
    merchant_id bigint NOT NULL,
    job_id bigint NOT NULL,
    place integer NOT NULL,
    body bytea NOT NULL
);

CREATE TABLE fiscal.rotation (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    cassette_id bigint NOT NULL,
    from_kkt_id bigint NOT NULL,
    to_kkt_id bigint,
    reason text NOT NULL,
    rotated_at timestamp with time zone NOT NULL
);

CREATE TABLE fiscal.settlement (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    account_id bigint NOT NULL,
    event_id bigint NOT NULL,
    service text NOT NULL,
    period text NOT NULL,
    amount_kopecks bigint NOT NULL,
    vat_code smallint NOT NULL,
    form text NOT NULL,
    settled_on date NOT NULL,
    exempt text,
    lot_received_on date,
    lot_vat_code smallint,
    lot_method smallint,
    lot_service text,
    CONSTRAINT settlement_amount_kopecks_check CHECK ((amount_kopecks > 0))
)
PARTITION BY RANGE (id);

CREATE TABLE fiscal.unfiscalised (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    event_id bigint NOT NULL,
    account_id bigint,
    reason text NOT NULL,
    amount_kopecks bigint NOT NULL
)
PARTITION BY RANGE (id);

CREATE TABLE fiscal.webhook_endpoint (
    merchant_id bigint NOT NULL,
    id bigint NOT NULL,
    url text NOT NULL,
    description text NOT NULL,
    event_types text[] NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    disabled_why text,
    failures integer DEFAULT 0 NOT NULL,
    failing_since timestamp with time zone,
    retry_at timestamp with time zone,
    delivered_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL
)
WITH (fillfactor='50');

CREATE TABLE fiscal.webhook_message (
    merchant_id bigint NOT NULL,
    endpoint_id bigint NOT NULL,
    subject_id bigint NOT NULL,
    stage smallint NOT NULL,
    nth bigint DEFAULT 0 NOT NULL,
    type text NOT NULL,
    state text DEFAULT 'WAITING'::text NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone NOT NULL,
    tried_since timestamp with time zone,
    attempts integer DEFAULT 0 NOT NULL,
    status smallint,
    error text,
    finished_at timestamp with time zone,
    detail jsonb,
    CONSTRAINT webhook_message_finished CHECK (((state = 'WAITING'::text) = (finished_at IS NULL))),
    CONSTRAINT webhook_message_state_check CHECK ((state = ANY (ARRAY['WAITING'::text, 'DELIVERED'::text, 'FAILED'::text])))
)
WITH (fillfactor='70', autovacuum_vacuum_scale_factor='0.05', autovacuum_vacuum_cost_delay='0');

CREATE TABLE fiscal.webhook_secret (
    merchant_id bigint NOT NULL,
    endpoint_id bigint NOT NULL,
    id bigint NOT NULL,
    key bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone
);

CREATE TABLE office.absence (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    substitute_id bigint NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    created_at timestamp with time zone NOT NULL,
    withdrawn_at timestamp with time zone,
    CONSTRAINT absence_check CHECK (((last_day >= first_day) AND (person_id <> substitute_id)))
);

CREATE TABLE office.acknowledgement (
    notice_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    acknowledged_at timestamp with time zone NOT NULL,
    address text NOT NULL,
    agent text NOT NULL,
    said jsonb NOT NULL
);

CREATE TABLE office.assignment (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    person_id bigint NOT NULL,
    role text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    CONSTRAINT assignment_check CHECK (((valid_to IS NULL) OR (valid_to >= valid_from))),
    CONSTRAINT assignment_role_check CHECK ((role = ANY (ARRAY['lead'::text, 'tax'::text, 'payroll'::text, 'primary'::text, 'personnel'::text, 'manager'::text])))
);

CREATE TABLE office.audit (
    number bigint NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    person_id bigint,
    person text NOT NULL,
    address text NOT NULL,
    action text NOT NULL,
    merchant_id bigint,
    object text NOT NULL,
    before jsonb,
    after jsonb,
    reason text,
    previous_hash bytea NOT NULL,
    hash bytea NOT NULL
);

CREATE TABLE office.break_glass (
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    merchant_id bigint,
    reason text NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    organisation_id bigint,
    CONSTRAINT break_glass_check CHECK ((ends_at > begun_at)),
    CONSTRAINT break_glass_one CHECK ((num_nonnulls(merchant_id, organisation_id) = 1))
);

CREATE TABLE office.bulk_item (
    job_id bigint NOT NULL,
    place integer NOT NULL,
    merchant_id bigint NOT NULL,
    object_id bigint NOT NULL,
    title text NOT NULL,
    outcome text,
    problem jsonb,
    order_id bigint,
    CONSTRAINT bulk_item_order CHECK (((NOT (outcome IS DISTINCT FROM 'asked'::text)) = (order_id IS NOT NULL))),
    CONSTRAINT bulk_item_outcome_check CHECK ((outcome = ANY (ARRAY['done'::text, 'failed'::text, 'asked'::text])))
);

CREATE TABLE office.bulk_job (
    id bigint NOT NULL,
    person_id bigint,
    person text NOT NULL,
    form_key text NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    total integer NOT NULL,
    state text NOT NULL,
    beat_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT bulk_job_state_check CHECK ((state = ANY (ARRAY['RUNNING'::text, 'STOPPED'::text, 'DONE'::text])))
);

CREATE TABLE office.confirmed_rule (
    code text NOT NULL,
    confirmed_at timestamp with time zone NOT NULL,
    confirmed_by bigint,
    person text NOT NULL
);

CREATE TABLE office.contact (
    id bigint NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    phones text[] NOT NULL,
    emails text[] NOT NULL,
    language text NOT NULL,
    time_zone text,
    preferred_channel text NOT NULL,
    notes text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    CONSTRAINT contact_name_check CHECK ((name <> ''::text)),
    CONSTRAINT contact_preferred_channel_check CHECK ((preferred_channel = ANY (ARRAY['email'::text, 'portal'::text, 'phone'::text, 'messenger'::text])))
);

CREATE TABLE office.contract (
    id bigint NOT NULL,
    version integer NOT NULL,
    organisation_id bigint NOT NULL,
    number text NOT NULL,
    dated date NOT NULL,
    status text NOT NULL,
    starts_on date,
    ends_on date,
    renews_by_months integer,
    notice_days integer NOT NULL,
    fee_kopecks bigint NOT NULL,
    tariff_plan_id bigint,
    terms jsonb NOT NULL,
    lead_id bigint,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    updated_at timestamp with time zone NOT NULL,
    calculation_id bigint,
    renews_contract_id bigint,
    indexation_bp integer,
    indexation_month integer,
    original_returned_on date,
    notice_on date,
    closes_on date,
    CONSTRAINT contract_fee_kopecks_check CHECK ((fee_kopecks >= 0)),
    CONSTRAINT contract_indexation CHECK (((indexation_bp IS NULL) = (indexation_month IS NULL))),
    CONSTRAINT contract_indexation_bp_check CHECK ((indexation_bp >= 0)),
    CONSTRAINT contract_indexation_month_check CHECK (((indexation_month >= 1) AND (indexation_month <= 12))),
    CONSTRAINT contract_notice_days_check CHECK ((notice_days >= 0)),
    CONSTRAINT contract_renews_by_months_check CHECK ((renews_by_months > 0)),
    CONSTRAINT contract_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'agreed'::text, 'sent'::text, 'signed'::text, 'active'::text, 'suspended'::text, 'terminating'::text, 'closed'::text, 'cancelled'::text])))
);

CREATE TABLE office.contract_annex (
    id bigint NOT NULL,
    version integer NOT NULL,
    contract_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    number text NOT NULL,
    dated date NOT NULL,
    subject text NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT contract_annex_number_check CHECK ((number <> ''::text)),
    CONSTRAINT contract_annex_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'signed'::text, 'cancelled'::text])))
);

CREATE TABLE office.contract_annex_change (
    id bigint NOT NULL,
    annex_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    kind text NOT NULL,
    on_day date NOT NULL,
    line_id bigint,
    ends_on date,
    line jsonb,
    price_kopecks bigint,
    CONSTRAINT contract_annex_change_check CHECK (((kind = ANY (ARRAY['end'::text, 'price'::text])) = (line_id IS NOT NULL))),
    CONSTRAINT contract_annex_change_check1 CHECK (((kind = 'add'::text) = (line IS NOT NULL))),
    CONSTRAINT contract_annex_change_check2 CHECK (((kind = ANY (ARRAY['price'::text, 'fee'::text])) = (price_kopecks IS NOT NULL))),
    CONSTRAINT contract_annex_change_kind_check CHECK ((kind = ANY (ARRAY['add'::text, 'end'::text, 'price'::text, 'fee'::text]))),
    CONSTRAINT contract_annex_change_price_kopecks_check CHECK ((price_kopecks >= 0))
);

CREATE TABLE office.contract_annex_signature (
    annex_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    side text NOT NULL,
    signed_on date NOT NULL,
    method text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    recorded_by bigint,
    CONSTRAINT contract_annex_signature_method_check CHECK ((method = ANY (ARRAY['paper'::text, 'simple'::text, 'qualified'::text]))),
    CONSTRAINT contract_annex_signature_side_check CHECK ((side = ANY (ARRAY['office'::text, 'client'::text])))
);

CREATE TABLE office.contract_event (
    id bigint NOT NULL,
    contract_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    person_id bigint,
    person text NOT NULL,
    transition text NOT NULL,
    status text NOT NULL,
    note text NOT NULL
);

CREATE TABLE office.contract_file (
    id bigint NOT NULL,
    contract_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    name text NOT NULL,
    media_type text NOT NULL,
    size integer NOT NULL,
    sha256 bytea NOT NULL,
    form_key text NOT NULL,
    is_whole boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    withdrawn_at timestamp with time zone,
    CONSTRAINT contract_file_size_check CHECK ((size > 0))
);

CREATE TABLE office.contract_file_piece (
    file_id bigint NOT NULL,
    place integer NOT NULL,
    organisation_id bigint NOT NULL,
    body bytea NOT NULL
);

CREATE TABLE office.contract_line (
    id bigint NOT NULL,
    contract_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    service text NOT NULL,
    starts_on date NOT NULL,
    ends_on date,
    period text NOT NULL,
    months integer[] NOT NULL,
    due_rule text NOT NULL,
    shift text NOT NULL,
    obligations text[] NOT NULL,
    quantity integer NOT NULL,
    price_kopecks bigint NOT NULL,
    in_fee boolean NOT NULL,
    annex_id bigint,
    CONSTRAINT contract_line_price_kopecks_check CHECK ((price_kopecks >= 0)),
    CONSTRAINT contract_line_quantity_check CHECK ((quantity > 0)),
    CONSTRAINT contract_line_shift_check CHECK ((shift = ANY (ARRAY['next'::text, 'prev'::text, 'none'::text])))
);

CREATE TABLE office.contract_number (
    number text NOT NULL,
    contract_id bigint NOT NULL,
    CONSTRAINT contract_number_number_check CHECK ((number <> ''::text))
);

CREATE TABLE office.contract_signature (
    contract_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    side text NOT NULL,
    signed_on date NOT NULL,
    method text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    recorded_by bigint,
    CONSTRAINT contract_signature_method_check CHECK ((method = ANY (ARRAY['paper'::text, 'simple'::text, 'qualified'::text]))),
    CONSTRAINT contract_signature_side_check CHECK ((side = ANY (ARRAY['office'::text, 'client'::text])))
);

CREATE TABLE office.contract_template (
    id bigint NOT NULL,
    language text NOT NULL,
    archived_at timestamp with time zone
);

CREATE TABLE office.contract_template_text (
    template_id bigint NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    text text NOT NULL,
    author_id bigint,
    author text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT contract_template_text_name_check CHECK ((name <> ''::text)),
    CONSTRAINT contract_template_text_text_check CHECK ((text <> ''::text)),
    CONSTRAINT contract_template_text_version_check CHECK ((version > 0))
);

CREATE TABLE office.contract_text (
    id bigint NOT NULL,
    contract_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    template_id bigint NOT NULL,
    template_version integer NOT NULL,
    html text NOT NULL,
    pdf bytea NOT NULL,
    sha256 bytea NOT NULL,
    author_id bigint,
    author text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT contract_text_html_check CHECK ((html <> ''::text))
);

CREATE TABLE office.daily_work (
    day date NOT NULL,
    name text NOT NULL,
    done_at timestamp with time zone NOT NULL
);

CREATE TABLE office.digest (
    person_id bigint NOT NULL,
    day date NOT NULL,
    state text NOT NULL,
    claimed_at timestamp with time zone NOT NULL,
    attempts integer NOT NULL,
    CONSTRAINT digest_state_check CHECK ((state = ANY (ARRAY['claimed'::text, 'sent'::text, 'unknown'::text, 'nothing'::text, 'failed'::text])))
);

CREATE TABLE office.due_date (
    id bigint NOT NULL,
    fingerprint bytea NOT NULL,
    code text NOT NULL,
    period text NOT NULL,
    instalment integer NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    nominal date,
    due date NOT NULL,
    target date NOT NULL,
    is_preliminary boolean NOT NULL,
    passports jsonb NOT NULL
);

CREATE TABLE office.errand (
    token_hash bytea NOT NULL,
    merchant_id bigint NOT NULL,
    person_id bigint,
    person text NOT NULL,
    scopes text[] NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE office.failed_sign_in (
    id bigint NOT NULL,
    email text NOT NULL,
    address text NOT NULL,
    failed_at timestamp with time zone NOT NULL
);

CREATE TABLE office.handbook (
    id bigint NOT NULL,
    name text NOT NULL,
    owner_id bigint,
    show_in_card boolean NOT NULL,
    "position" integer NOT NULL,
    archived_at timestamp with time zone,
    outline text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone,
    created_by bigint,
    CONSTRAINT handbook_name_check CHECK ((name <> ''::text))
);

CREATE TABLE office.handbook_entry (
    id bigint NOT NULL,
    handbook_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    text text NOT NULL,
    review_by date,
    author_id bigint,
    author text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    pinned boolean DEFAULT false NOT NULL
);

CREATE TABLE office.handbook_file (
    id bigint NOT NULL,
    handbook_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    name text NOT NULL,
    size integer NOT NULL,
    content bytea NOT NULL,
    author_id bigint,
    author text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT handbook_file_name_check CHECK ((name <> ''::text)),
    CONSTRAINT handbook_file_size_check CHECK (((size >= 1) AND (size <= 8388608)))
);

CREATE TABLE office.lead (
    id bigint NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    organisation_name text NOT NULL,
    legal_form text NOT NULL,
    tax_system text NOT NULL,
    tax_number text,
    activity text NOT NULL,
    region text NOT NULL,
    phone text,
    email text,
    source text NOT NULL,
    features text NOT NULL,
    state text NOT NULL,
    state_since date NOT NULL,
    former_state text,
    wake_on date,
    owner_id bigint,
    next_action text,
    next_action_on date,
    fee_kopecks bigint,
    offer_until date,
    lost_reason text,
    duplicate_of bigint,
    organisation_id bigint,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    import_id bigint,
    number integer DEFAULT office.next_lead_number() NOT NULL,
    surname text DEFAULT ''::text NOT NULL,
    patronymic text DEFAULT ''::text NOT NULL,
    messenger text DEFAULT ''::text NOT NULL,
    source_detail text DEFAULT ''::text NOT NULL,
    needs text DEFAULT ''::text NOT NULL,
    expected_start date,
    consent_on date,
    CONSTRAINT lead_check CHECK (((name <> ''::text) OR (organisation_name <> ''::text))),
    CONSTRAINT lead_check1 CHECK (((state = 'won'::text) = (organisation_id IS NOT NULL))),
    CONSTRAINT lead_fee_kopecks_check CHECK ((fee_kopecks >= 0)),
    CONSTRAINT lead_legal_form_check CHECK ((legal_form = ANY (ARRAY['org'::text, 'ip'::text, 'person'::text, 'unknown'::text]))),
    CONSTRAINT lead_state_check CHECK ((state = ANY (ARRAY['new'::text, 'contacted'::text, 'qualified'::text, 'calculated'::text, 'proposal_sent'::text, 'negotiating'::text, 'won'::text, 'lost'::text, 'deferred'::text, 'merged'::text])))
);

CREATE TABLE office.lead_event (
    id bigint NOT NULL,
    lead_id bigint NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    person_id bigint,
    person text NOT NULL,
    transition text NOT NULL,
    state text NOT NULL,
    note text NOT NULL
);

CREATE TABLE office.lead_import (
    id bigint NOT NULL,
    version integer NOT NULL,
    file_name text NOT NULL,
    state text NOT NULL,
    heads text[] NOT NULL,
    mapping jsonb NOT NULL,
    source text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    kind text DEFAULT 'lead'::text NOT NULL,
    CONSTRAINT lead_import_kind_check CHECK ((kind = ANY (ARRAY['lead'::text, 'slip'::text]))),
    CONSTRAINT lead_import_state_check CHECK ((state = ANY (ARRAY['new'::text, 'done'::text, 'undone'::text])))
);

CREATE TABLE office.lead_import_row (
    import_id bigint NOT NULL,
    line integer NOT NULL,
    cells text[] NOT NULL,
    lead_id bigint,
    slip_id bigint
);

CREATE TABLE office.notice (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    kind text NOT NULL,
    language text NOT NULL,
    said jsonb NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL,
    next_attempt_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    group_id bigint NOT NULL,
    due date NOT NULL,
    needs_answer boolean NOT NULL,
    sent_count integer NOT NULL,
    failures integer NOT NULL,
    escalation text NOT NULL,
    superseded_by bigint,
    CONSTRAINT notice_escalation_check CHECK ((escalation = ANY (ARRAY['none'::text, 'call'::text, 'head'::text]))),
    CONSTRAINT notice_failures_check CHECK ((failures >= 0)),
    CONSTRAINT notice_sent_count_check CHECK ((sent_count >= 0)),
    CONSTRAINT notice_state_check CHECK ((state = ANY (ARRAY['scheduled'::text, 'sent'::text, 'acknowledged'::text, 'superseded'::text, 'cancelled'::text, 'escalated'::text])))
);

CREATE TABLE office.notice_attempt (
    notice_id bigint NOT NULL,
    attempt integer NOT NULL,
    organisation_id bigint NOT NULL,
    begun_at timestamp with time zone CONSTRAINT notice_attempt_sent_at_not_null NOT NULL,
    answer text NOT NULL,
    address text NOT NULL,
    message_id text NOT NULL,
    token_hash bytea NOT NULL,
    repeat integer NOT NULL,
    by_person text,
    outcome text,
    ended_at timestamp with time zone,
    resolved_by text,
    CONSTRAINT notice_attempt_check CHECK (((outcome IS NULL) = (ended_at IS NULL))),
    CONSTRAINT notice_attempt_outcome_check CHECK ((outcome = ANY (ARRAY['accepted'::text, 'deferred'::text, 'refused'::text, 'unknown'::text, 'arrived'::text, 'lost'::text])))
);

CREATE TABLE office.number_rule (
    kind text NOT NULL,
    rule text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    changed_by bigint,
    CONSTRAINT number_rule_kind_check CHECK ((kind = ANY (ARRAY['contract'::text, 'annex'::text])))
);

CREATE TABLE office.number_skip (
    id bigint NOT NULL,
    series text NOT NULL,
    up_to integer NOT NULL,
    reason text NOT NULL,
    person text NOT NULL,
    made_at timestamp with time zone NOT NULL,
    CONSTRAINT number_skip_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT number_skip_up_to_check CHECK ((up_to > 0))
);

CREATE TABLE office.obligation (
    id bigint NOT NULL,
    version integer NOT NULL,
    organisation_id bigint NOT NULL,
    code text NOT NULL,
    period text NOT NULL,
    instalment integer NOT NULL,
    due_date_id bigint NOT NULL,
    due date NOT NULL,
    target date NOT NULL,
    profile_since date NOT NULL,
    is_outside_contract boolean NOT NULL,
    state text NOT NULL,
    CONSTRAINT obligation_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'begun'::text, 'done'::text, 'not_required'::text, 'cancelled'::text])))
);

CREATE TABLE office.obligation_event (
    obligation_id bigint NOT NULL,
    run_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    change text NOT NULL,
    was date,
    becomes date,
    CONSTRAINT obligation_event_change_check CHECK ((change = ANY (ARRAY['created'::text, 'moved'::text, 'cancelled'::text])))
);

CREATE TABLE office.occasion (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    name text NOT NULL,
    choice text,
    first_day date NOT NULL,
    last_day date,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    withdrawn_at timestamp with time zone,
    CONSTRAINT occasion_check CHECK ((last_day >= first_day))
);

CREATE TABLE office.one_off_date (
    id bigint NOT NULL,
    code text NOT NULL,
    period text NOT NULL,
    instalment integer NOT NULL,
    organisation_id bigint,
    due date NOT NULL,
    document text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    withdrawn_at timestamp with time zone,
    CONSTRAINT one_off_date_document_check CHECK ((document <> ''::text))
);

CREATE TABLE office.organisation (
    id bigint NOT NULL,
    version integer NOT NULL,
    short_name text NOT NULL,
    full_name text NOT NULL,
    kind text NOT NULL,
    country text NOT NULL,
    region text,
    tax_number text,
    identifiers jsonb NOT NULL,
    details jsonb NOT NULL,
    status text NOT NULL,
    family text,
    tags text[] NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    updated_at timestamp with time zone NOT NULL,
    updated_by bigint,
    CONSTRAINT organisation_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT organisation_kind_check CHECK ((kind = ANY (ARRAY['org'::text, 'ip'::text, 'person'::text]))),
    CONSTRAINT organisation_short_name_check CHECK ((short_name <> ''::text)),
    CONSTRAINT organisation_status_check CHECK ((status = ANY (ARRAY['prospect'::text, 'onboarding'::text, 'active'::text, 'suspended'::text, 'offboarding'::text, 'former'::text])))
);

CREATE TABLE office.organisation_contact (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    role text NOT NULL,
    receives text[] NOT NULL,
    can_acknowledge boolean NOT NULL,
    can_sign boolean NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    CONSTRAINT organisation_contact_role_check CHECK ((role = ANY (ARRAY['director'::text, 'owner'::text, 'chief_accountant'::text, 'payroll'::text, 'primary'::text, 'it'::text, 'signatory'::text, 'other'::text])))
);

CREATE TABLE office.organisation_merchant (
    merchant_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint
);

CREATE TABLE office.own_details (
    version integer NOT NULL,
    details jsonb NOT NULL,
    author_id bigint,
    author text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT own_details_version_check CHECK ((version > 0))
);

CREATE TABLE office.password_link (
    person_id bigint NOT NULL,
    token_hash bytea NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE office.person (
    id bigint NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    roles text[] NOT NULL,
    language text NOT NULL,
    password_hash text,
    totp_secret text,
    totp_step bigint DEFAULT 0 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    digest text DEFAULT 'due'::text NOT NULL,
    digest_hour integer DEFAULT 8 NOT NULL,
    CONSTRAINT person_digest_check CHECK ((digest = ANY (ARRAY['always'::text, 'due'::text, 'never'::text]))),
    CONSTRAINT person_digest_hour_check CHECK (((digest_hour >= 8) AND (digest_hour <= 18))),
    CONSTRAINT person_email_check CHECK ((email = lower(email)))
);

CREATE TABLE office.person_merchant (
    merchant_id bigint NOT NULL,
    person_id bigint NOT NULL
);

CREATE TABLE office.power_of_attorney (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    number text NOT NULL,
    representative text NOT NULL,
    powers text NOT NULL,
    issued_on date NOT NULL,
    valid_to date NOT NULL,
    revoked_on date,
    revoke_note text,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    CONSTRAINT power_of_attorney_check CHECK ((issued_on <= valid_to)),
    CONSTRAINT power_of_attorney_check1 CHECK (((revoked_on IS NULL) = (revoke_note IS NULL))),
    CONSTRAINT power_of_attorney_kind_check CHECK ((kind = ANY (ARRAY['paper'::text, 'notarised'::text, 'electronic'::text, 'own_signature'::text])))
);

CREATE TABLE office.price_calculation (
    id bigint NOT NULL,
    lead_id bigint,
    organisation_id bigint,
    tariff_plan_id bigint NOT NULL,
    calculation jsonb NOT NULL,
    fee_kopecks bigint NOT NULL,
    one_off_kopecks bigint NOT NULL,
    valid_until date NOT NULL,
    author text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    CONSTRAINT price_calculation_check CHECK (((lead_id IS NOT NULL) OR (organisation_id IS NOT NULL))),
    CONSTRAINT price_calculation_fee_kopecks_check CHECK ((fee_kopecks >= 0)),
    CONSTRAINT price_calculation_one_off_kopecks_check CHECK ((one_off_kopecks >= 0))
);

CREATE TABLE office.project (
    id bigint NOT NULL,
    version integer NOT NULL,
    organisation_id bigint NOT NULL,
    kind text NOT NULL,
    goal text NOT NULL,
    state text NOT NULL,
    coordinator_id bigint,
    lead_id bigint,
    starts_on date NOT NULL,
    due date,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    CONSTRAINT project_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'active'::text, 'on_hold'::text, 'done'::text, 'cancelled'::text])))
);

CREATE TABLE office.recovery_code (
    person_id bigint NOT NULL,
    code_hash bytea NOT NULL
);

CREATE TABLE office.saved_view (
    id bigint NOT NULL,
    list text NOT NULL,
    person_id bigint,
    person text NOT NULL,
    merchant_id bigint,
    name text NOT NULL,
    query text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT saved_view_name_check CHECK ((name <> ''::text))
);

CREATE TABLE office.schedule_run (
    id bigint NOT NULL,
    applied_at timestamp with time zone NOT NULL,
    person_id bigint,
    person text NOT NULL,
    reason text NOT NULL,
    until date NOT NULL,
    organisations integer NOT NULL,
    created integer NOT NULL,
    moved integer NOT NULL,
    cancelled integer NOT NULL,
    conflicts integer NOT NULL
);

CREATE TABLE office.sent_form (
    key bytea NOT NULL,
    person_id bigint,
    place text NOT NULL,
    sent_at timestamp with time zone NOT NULL
);

CREATE TABLE office.service (
    id bigint NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    area text NOT NULL,
    unit text NOT NULL,
    default_role text NOT NULL,
    is_cyclic boolean NOT NULL,
    norm_minutes integer NOT NULL,
    obligations text[] NOT NULL,
    is_active boolean NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    period text DEFAULT 'month'::text NOT NULL,
    months integer[] DEFAULT '{}'::integer[] NOT NULL,
    due_rule text DEFAULT ''::text NOT NULL,
    shift text DEFAULT 'none'::text NOT NULL,
    price_kopecks bigint DEFAULT 0 NOT NULL,
    CONSTRAINT service_price_kopecks_check CHECK ((price_kopecks >= 0)),
    CONSTRAINT service_shift_check CHECK ((shift = ANY (ARRAY['next'::text, 'prev'::text, 'none'::text])))
);

CREATE TABLE office.session (
    token_hash bytea NOT NULL,
    id bigint NOT NULL,
    person_id bigint NOT NULL,
    passed boolean NOT NULL,
    address text NOT NULL,
    agent text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE office.slip (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    obligation_id bigint NOT NULL,
    version integer NOT NULL,
    amount_kopecks bigint NOT NULL,
    due date NOT NULL,
    details jsonb NOT NULL,
    explanation text NOT NULL,
    state text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    CONSTRAINT slip_amount_kopecks_check CHECK ((amount_kopecks >= 0)),
    CONSTRAINT slip_state_check CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'superseded'::text, 'paid'::text, 'cancelled'::text])))
);

CREATE TABLE office.tariff_plan (
    id bigint NOT NULL,
    code text NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    plan jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    CONSTRAINT tariff_plan_status_check CHECK ((status = ANY (ARRAY['draft'::text, 'active'::text, 'retired'::text])))
);

CREATE TABLE office.task (
    id bigint NOT NULL,
    version integer NOT NULL,
    organisation_id bigint NOT NULL,
    project_id bigint,
    obligation_id bigint,
    kind text NOT NULL,
    title text NOT NULL,
    role text NOT NULL,
    owner_id bigint,
    assigner_id bigint,
    mode text NOT NULL,
    state text NOT NULL,
    "position" integer NOT NULL,
    legal_date date,
    target_date date,
    waiting_for text,
    waiting_until date,
    is_outside_contract boolean NOT NULL,
    late_reason text,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    reviewer_id bigint,
    watchers bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    is_owner_chosen boolean DEFAULT false NOT NULL,
    is_submitted boolean DEFAULT false NOT NULL,
    is_closed boolean GENERATED ALWAYS AS ((state = ANY (ARRAY['done'::text, 'not_required'::text, 'cancelled'::text]))) STORED NOT NULL,
    day date GENERATED ALWAYS AS (COALESCE(target_date, legal_date, 'infinity'::date)) STORED NOT NULL,
    closed_at timestamp with time zone,
    estimate_minutes integer,
    CONSTRAINT task_estimate_minutes_check CHECK ((estimate_minutes > 0)),
    CONSTRAINT task_kind_check CHECK ((kind = ANY (ARRAY['obligation'::text, 'one_off'::text, 'request'::text, 'internal'::text]))),
    CONSTRAINT task_mode_check CHECK ((mode = ANY (ARRAY['one'::text, 'all'::text, 'any'::text, 'ordered'::text]))),
    CONSTRAINT task_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'open'::text, 'in_progress'::text, 'waiting'::text, 'review'::text, 'ready'::text, 'submitted'::text, 'done'::text, 'not_required'::text, 'cancelled'::text]))),
    CONSTRAINT task_title_check CHECK ((title <> ''::text))
);

CREATE TABLE office.task_block (
    task_id bigint NOT NULL,
    blocker_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    added_at timestamp with time zone NOT NULL,
    person_id bigint,
    CONSTRAINT task_block_check CHECK ((task_id <> blocker_id))
);

CREATE TABLE office.task_check (
    task_id bigint NOT NULL,
    "position" integer NOT NULL,
    organisation_id bigint NOT NULL,
    title text NOT NULL,
    done_at timestamp with time zone,
    done_by bigint
);

CREATE TABLE office.task_event (
    id bigint NOT NULL,
    task_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    person_id bigint,
    person text NOT NULL,
    transition text,
    state text NOT NULL,
    note text NOT NULL,
    mentions bigint[] DEFAULT '{}'::bigint[] NOT NULL
);

CREATE TABLE office.task_file (
    id bigint NOT NULL,
    task_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    size integer NOT NULL,
    sha256 bytea NOT NULL,
    content bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    person_id bigint,
    person text NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT task_file_name_check CHECK ((name <> ''::text)),
    CONSTRAINT task_file_size_check CHECK ((size > 0))
);

CREATE TABLE office.task_part (
    task_id bigint NOT NULL,
    person_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    "position" integer NOT NULL,
    closed_at timestamp with time zone
);

CREATE TABLE office.task_template (
    id bigint NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    points text[] NOT NULL,
    archived_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    CONSTRAINT task_template_name_check CHECK ((name <> ''::text))
);

CREATE TABLE office.tax_profile (
    id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    payer text NOT NULL,
    systems text[] NOT NULL,
    with_employees boolean NOT NULL,
    facts jsonb NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    created_at timestamp with time zone NOT NULL,
    created_by bigint,
    withdrawn_at timestamp with time zone,
    CONSTRAINT tax_profile_check CHECK (((valid_to IS NULL) OR (valid_to > valid_from))),
    CONSTRAINT tax_profile_payer_check CHECK ((payer = ANY (ARRAY['ORG'::text, 'IP'::text, 'PERSON'::text])))
);

CREATE TABLE office.time_entry (
    id bigint NOT NULL,
    task_id bigint NOT NULL,
    organisation_id bigint NOT NULL,
    person_id bigint,
    person text NOT NULL,
    day date NOT NULL,
    minutes integer NOT NULL,
    note text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT time_entry_minutes_check CHECK (((minutes >= 1) AND (minutes <= 1440)))
);

CREATE TABLE office.upload (
    id bigint NOT NULL,
    merchant_id bigint NOT NULL,
    person_id bigint,
    form_key text NOT NULL,
    file_name text NOT NULL,
    size bigint NOT NULL,
    kind text NOT NULL,
    options jsonb DEFAULT '{}'::jsonb NOT NULL,
    state text NOT NULL,
    sent bigint DEFAULT 0 NOT NULL,
    answer jsonb,
    refusal jsonb,
    result_id bigint,
    beat_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT upload_kind_check CHECK ((kind = ANY (ARRAY['unknown'::text, 'statement'::text, 'register'::text, 'batch'::text, 'restoration'::text]))),
    CONSTRAINT upload_state_check CHECK ((state = ANY (ARRAY['COMING'::text, 'NEW'::text, 'CHECKING'::text, 'CHECKED'::text, 'RUNNING'::text, 'DONE'::text, 'FAILED'::text])))
);

CREATE TABLE office.upload_piece (
    upload_id bigint NOT NULL,
    place integer NOT NULL,
    body bytea NOT NULL
);

ALTER TABLE ONLY fiscal.account
    ADD CONSTRAINT account_merchant_id_code_key UNIQUE (merchant_id, code);

ALTER TABLE ONLY fiscal.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.adopted_receipt
    ADD CONSTRAINT adopted_receipt_pkey PRIMARY KEY (merchant_id, fn_number, fd_number);

ALTER TABLE ONLY fiscal.adoption_statement
    ADD CONSTRAINT adoption_statement_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.advance_lot
    ADD CONSTRAINT advance_lot_pkey PRIMARY KEY (merchant_id, account_id, ordinal);

ALTER TABLE ONLY fiscal.anomaly
    ADD CONSTRAINT anomaly_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.api_key
    ADD CONSTRAINT api_key_key_hash_key UNIQUE (key_hash);

ALTER TABLE ONLY fiscal.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);

ALTER TABLE ONLY fiscal.atol_callback
    ADD CONSTRAINT atol_callback_pkey PRIMARY KEY (merchant_id, receipt_id);

ALTER TABLE ONLY fiscal.atol_group
    ADD CONSTRAINT atol_group_pkey PRIMARY KEY (code);

ALTER TABLE ONLY fiscal.atol_login
    ADD CONSTRAINT atol_login_pkey PRIMARY KEY (login);

ALTER TABLE ONLY fiscal.atol_login
    ADD CONSTRAINT atol_login_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY fiscal.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.batch
    ADD CONSTRAINT batch_merchant_id_idempotency_key_key UNIQUE (merchant_id, idempotency_key);

ALTER TABLE ONLY fiscal.batch
    ADD CONSTRAINT batch_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.cassette
    ADD CONSTRAINT cassette_merchant_id_name_key UNIQUE (merchant_id, name);

ALTER TABLE ONLY fiscal.cassette
    ADD CONSTRAINT cassette_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.corrected_receipt
    ADD CONSTRAINT corrected_receipt_pkey PRIMARY KEY (merchant_id, receipt_id, correction_id);

ALTER TABLE ONLY fiscal.correction
    ADD CONSTRAINT correction_merchant_id_idempotency_key_key UNIQUE (merchant_id, idempotency_key);

ALTER TABLE ONLY fiscal.correction
    ADD CONSTRAINT correction_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.debt
    ADD CONSTRAINT debt_pkey PRIMARY KEY (merchant_id, account_id, ordinal);

ALTER TABLE ONLY fiscal.device_order
    ADD CONSTRAINT device_order_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.event_key
    ADD CONSTRAINT event_key_pkey PRIMARY KEY (merchant_id, key);

ALTER TABLE ONLY fiscal.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.expected_foreign_receipt
    ADD CONSTRAINT expected_foreign_receipt_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.fiscal_document
    ADD CONSTRAINT fiscal_document_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.hold
    ADD CONSTRAINT hold_pkey PRIMARY KEY (merchant_id);

ALTER TABLE ONLY fiscal.idempotent_answer
    ADD CONSTRAINT idempotent_answer_pkey PRIMARY KEY (merchant_id, key);

ALTER TABLE ONLY fiscal.import_line
    ADD CONSTRAINT import_line_pkey PRIMARY KEY (merchant_id, import_id, line);

ALTER TABLE ONLY fiscal.import
    ADD CONSTRAINT import_merchant_id_file_hash_repeat_key UNIQUE (merchant_id, file_hash, repeat);

ALTER TABLE ONLY fiscal.import
    ADD CONSTRAINT import_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.intent
    ADD CONSTRAINT intent_pkey PRIMARY KEY (merchant_id, kkt_id);

ALTER TABLE ONLY fiscal.kkt
    ADD CONSTRAINT kkt_merchant_id_cassette_id_slot_key UNIQUE (merchant_id, cassette_id, slot);

ALTER TABLE ONLY fiscal.kkt
    ADD CONSTRAINT kkt_merchant_id_fn_number_key UNIQUE (merchant_id, fn_number);

ALTER TABLE ONLY fiscal.kkt
    ADD CONSTRAINT kkt_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.kkt_request
    ADD CONSTRAINT kkt_request_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.merchant_book
    ADD CONSTRAINT merchant_book_pkey PRIMARY KEY (merchant_id);

ALTER TABLE ONLY fiscal.merchant
    ADD CONSTRAINT merchant_name_key UNIQUE (name);

ALTER TABLE ONLY fiscal.merchant
    ADD CONSTRAINT merchant_pkey PRIMARY KEY (id);

ALTER TABLE ONLY fiscal.newer_fn
    ADD CONSTRAINT newer_fn_pkey PRIMARY KEY (merchant_id, fn_number, restoration_id);

ALTER TABLE ONLY fiscal.node
    ADD CONSTRAINT node_pkey PRIMARY KEY (number);

ALTER TABLE ONLY fiscal.ofd_exchange
    ADD CONSTRAINT ofd_exchange_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.payment
    ADD CONSTRAINT payment_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.period_close_job
    ADD CONSTRAINT period_close_job_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.queue
    ADD CONSTRAINT queue_pkey PRIMARY KEY (merchant_id, receipt_id);

ALTER TABLE ONLY fiscal.raised_alarm
    ADD CONSTRAINT raised_alarm_pkey PRIMARY KEY (merchant_id, code, cassette_id, kkt_id, severity);

ALTER TABLE ONLY fiscal.receipt_day
    ADD CONSTRAINT receipt_day_pkey PRIMARY KEY (merchant_id, day);

ALTER TABLE ONLY fiscal.receipt_order
    ADD CONSTRAINT receipt_order_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.receipt
    ADD CONSTRAINT receipt_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.restoration_job
    ADD CONSTRAINT restoration_job_merchant_id_idempotency_key_key UNIQUE (merchant_id, idempotency_key);

ALTER TABLE ONLY fiscal.restoration_job
    ADD CONSTRAINT restoration_job_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.restoration_piece
    ADD CONSTRAINT restoration_piece_pkey PRIMARY KEY (merchant_id, job_id, place);

ALTER TABLE ONLY fiscal.restoration
    ADD CONSTRAINT restoration_pkey PRIMARY KEY (id);

ALTER TABLE ONLY fiscal.rotation
    ADD CONSTRAINT rotation_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.settlement
    ADD CONSTRAINT settlement_pkey PRIMARY KEY (merchant_id, account_id, id);

ALTER TABLE ONLY fiscal.unfiscalised
    ADD CONSTRAINT unfiscalised_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.webhook_endpoint
    ADD CONSTRAINT webhook_endpoint_pkey PRIMARY KEY (merchant_id, id);

ALTER TABLE ONLY fiscal.webhook_message
    ADD CONSTRAINT webhook_message_pkey PRIMARY KEY (merchant_id, endpoint_id, subject_id, stage, nth);

ALTER TABLE ONLY fiscal.webhook_secret
    ADD CONSTRAINT webhook_secret_pkey PRIMARY KEY (merchant_id, endpoint_id, id);

ALTER TABLE ONLY office.absence
    ADD CONSTRAINT absence_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.acknowledgement
    ADD CONSTRAINT acknowledgement_pkey PRIMARY KEY (notice_id);

ALTER TABLE ONLY office.assignment
    ADD CONSTRAINT assignment_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (number);

ALTER TABLE ONLY office.break_glass
    ADD CONSTRAINT break_glass_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.bulk_item
    ADD CONSTRAINT bulk_item_pkey PRIMARY KEY (job_id, place);

ALTER TABLE ONLY office.bulk_job
    ADD CONSTRAINT bulk_job_form_key_key UNIQUE (form_key);

ALTER TABLE ONLY office.bulk_job
    ADD CONSTRAINT bulk_job_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.confirmed_rule
    ADD CONSTRAINT confirmed_rule_pkey PRIMARY KEY (code);

ALTER TABLE ONLY office.contact
    ADD CONSTRAINT contact_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.contract_annex_change
    ADD CONSTRAINT contract_annex_change_annex_id_line_id_key UNIQUE (annex_id, line_id);

ALTER TABLE ONLY office.contract_annex_change
    ADD CONSTRAINT contract_annex_change_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.contract_annex
    ADD CONSTRAINT contract_annex_contract_id_number_key UNIQUE (contract_id, number);

ALTER TABLE ONLY office.contract_annex
    ADD CONSTRAINT contract_annex_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.contract_annex_signature
    ADD CONSTRAINT contract_annex_signature_pkey PRIMARY KEY (annex_id, side);

ALTER TABLE ONLY office.contract_event
    ADD CONSTRAINT contract_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.contract_file
    ADD CONSTRAINT contract_file_form_key_key UNIQUE (form_key);

ALTER TABLE ONLY office.contract_file_piece
    ADD CONSTRAINT contract_file_piece_pkey PRIMARY KEY (file_id, place);

ALTER TABLE ONLY office.contract_file
    ADD CONSTRAINT contract_file_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.contract
    ADD CONSTRAINT contract_lead_id_key UNIQUE (lead_id);

ALTER TABLE ONLY office.contract_line
    ADD CONSTRAINT contract_line_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.contract_number
    ADD CONSTRAINT contract_number_contract_id_key UNIQUE (contract_id);

ALTER TABLE ONLY office.contract_number
    ADD CONSTRAINT contract_number_pkey PRIMARY KEY (number);

ALTER TABLE ONLY office.contract
    ADD CONSTRAINT contract_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.contract
    ADD CONSTRAINT contract_renews_contract_id_key UNIQUE (renews_contract_id);

ALTER TABLE ONLY office.contract_signature
    ADD CONSTRAINT contract_signature_pkey PRIMARY KEY (contract_id, side);

ALTER TABLE ONLY office.contract_template
    ADD CONSTRAINT contract_template_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.contract_template_text
    ADD CONSTRAINT contract_template_text_pkey PRIMARY KEY (template_id, version);

ALTER TABLE ONLY office.contract_text
    ADD CONSTRAINT contract_text_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.daily_work
    ADD CONSTRAINT daily_work_pkey PRIMARY KEY (day, name);

ALTER TABLE ONLY office.digest
    ADD CONSTRAINT digest_pkey PRIMARY KEY (person_id, day);

ALTER TABLE ONLY office.due_date
    ADD CONSTRAINT due_date_fingerprint_key UNIQUE (fingerprint);

ALTER TABLE ONLY office.due_date
    ADD CONSTRAINT due_date_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.errand
    ADD CONSTRAINT errand_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY office.failed_sign_in
    ADD CONSTRAINT failed_sign_in_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.handbook_entry
    ADD CONSTRAINT handbook_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.handbook_file
    ADD CONSTRAINT handbook_file_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.handbook
    ADD CONSTRAINT handbook_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.lead_event
    ADD CONSTRAINT lead_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.lead_import
    ADD CONSTRAINT lead_import_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.lead_import_row
    ADD CONSTRAINT lead_import_row_pkey PRIMARY KEY (import_id, line);

ALTER TABLE ONLY office.lead
    ADD CONSTRAINT lead_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.notice_attempt
    ADD CONSTRAINT notice_attempt_message_id_key UNIQUE (message_id);

ALTER TABLE ONLY office.notice_attempt
    ADD CONSTRAINT notice_attempt_pkey PRIMARY KEY (notice_id, attempt);

ALTER TABLE ONLY office.notice_attempt
    ADD CONSTRAINT notice_attempt_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY office.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.number_rule
    ADD CONSTRAINT number_rule_pkey PRIMARY KEY (kind);

ALTER TABLE ONLY office.number_skip
    ADD CONSTRAINT number_skip_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.obligation_event
    ADD CONSTRAINT obligation_event_pkey PRIMARY KEY (obligation_id, run_id);

ALTER TABLE ONLY office.obligation
    ADD CONSTRAINT obligation_organisation_id_code_period_instalment_key UNIQUE (organisation_id, code, period, instalment);

ALTER TABLE ONLY office.obligation
    ADD CONSTRAINT obligation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.occasion
    ADD CONSTRAINT occasion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.assignment
    ADD CONSTRAINT one_lead_at_a_time EXCLUDE USING gist (int8range(organisation_id, organisation_id, '[]'::text) WITH &&, daterange(valid_from, valid_to) WITH &&) WHERE ((role = 'lead'::text));

ALTER TABLE ONLY office.one_off_date
    ADD CONSTRAINT one_off_date_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.tax_profile
    ADD CONSTRAINT one_profile_at_a_time EXCLUDE USING gist (int8range(organisation_id, organisation_id, '[]'::text) WITH &&, daterange(valid_from, valid_to) WITH &&) WHERE ((withdrawn_at IS NULL));

ALTER TABLE ONLY office.organisation_contact
    ADD CONSTRAINT one_role_once EXCLUDE USING gist (int8range(organisation_id, organisation_id, '[]'::text) WITH &&, int8range(contact_id, contact_id, '[]'::text) WITH &&, daterange(valid_from, valid_to) WITH &&);

ALTER TABLE ONLY office.organisation_contact
    ADD CONSTRAINT organisation_contact_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.organisation_merchant
    ADD CONSTRAINT organisation_merchant_pkey PRIMARY KEY (merchant_id);

ALTER TABLE ONLY office.organisation
    ADD CONSTRAINT organisation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.own_details
    ADD CONSTRAINT own_details_pkey PRIMARY KEY (version);

ALTER TABLE ONLY office.password_link
    ADD CONSTRAINT password_link_pkey PRIMARY KEY (person_id);

ALTER TABLE ONLY office.password_link
    ADD CONSTRAINT password_link_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY office.person_merchant
    ADD CONSTRAINT person_merchant_pkey PRIMARY KEY (merchant_id, person_id);

ALTER TABLE ONLY office.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.power_of_attorney
    ADD CONSTRAINT power_of_attorney_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.price_calculation
    ADD CONSTRAINT price_calculation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.project
    ADD CONSTRAINT project_lead_id_key UNIQUE (lead_id);

ALTER TABLE ONLY office.project
    ADD CONSTRAINT project_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (person_id, code_hash);

ALTER TABLE ONLY office.saved_view
    ADD CONSTRAINT saved_view_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.schedule_run
    ADD CONSTRAINT schedule_run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.sent_form
    ADD CONSTRAINT sent_form_pkey PRIMARY KEY (key);

ALTER TABLE ONLY office.service
    ADD CONSTRAINT service_code_key UNIQUE (code);

ALTER TABLE ONLY office.service
    ADD CONSTRAINT service_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.session
    ADD CONSTRAINT session_id_key UNIQUE (id);

ALTER TABLE ONLY office.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (token_hash);

ALTER TABLE ONLY office.slip
    ADD CONSTRAINT slip_obligation_id_version_key UNIQUE (obligation_id, version);

ALTER TABLE ONLY office.slip
    ADD CONSTRAINT slip_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.tariff_plan
    ADD CONSTRAINT tariff_plan_code_version_key UNIQUE (code, version);

ALTER TABLE ONLY office.tariff_plan
    ADD CONSTRAINT tariff_plan_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.task_block
    ADD CONSTRAINT task_block_pkey PRIMARY KEY (task_id, blocker_id);

ALTER TABLE ONLY office.task_check
    ADD CONSTRAINT task_check_pkey PRIMARY KEY (task_id, "position");

ALTER TABLE ONLY office.task_event
    ADD CONSTRAINT task_event_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.task_file
    ADD CONSTRAINT task_file_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.task_file
    ADD CONSTRAINT task_file_task_id_sha256_key UNIQUE (task_id, sha256);

ALTER TABLE ONLY office.task_part
    ADD CONSTRAINT task_part_pkey PRIMARY KEY (task_id, person_id);

ALTER TABLE ONLY office.task
    ADD CONSTRAINT task_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.task_template
    ADD CONSTRAINT task_template_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.tax_profile
    ADD CONSTRAINT tax_profile_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.time_entry
    ADD CONSTRAINT time_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY office.upload
    ADD CONSTRAINT upload_form_key_key UNIQUE (form_key);

ALTER TABLE ONLY office.upload_piece
    ADD CONSTRAINT upload_piece_pkey PRIMARY KEY (upload_id, place);

ALTER TABLE ONLY office.upload
    ADD CONSTRAINT upload_pkey PRIMARY KEY (id);

CREATE INDEX account_code ON fiscal.account USING btree (code, merchant_id);

CREATE INDEX account_contact ON fiscal.account USING btree (merchant_id, contact) WHERE (contact IS NOT NULL);

CREATE INDEX adoption_statement_fn ON fiscal.adoption_statement USING btree (fn_number) WHERE (kind = 'without_fn'::text);

CREATE INDEX advance_lot_total ON fiscal.advance_lot USING btree (merchant_id, account_total_kopecks, account_id) WHERE (account_total_kopecks IS NOT NULL);

CREATE INDEX api_key_merchant ON fiscal.api_key USING btree (merchant_id, id);

CREATE INDEX atol_callback_due ON fiscal.atol_callback USING btree (due_at) WHERE (due_at IS NOT NULL);

CREATE INDEX batch_newest ON fiscal.batch USING btree (id, merchant_id);

CREATE INDEX corrected_receipt_event ON fiscal.corrected_receipt USING btree (merchant_id, event_id);

CREATE INDEX correction_newest ON fiscal.correction USING btree (id, merchant_id);

CREATE INDEX debt_total ON fiscal.debt USING btree (merchant_id, account_total_kopecks, account_id) WHERE (account_total_kopecks IS NOT NULL);

CREATE INDEX device_order_open ON fiscal.device_order USING btree (node, id) WHERE (finished_at IS NULL);

CREATE INDEX event_account ON ONLY fiscal.event USING btree (merchant_id, account_id, id);

CREATE INDEX event_close ON ONLY fiscal.event USING btree (merchant_id, id) WHERE (type = 'period_close'::text);

CREATE INDEX fiscal_document_fd ON ONLY fiscal.fiscal_document USING btree (merchant_id, fn_number, fd_number);

CREATE INDEX fiscal_document_report ON ONLY fiscal.fiscal_document USING btree (merchant_id, fn_number, fd_number) WHERE (form = ANY (ARRAY[2, 5]));

CREATE INDEX fiscal_document_shift ON ONLY fiscal.fiscal_document USING btree (merchant_id, id) WHERE (form = 2);

CREATE INDEX idempotent_answer_age ON fiscal.idempotent_answer USING btree (merchant_id, created_at);

CREATE INDEX import_line_nobodys ON ONLY fiscal.import_line USING btree (merchant_id, import_id, line) WHERE ((outcome = 'payment'::text) AND (account IS NULL));

CREATE INDEX import_line_rejected ON ONLY fiscal.import_line USING btree (merchant_id, import_id, line) WHERE (outcome = 'rejected'::text);

CREATE INDEX import_newest ON fiscal.import USING btree (id, merchant_id);

CREATE INDEX import_payout ON fiscal.import USING btree (merchant_id, channel, payout) WHERE (payout IS NOT NULL);

CREATE INDEX kkt_request_open ON fiscal.kkt_request USING btree (merchant_id, kkt_id) WHERE (finished_at IS NULL);

CREATE INDEX period_close_job_at_work ON fiscal.period_close_job USING btree (lease_until) WHERE (state = ANY (ARRAY['PREVIEWING'::text, 'RUNNING'::text]));

CREATE UNIQUE INDEX period_close_job_once ON fiscal.period_close_job USING btree (merchant_id, period) WHERE ((NOT dry_run) AND (state <> 'CANCELLED'::text));

CREATE INDEX queue_account ON fiscal.queue USING btree (merchant_id, account_id, receipt_id) WHERE (state = ANY (ARRAY['COMPUTED'::fiscal.receipt_state, 'QUEUED'::fiscal.receipt_state, 'REGISTERING'::fiscal.receipt_state, 'UNCERTAIN'::fiscal.receipt_state]));

CREATE INDEX queue_order ON fiscal.queue USING btree (merchant_id, cassette_id, deadline, receipt_id) WHERE (state = 'QUEUED'::fiscal.receipt_state);

CREATE INDEX queue_parked ON fiscal.queue USING btree (merchant_id, receipt_id) WHERE (state = ANY (ARRAY['REFUSED'::fiscal.receipt_state, 'UNCERTAIN'::fiscal.receipt_state]));

CREATE INDEX receipt_account ON ONLY fiscal.receipt USING btree (merchant_id, account_id, id);

CREATE INDEX receipt_event ON ONLY fiscal.receipt USING btree (merchant_id, event_id);

CREATE INDEX receipt_newest ON ONLY fiscal.receipt USING btree (id, merchant_id);

CREATE INDEX receipt_order_receipt ON fiscal.receipt_order USING btree (merchant_id, receipt_id);

CREATE INDEX restoration_job_at_work ON fiscal.restoration_job USING btree (lease_until) WHERE (state = ANY (ARRAY['PREVIEWING'::text, 'RUNNING'::text]));

CREATE INDEX restoration_job_newest ON fiscal.restoration_job USING btree (id, merchant_id);

CREATE INDEX webhook_message_due ON fiscal.webhook_message USING btree (merchant_id, endpoint_id, due_at) WHERE (state = 'WAITING'::text);

CREATE INDEX webhook_message_failed ON fiscal.webhook_message USING btree (merchant_id, endpoint_id) WHERE (state = 'FAILED'::text);

CREATE INDEX webhook_message_time ON fiscal.webhook_message USING btree (merchant_id, happened_at, endpoint_id);

CREATE INDEX absence_person ON office.absence USING btree (person_id, last_day);

CREATE INDEX absence_substitute ON office.absence USING btree (substitute_id, last_day);

CREATE INDEX assignment_organisation ON office.assignment USING btree (organisation_id, role);

CREATE INDEX assignment_person ON office.assignment USING btree (person_id, organisation_id);

CREATE INDEX audit_person ON office.audit USING btree (person_id, number);

CREATE INDEX break_glass_merchant ON office.break_glass USING btree (merchant_id, begun_at);

CREATE INDEX break_glass_organisation ON office.break_glass USING btree (organisation_id, begun_at) WHERE (organisation_id IS NOT NULL);

CREATE INDEX break_glass_person ON office.break_glass USING btree (person_id, ends_at);

CREATE INDEX bulk_item_failed ON office.bulk_item USING btree (job_id, place) WHERE (outcome = 'failed'::text);

CREATE INDEX bulk_job_newest ON office.bulk_job USING btree (COALESCE(person_id, (0)::bigint), id);

CREATE UNIQUE INDEX contract_annex_added ON office.contract_annex_change USING btree (annex_id, on_day, line) WHERE (kind = 'add'::text);

CREATE UNIQUE INDEX contract_annex_fee ON office.contract_annex_change USING btree (annex_id) WHERE (kind = 'fee'::text);

CREATE INDEX contract_end ON office.contract USING btree (ends_on) WHERE (status = ANY (ARRAY['signed'::text, 'active'::text, 'suspended'::text]));

CREATE INDEX contract_event_contract ON office.contract_event USING btree (contract_id, id);

CREATE INDEX contract_file_contract ON office.contract_file USING btree (contract_id, id);

CREATE INDEX contract_line_contract ON office.contract_line USING btree (contract_id);

CREATE INDEX contract_organisation ON office.contract USING btree (organisation_id, id);

CREATE INDEX contract_text_newest ON office.contract_text USING btree (contract_id, id DESC);

CREATE INDEX errand_expiry ON office.errand USING btree (expires_at);

CREATE INDEX failed_sign_in_address ON office.failed_sign_in USING btree (address, failed_at);

CREATE INDEX failed_sign_in_email ON office.failed_sign_in USING btree (email, failed_at);

CREATE INDEX handbook_entry_newest ON office.handbook_entry USING btree (organisation_id, handbook_id, id DESC);

CREATE INDEX handbook_entry_review ON office.handbook_entry USING btree (review_by) WHERE (review_by IS NOT NULL);

CREATE INDEX handbook_file_entry ON office.handbook_file USING btree (organisation_id, handbook_id) WHERE (removed_at IS NULL);

CREATE INDEX lead_email ON office.lead USING btree (email) WHERE (email IS NOT NULL);

CREATE INDEX lead_event_lead ON office.lead_event USING btree (lead_id, id);

CREATE UNIQUE INDEX lead_number ON office.lead USING btree (number);

CREATE INDEX lead_of_import ON office.lead USING btree (import_id) WHERE (import_id IS NOT NULL);

CREATE INDEX lead_phone ON office.lead USING btree (phone) WHERE (phone IS NOT NULL);

CREATE INDEX lead_state ON office.lead USING btree (state, id);

CREATE INDEX lead_tax_number ON office.lead USING btree (tax_number) WHERE (tax_number IS NOT NULL);

CREATE INDEX notice_attempt_open ON office.notice_attempt USING btree (begun_at) WHERE (outcome IS NULL);

CREATE INDEX notice_group ON office.notice USING btree (group_id);

CREATE INDEX notice_next ON office.notice USING btree (next_attempt_at) WHERE (state = ANY (ARRAY['scheduled'::text, 'sent'::text]));

CREATE UNIQUE INDEX notice_once ON office.notice USING btree (organisation_id, due, contact_id) WHERE ((superseded_by IS NULL) AND (state <> 'cancelled'::text));

CREATE INDEX notice_organisation ON office.notice USING btree (organisation_id, id);

CREATE INDEX number_skip_series ON office.number_skip USING btree (series, up_to);

CREATE INDEX obligation_due ON office.obligation USING btree (due, organisation_id) WHERE (state <> 'cancelled'::text);

CREATE INDEX obligation_organisation ON office.obligation USING btree (organisation_id, due) WHERE (state <> 'cancelled'::text);

CREATE INDEX occasion_organisation ON office.occasion USING btree (organisation_id, first_day);

CREATE UNIQUE INDEX one_off_date_once ON office.one_off_date USING btree (code, period, instalment, COALESCE(organisation_id, (0)::bigint)) WHERE (withdrawn_at IS NULL);

CREATE INDEX organisation_contact_contact ON office.organisation_contact USING btree (contact_id);

CREATE INDEX organisation_contact_organisation ON office.organisation_contact USING btree (organisation_id);

CREATE INDEX organisation_merchant_organisation ON office.organisation_merchant USING btree (organisation_id);

CREATE INDEX organisation_name ON office.organisation USING btree (lower(short_name), id);

CREATE UNIQUE INDEX organisation_tax_number ON office.organisation USING btree (country, tax_number) WHERE ((tax_number IS NOT NULL) AND (status <> 'former'::text));

CREATE UNIQUE INDEX person_email ON office.person USING btree (email);

CREATE INDEX person_merchant_person ON office.person_merchant USING btree (person_id);

CREATE INDEX power_of_attorney_organisation ON office.power_of_attorney USING btree (organisation_id, valid_to);

CREATE INDEX price_calculation_lead ON office.price_calculation USING btree (lead_id, id) WHERE (lead_id IS NOT NULL);

CREATE INDEX price_calculation_organisation ON office.price_calculation USING btree (organisation_id, id) WHERE (organisation_id IS NOT NULL);

CREATE INDEX project_organisation ON office.project USING btree (organisation_id, id);

CREATE UNIQUE INDEX saved_view_name ON office.saved_view USING btree (list, COALESCE(person_id, (0)::bigint), name);

CREATE INDEX saved_view_shared ON office.saved_view USING btree (list, merchant_id) WHERE (merchant_id IS NOT NULL);

CREATE INDEX sent_form_old ON office.sent_form USING btree (sent_at);

CREATE INDEX session_expiry ON office.session USING btree (expires_at);

CREATE INDEX session_person ON office.session USING btree (person_id);

CREATE UNIQUE INDEX slip_draft ON office.slip USING btree (obligation_id) WHERE (state = 'draft'::text);

CREATE INDEX slip_due ON office.slip USING btree (organisation_id, due);

CREATE UNIQUE INDEX slip_published ON office.slip USING btree (obligation_id) WHERE (state = 'published'::text);

CREATE UNIQUE INDEX tariff_plan_active ON office.tariff_plan USING btree (code) WHERE (status = 'active'::text);

CREATE UNIQUE INDEX tariff_plan_draft ON office.tariff_plan USING btree (code) WHERE (status = 'draft'::text);

CREATE INDEX task_block_blocker ON office.task_block USING btree (blocker_id);

CREATE INDEX task_day ON office.task USING btree (is_closed, day, id);

CREATE INDEX task_event_mentions ON office.task_event USING gin (mentions) WHERE (mentions <> '{}'::bigint[]);

CREATE INDEX task_event_task ON office.task_event USING btree (task_id, id);

CREATE INDEX task_legal ON office.task USING btree (COALESCE(legal_date, target_date), id);

CREATE UNIQUE INDEX task_obligation ON office.task USING btree (obligation_id) WHERE (obligation_id IS NOT NULL);

CREATE INDEX task_organisation ON office.task USING btree (organisation_id, id);

CREATE INDEX task_owner ON office.task USING btree (owner_id, target_date) WHERE (state <> ALL (ARRAY['done'::text, 'not_required'::text, 'cancelled'::text]));

CREATE INDEX task_owner_day ON office.task USING btree (owner_id, is_closed, day, id);

CREATE INDEX task_part_person ON office.task_part USING btree (person_id) WHERE (closed_at IS NULL);

CREATE INDEX task_project ON office.task USING btree (project_id, "position") WHERE (project_id IS NOT NULL);

CREATE INDEX task_reviewer ON office.task USING btree (reviewer_id) WHERE (state = 'review'::text);

CREATE UNIQUE INDEX task_template_name ON office.task_template USING btree (lower(name)) WHERE (archived_at IS NULL);

CREATE INDEX task_watchers ON office.task USING gin (watchers);

CREATE INDEX tax_profile_organisation ON office.tax_profile USING btree (organisation_id, valid_from);

CREATE INDEX time_entry_organisation ON office.time_entry USING btree (organisation_id, day) WHERE (removed_at IS NULL);

CREATE INDEX time_entry_task ON office.time_entry USING btree (task_id) WHERE (removed_at IS NULL);

CREATE INDEX upload_age ON office.upload USING btree (created_at);

CREATE INDEX upload_newest ON office.upload USING btree (merchant_id, id);

CREATE TRIGGER adoption_statement_is_not_emptied BEFORE TRUNCATE ON fiscal.adoption_statement FOR EACH STATEMENT EXECUTE FUNCTION fiscal.refuse_change();

CREATE TRIGGER adoption_statement_is_written_once BEFORE DELETE OR UPDATE ON fiscal.adoption_statement FOR EACH ROW EXECUTE FUNCTION fiscal.refuse_change();

CREATE TRIGGER audit_is_not_emptied BEFORE TRUNCATE ON fiscal.audit FOR EACH STATEMENT EXECUTE FUNCTION fiscal.refuse_change();

CREATE TRIGGER audit_is_written_once BEFORE DELETE OR UPDATE ON fiscal.audit FOR EACH ROW EXECUTE FUNCTION fiscal.refuse_change();

CREATE TRIGGER corrected_receipt_is_not_emptied BEFORE TRUNCATE ON fiscal.corrected_receipt FOR EACH STATEMENT EXECUTE FUNCTION fiscal.refuse_change();

CREATE TRIGGER corrected_receipt_is_written_once BEFORE DELETE OR UPDATE ON fiscal.corrected_receipt FOR EACH ROW EXECUTE FUNCTION fiscal.refuse_change();

CREATE TRIGGER correction_is_not_emptied BEFORE TRUNCATE ON fiscal.correction FOR EACH STATEMENT EXECUTE FUNCTION fiscal.refuse_change();

CREATE TRIGGER correction_is_written_once BEFORE DELETE OR UPDATE ON fiscal.correction FOR EACH ROW EXECUTE FUNCTION fiscal.refuse_change();

CREATE TRIGGER receipt_order_is_not_emptied BEFORE TRUNCATE ON fiscal.receipt_order FOR EACH STATEMENT EXECUTE FUNCTION fiscal.refuse_change();

CREATE TRIGGER receipt_order_is_written_once BEFORE DELETE OR UPDATE ON fiscal.receipt_order FOR EACH ROW EXECUTE FUNCTION fiscal.refuse_change();

ALTER TABLE ONLY fiscal.api_key
    ADD CONSTRAINT api_key_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES fiscal.merchant(id);

ALTER TABLE ONLY fiscal.api_key
    ADD CONSTRAINT api_key_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES fiscal.api_key(id);

ALTER TABLE ONLY fiscal.atol_group
    ADD CONSTRAINT atol_group_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES fiscal.merchant(id);

ALTER TABLE ONLY fiscal.atol_login
    ADD CONSTRAINT atol_login_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES fiscal.merchant(id);

ALTER TABLE ONLY fiscal.merchant_book
    ADD CONSTRAINT merchant_book_merchant_id_fkey FOREIGN KEY (merchant_id) REFERENCES fiscal.merchant(id);

ALTER TABLE ONLY office.absence
    ADD CONSTRAINT absence_person_id_fkey FOREIGN KEY (person_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.absence
    ADD CONSTRAINT absence_substitute_id_fkey FOREIGN KEY (substitute_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.acknowledgement
    ADD CONSTRAINT acknowledgement_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES office.notice(id);

ALTER TABLE ONLY office.acknowledgement
    ADD CONSTRAINT acknowledgement_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.assignment
    ADD CONSTRAINT assignment_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.assignment
    ADD CONSTRAINT assignment_person_id_fkey FOREIGN KEY (person_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.break_glass
    ADD CONSTRAINT break_glass_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.break_glass
    ADD CONSTRAINT break_glass_person_id_fkey FOREIGN KEY (person_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.bulk_item
    ADD CONSTRAINT bulk_item_job_id_fkey FOREIGN KEY (job_id) REFERENCES office.bulk_job(id) ON DELETE CASCADE;

ALTER TABLE ONLY office.contract_annex_change
    ADD CONSTRAINT contract_annex_change_annex_id_fkey FOREIGN KEY (annex_id) REFERENCES office.contract_annex(id);

ALTER TABLE ONLY office.contract_annex_change
    ADD CONSTRAINT contract_annex_change_line_id_fkey FOREIGN KEY (line_id) REFERENCES office.contract_line(id);

ALTER TABLE ONLY office.contract_annex_change
    ADD CONSTRAINT contract_annex_change_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.contract_annex
    ADD CONSTRAINT contract_annex_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES office.contract(id);

ALTER TABLE ONLY office.contract_annex
    ADD CONSTRAINT contract_annex_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.contract_annex_signature
    ADD CONSTRAINT contract_annex_signature_annex_id_fkey FOREIGN KEY (annex_id) REFERENCES office.contract_annex(id);

ALTER TABLE ONLY office.contract_annex_signature
    ADD CONSTRAINT contract_annex_signature_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.contract
    ADD CONSTRAINT contract_calculation_id_fkey FOREIGN KEY (calculation_id) REFERENCES office.price_calculation(id);

ALTER TABLE ONLY office.contract_event
    ADD CONSTRAINT contract_event_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES office.contract(id);

ALTER TABLE ONLY office.contract_event
    ADD CONSTRAINT contract_event_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.contract_file
    ADD CONSTRAINT contract_file_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES office.contract(id);

ALTER TABLE ONLY office.contract_file
    ADD CONSTRAINT contract_file_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.contract_file_piece
    ADD CONSTRAINT contract_file_piece_file_id_fkey FOREIGN KEY (file_id) REFERENCES office.contract_file(id);

ALTER TABLE ONLY office.contract_file_piece
    ADD CONSTRAINT contract_file_piece_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.contract_line
    ADD CONSTRAINT contract_line_annex_id_fkey FOREIGN KEY (annex_id) REFERENCES office.contract_annex(id);

ALTER TABLE ONLY office.contract_line
    ADD CONSTRAINT contract_line_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES office.contract(id);

ALTER TABLE ONLY office.contract_line
    ADD CONSTRAINT contract_line_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.contract_number
    ADD CONSTRAINT contract_number_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES office.contract(id);

ALTER TABLE ONLY office.contract
    ADD CONSTRAINT contract_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.contract
    ADD CONSTRAINT contract_renews_contract_id_fkey FOREIGN KEY (renews_contract_id) REFERENCES office.contract(id);

ALTER TABLE ONLY office.contract_signature
    ADD CONSTRAINT contract_signature_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES office.contract(id);

ALTER TABLE ONLY office.contract_signature
    ADD CONSTRAINT contract_signature_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.contract
    ADD CONSTRAINT contract_tariff_plan_id_fkey FOREIGN KEY (tariff_plan_id) REFERENCES office.tariff_plan(id);

ALTER TABLE ONLY office.contract_template_text
    ADD CONSTRAINT contract_template_text_template_id_fkey FOREIGN KEY (template_id) REFERENCES office.contract_template(id);

ALTER TABLE ONLY office.contract_text
    ADD CONSTRAINT contract_text_contract_id_fkey FOREIGN KEY (contract_id) REFERENCES office.contract(id);

ALTER TABLE ONLY office.contract_text
    ADD CONSTRAINT contract_text_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.contract_text
    ADD CONSTRAINT contract_text_template_id_template_version_fkey FOREIGN KEY (template_id, template_version) REFERENCES office.contract_template_text(template_id, version);

ALTER TABLE ONLY office.digest
    ADD CONSTRAINT digest_person_id_fkey FOREIGN KEY (person_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.handbook_entry
    ADD CONSTRAINT handbook_entry_handbook_id_fkey FOREIGN KEY (handbook_id) REFERENCES office.handbook(id);

ALTER TABLE ONLY office.handbook_entry
    ADD CONSTRAINT handbook_entry_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.handbook_file
    ADD CONSTRAINT handbook_file_handbook_id_fkey FOREIGN KEY (handbook_id) REFERENCES office.handbook(id);

ALTER TABLE ONLY office.handbook_file
    ADD CONSTRAINT handbook_file_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.handbook
    ADD CONSTRAINT handbook_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.lead
    ADD CONSTRAINT lead_duplicate_of_fkey FOREIGN KEY (duplicate_of) REFERENCES office.lead(id);

ALTER TABLE ONLY office.lead_event
    ADD CONSTRAINT lead_event_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES office.lead(id);

ALTER TABLE ONLY office.lead
    ADD CONSTRAINT lead_import_id_fkey FOREIGN KEY (import_id) REFERENCES office.lead_import(id);

ALTER TABLE ONLY office.lead_import_row
    ADD CONSTRAINT lead_import_row_import_id_fkey FOREIGN KEY (import_id) REFERENCES office.lead_import(id);

ALTER TABLE ONLY office.lead
    ADD CONSTRAINT lead_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.lead
    ADD CONSTRAINT lead_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.notice_attempt
    ADD CONSTRAINT notice_attempt_notice_id_fkey FOREIGN KEY (notice_id) REFERENCES office.notice(id);

ALTER TABLE ONLY office.notice_attempt
    ADD CONSTRAINT notice_attempt_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.notice
    ADD CONSTRAINT notice_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES office.contact(id);

ALTER TABLE ONLY office.notice
    ADD CONSTRAINT notice_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.obligation
    ADD CONSTRAINT obligation_due_date_id_fkey FOREIGN KEY (due_date_id) REFERENCES office.due_date(id);

ALTER TABLE ONLY office.obligation_event
    ADD CONSTRAINT obligation_event_run_id_fkey FOREIGN KEY (run_id) REFERENCES office.schedule_run(id);

ALTER TABLE ONLY office.obligation
    ADD CONSTRAINT obligation_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.occasion
    ADD CONSTRAINT occasion_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.one_off_date
    ADD CONSTRAINT one_off_date_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.organisation_contact
    ADD CONSTRAINT organisation_contact_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES office.contact(id);

ALTER TABLE ONLY office.organisation_contact
    ADD CONSTRAINT organisation_contact_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.organisation_merchant
    ADD CONSTRAINT organisation_merchant_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.password_link
    ADD CONSTRAINT password_link_person_id_fkey FOREIGN KEY (person_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.person_merchant
    ADD CONSTRAINT person_merchant_person_id_fkey FOREIGN KEY (person_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.power_of_attorney
    ADD CONSTRAINT power_of_attorney_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.price_calculation
    ADD CONSTRAINT price_calculation_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES office.lead(id);

ALTER TABLE ONLY office.price_calculation
    ADD CONSTRAINT price_calculation_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.price_calculation
    ADD CONSTRAINT price_calculation_tariff_plan_id_fkey FOREIGN KEY (tariff_plan_id) REFERENCES office.tariff_plan(id);

ALTER TABLE ONLY office.project
    ADD CONSTRAINT project_coordinator_id_fkey FOREIGN KEY (coordinator_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.project
    ADD CONSTRAINT project_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.recovery_code
    ADD CONSTRAINT recovery_code_person_id_fkey FOREIGN KEY (person_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.session
    ADD CONSTRAINT session_person_id_fkey FOREIGN KEY (person_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.slip
    ADD CONSTRAINT slip_obligation_id_fkey FOREIGN KEY (obligation_id) REFERENCES office.obligation(id);

ALTER TABLE ONLY office.slip
    ADD CONSTRAINT slip_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.task
    ADD CONSTRAINT task_assigner_id_fkey FOREIGN KEY (assigner_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.task_block
    ADD CONSTRAINT task_block_blocker_id_fkey FOREIGN KEY (blocker_id) REFERENCES office.task(id);

ALTER TABLE ONLY office.task_block
    ADD CONSTRAINT task_block_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.task_block
    ADD CONSTRAINT task_block_task_id_fkey FOREIGN KEY (task_id) REFERENCES office.task(id);

ALTER TABLE ONLY office.task_check
    ADD CONSTRAINT task_check_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.task_check
    ADD CONSTRAINT task_check_task_id_fkey FOREIGN KEY (task_id) REFERENCES office.task(id);

ALTER TABLE ONLY office.task_event
    ADD CONSTRAINT task_event_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.task_event
    ADD CONSTRAINT task_event_task_id_fkey FOREIGN KEY (task_id) REFERENCES office.task(id);

ALTER TABLE ONLY office.task_file
    ADD CONSTRAINT task_file_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.task_file
    ADD CONSTRAINT task_file_task_id_fkey FOREIGN KEY (task_id) REFERENCES office.task(id);

ALTER TABLE ONLY office.task
    ADD CONSTRAINT task_obligation_id_fkey FOREIGN KEY (obligation_id) REFERENCES office.obligation(id);

ALTER TABLE ONLY office.task
    ADD CONSTRAINT task_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.task
    ADD CONSTRAINT task_owner_id_fkey FOREIGN KEY (owner_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.task_part
    ADD CONSTRAINT task_part_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.task_part
    ADD CONSTRAINT task_part_person_id_fkey FOREIGN KEY (person_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.task_part
    ADD CONSTRAINT task_part_task_id_fkey FOREIGN KEY (task_id) REFERENCES office.task(id);

ALTER TABLE ONLY office.task
    ADD CONSTRAINT task_project_id_fkey FOREIGN KEY (project_id) REFERENCES office.project(id);

ALTER TABLE ONLY office.task
    ADD CONSTRAINT task_reviewer_id_fkey FOREIGN KEY (reviewer_id) REFERENCES office.person(id);

ALTER TABLE ONLY office.tax_profile
    ADD CONSTRAINT tax_profile_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.time_entry
    ADD CONSTRAINT time_entry_organisation_id_fkey FOREIGN KEY (organisation_id) REFERENCES office.organisation(id);

ALTER TABLE ONLY office.time_entry
    ADD CONSTRAINT time_entry_task_id_fkey FOREIGN KEY (task_id) REFERENCES office.task(id);

ALTER TABLE ONLY office.upload_piece
    ADD CONSTRAINT upload_piece_upload_id_fkey FOREIGN KEY (upload_id) REFERENCES office.upload(id) ON DELETE CASCADE;

ALTER TABLE fiscal.account ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.adopted_receipt ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.adoption_statement ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.advance_lot ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.anomaly ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.audit ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.batch ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.cassette ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.corrected_receipt ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.correction ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.debt ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.device_order ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.event ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.expected_foreign_receipt ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.fiscal_document ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.hold ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.import ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.import_line ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.intent ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.kkt ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.kkt_request ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.merchant ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.merchant_book ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.newer_fn ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.node ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.ofd_exchange ENABLE ROW LEVEL SECURITY;

CREATE POLICY panel_reads ON fiscal.account FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.adopted_receipt FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.adoption_statement FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.advance_lot FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.anomaly FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.audit FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.batch FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.cassette FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.corrected_receipt FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.correction FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.debt FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.device_order FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.event FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.expected_foreign_receipt FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.fiscal_document FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.hold FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.import FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.import_line FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.intent FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.kkt FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.kkt_request FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.merchant FOR SELECT TO fiscal_panel USING ((id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.merchant_book FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.newer_fn FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.node FOR SELECT TO fiscal_panel USING (true);

CREATE POLICY panel_reads ON fiscal.ofd_exchange FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.payment FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.period_close_job FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.queue FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.raised_alarm FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.receipt FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.receipt_day FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.receipt_order FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.restoration FOR SELECT TO fiscal_panel USING (true);

CREATE POLICY panel_reads ON fiscal.restoration_job FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.rotation FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.settlement FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.unfiscalised FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.webhook_endpoint FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_reads ON fiscal.webhook_message FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

ALTER TABLE fiscal.payment ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.period_close_job ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.queue ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.raised_alarm ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.receipt ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.receipt_day ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.receipt_order ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.restoration ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.restoration_job ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.rotation ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.settlement ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.unfiscalised ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.webhook_endpoint ENABLE ROW LEVEL SECURITY;

ALTER TABLE fiscal.webhook_message ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.acknowledgement ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.assignment ENABLE ROW LEVEL SECURITY;

CREATE POLICY before_agreed ON office.contract_line AS RESTRICTIVE FOR DELETE TO fiscal_panel USING ((contract_id IN ( SELECT contract.id
   FROM office.contract
  WHERE (contract.status = 'draft'::text))));

CREATE POLICY before_signed ON office.contract_annex_change AS RESTRICTIVE FOR DELETE TO fiscal_panel USING ((NOT (annex_id IN ( SELECT contract_annex_signature.annex_id
   FROM office.contract_annex_signature))));

CREATE POLICY before_signed ON office.contract_text AS RESTRICTIVE FOR INSERT TO fiscal_panel WITH CHECK ((contract_id IN ( SELECT c.id
   FROM office.contract c
  WHERE ((c.status = ANY (ARRAY['draft'::text, 'agreed'::text])) AND (NOT (EXISTS ( SELECT
           FROM office.contract_signature s
          WHERE (s.contract_id = c.id))))))));

CREATE POLICY before_signed_added ON office.contract_annex_change AS RESTRICTIVE FOR INSERT TO fiscal_panel WITH CHECK ((NOT (annex_id IN ( SELECT contract_annex_signature.annex_id
   FROM office.contract_annex_signature))));

ALTER TABLE office.break_glass ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.bulk_item ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.bulk_job ENABLE ROW LEVEL SECURITY;

CREATE POLICY change_in_sight ON office.contact FOR UPDATE TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (id IN ( SELECT organisation_contact.contact_id
   FROM office.organisation_contact))));

CREATE POLICY come ON office.contact FOR INSERT TO fiscal_panel WITH CHECK (true);

ALTER TABLE office.contact ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_annex ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_annex_change ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_annex_signature ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_file ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_file_piece ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_line ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_number ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_signature ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_template ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_template_text ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.contract_text ENABLE ROW LEVEL SECURITY;

CREATE POLICY given_in_sight ON office.contract_number FOR INSERT TO fiscal_panel WITH CHECK ((contract_id IN ( SELECT contract.id
   FROM office.contract)));

ALTER TABLE office.handbook ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.handbook_entry ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.handbook_file ENABLE ROW LEVEL SECURITY;

CREATE POLICY in_sight ON office.acknowledgement TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.assignment TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.break_glass FOR SELECT TO fiscal_panel USING (((organisation_id IS NULL) OR ( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.contact FOR SELECT TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (id IN ( SELECT organisation_contact.contact_id
   FROM office.organisation_contact))));

CREATE POLICY in_sight ON office.contract TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.contract_annex TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.contract_annex_change TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.contract_annex_signature TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.contract_event TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.contract_file TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.contract_file_piece TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.contract_line TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.contract_signature TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.contract_text TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.handbook TO fiscal_panel USING (((owner_id IS NULL) OR (owner_id = ( SELECT (NULLIF(current_setting('office.person'::text, true), ''::text))::bigint AS "nullif"))));

CREATE POLICY in_sight ON office.handbook_entry TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.handbook_file TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.lead TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (owner_id = ( SELECT (NULLIF(current_setting('office.person'::text, true), ''::text))::bigint AS "nullif"))));

CREATE POLICY in_sight ON office.lead_event TO fiscal_panel USING ((lead_id IN ( SELECT lead.id
   FROM office.lead)));

CREATE POLICY in_sight ON office.lead_import TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (created_by = ( SELECT (NULLIF(current_setting('office.person'::text, true), ''::text))::bigint AS "nullif"))));

CREATE POLICY in_sight ON office.lead_import_row TO fiscal_panel USING ((import_id IN ( SELECT lead_import.id
   FROM office.lead_import)));

CREATE POLICY in_sight ON office.notice TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.notice_attempt TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.obligation TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.obligation_event TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.occasion TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.one_off_date TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id IS NULL) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[])))) WITH CHECK ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.organisation TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.organisation_contact TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.organisation_merchant TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.power_of_attorney TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.price_calculation TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[])) OR (lead_id IN ( SELECT lead.id
   FROM office.lead))));

CREATE POLICY in_sight ON office.project TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.slip TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.task TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.task_block TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.task_check TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.task_event TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.task_file TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.task_part TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.tax_profile TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

CREATE POLICY in_sight ON office.time_entry TO fiscal_panel USING ((( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)) OR (organisation_id = ANY (( SELECT office.organisations_in_sight() AS organisations_in_sight)::bigint[]))));

ALTER TABLE office.lead ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.lead_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.lead_import ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.lead_import_row ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.notice ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.notice_attempt ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.obligation ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.obligation_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.occasion ENABLE ROW LEVEL SECURITY;

CREATE POLICY of_a_draft ON office.contract_number FOR DELETE TO fiscal_panel USING ((contract_id IN ( SELECT contract.id
   FROM office.contract
  WHERE (contract.status = 'draft'::text))));

CREATE POLICY of_handbook ON office.handbook_entry AS RESTRICTIVE TO fiscal_panel USING ((handbook_id IN ( SELECT handbook.id
   FROM office.handbook)));

CREATE POLICY of_handbook ON office.handbook_file AS RESTRICTIVE TO fiscal_panel USING ((handbook_id IN ( SELECT handbook.id
   FROM office.handbook)));

ALTER TABLE office.one_off_date ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.organisation ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.organisation_contact ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.organisation_merchant ENABLE ROW LEVEL SECURITY;

CREATE POLICY own ON office.break_glass TO fiscal_panel USING (((person_id)::text = ( SELECT current_setting('office.looker'::text, true) AS current_setting)));

CREATE POLICY own ON office.bulk_item TO fiscal_panel USING ((EXISTS ( SELECT
   FROM office.bulk_job j
  WHERE (j.id = bulk_item.job_id))));

CREATE POLICY own ON office.bulk_job TO fiscal_panel USING ((COALESCE((person_id)::text, 'nobody'::text) = ( SELECT current_setting('office.looker'::text, true) AS current_setting)));

CREATE POLICY own ON office.saved_view TO fiscal_panel USING ((COALESCE((person_id)::text, 'nobody'::text) = ( SELECT current_setting('office.looker'::text, true) AS current_setting)));

CREATE POLICY own ON office.sent_form TO fiscal_panel USING ((NOT (person_id IS DISTINCT FROM ( SELECT (NULLIF(current_setting('office.person'::text, true), ''::text))::bigint AS "nullif"))));

ALTER TABLE office.own_details ENABLE ROW LEVEL SECURITY;

CREATE POLICY panel_holds ON office.upload TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

CREATE POLICY panel_holds ON office.upload_piece TO fiscal_panel USING ((EXISTS ( SELECT
   FROM office.upload u
  WHERE (u.id = upload_piece.upload_id))));

ALTER TABLE office.power_of_attorney ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.price_calculation ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.project ENABLE ROW LEVEL SECURITY;

CREATE POLICY put_away ON office.contract_template FOR UPDATE TO fiscal_panel USING (( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)));

CREATE POLICY read ON office.contract_template FOR SELECT TO fiscal_panel USING (true);

CREATE POLICY read ON office.contract_template_text FOR SELECT TO fiscal_panel USING (true);

CREATE POLICY read ON office.own_details FOR SELECT TO fiscal_panel USING (true);

ALTER TABLE office.saved_view ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.sent_form ENABLE ROW LEVEL SECURITY;

CREATE POLICY shared ON office.saved_view FOR SELECT TO fiscal_panel USING ((merchant_id = ANY (( SELECT (string_to_array(COALESCE(current_setting('fiscal.merchants'::text, true), ''::text), ','::text))::bigint[] AS string_to_array)::bigint[])));

ALTER TABLE office.slip ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.task ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.task_block ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.task_check ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.task_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.task_file ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.task_part ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.tax_profile ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.time_entry ENABLE ROW LEVEL SECURITY;

CREATE POLICY told_to_all ON office.contract_number FOR SELECT TO fiscal_panel USING (true);

CREATE POLICY untouched ON office.lead AS RESTRICTIVE FOR DELETE TO fiscal_panel USING (((import_id IS NOT NULL) AND (version = 1) AND (state = 'new'::text)));

ALTER TABLE office.upload ENABLE ROW LEVEL SECURITY;

ALTER TABLE office.upload_piece ENABLE ROW LEVEL SECURITY;

CREATE POLICY write ON office.contract_template FOR INSERT TO fiscal_panel WITH CHECK (( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)));

CREATE POLICY write ON office.contract_template_text FOR INSERT TO fiscal_panel WITH CHECK (( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)));

CREATE POLICY write ON office.own_details FOR INSERT TO fiscal_panel WITH CHECK (( SELECT (current_setting('office.sees_all'::text, true) = 'yes'::text)));

GRANT USAGE ON SCHEMA fiscal TO fiscal_panel;

REVOKE ALL ON FUNCTION office.acting_for(me bigint, today date) FROM PUBLIC;
GRANT ALL ON FUNCTION office.acting_for(me bigint, today date) TO fiscal_panel;

REVOKE ALL ON FUNCTION office.blocked_by(task bigint) FROM PUBLIC;
GRANT ALL ON FUNCTION office.blocked_by(task bigint) TO fiscal_panel;

REVOKE ALL ON FUNCTION office.client_names() FROM PUBLIC;
GRANT ALL ON FUNCTION office.client_names() TO fiscal_panel;

REVOKE ALL ON FUNCTION office.fee_of_contract(contract bigint, day date) FROM PUBLIC;
GRANT ALL ON FUNCTION office.fee_of_contract(contract bigint, day date) TO fiscal_panel;

REVOKE ALL ON FUNCTION office.forget_old_bulk_jobs(before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION office.forget_old_bulk_jobs(before timestamp with time zone) TO fiscal_panel;

REVOKE ALL ON FUNCTION office.forget_old_uploads(before timestamp with time zone) FROM PUBLIC;
GRANT ALL ON FUNCTION office.forget_old_uploads(before timestamp with time zone) TO fiscal_panel;

REVOKE ALL ON FUNCTION office.known_end(ends_on date, closes_on date, renews_by_months integer, status text, day date) FROM PUBLIC;
GRANT ALL ON FUNCTION office.known_end(ends_on date, closes_on date, renews_by_months integer, status text, day date) TO fiscal_panel;

REVOKE ALL ON FUNCTION office.merchant_names() FROM PUBLIC;
GRANT ALL ON FUNCTION office.merchant_names() TO fiscal_panel;

REVOKE ALL ON FUNCTION office.next_lead_number() FROM PUBLIC;
GRANT ALL ON FUNCTION office.next_lead_number() TO fiscal_panel;

REVOKE ALL ON FUNCTION office.organisations_in_sight() FROM PUBLIC;
GRANT ALL ON FUNCTION office.organisations_in_sight() TO fiscal_panel;

REVOKE ALL ON FUNCTION office.term_end(ends_on date, renews_by_months integer, day date) FROM PUBLIC;
GRANT ALL ON FUNCTION office.term_end(ends_on date, renews_by_months integer, day date) TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.account TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.adopted_receipt TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.adoption_statement TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.advance_lot TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.anomaly TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.audit TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.batch TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.cassette TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.corrected_receipt TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.correction TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.debt TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.device_order TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.event TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.expected_foreign_receipt TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.fiscal_document TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.hold TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.import TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.import_line TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.intent TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.kkt TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.kkt_request TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.merchant TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.merchant_book TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.newer_fn TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.node TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.ofd_exchange TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.payment TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.period_close_job TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.queue TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.raised_alarm TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.receipt TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.receipt_day TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.receipt_order TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.restoration TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.restoration_job TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.rotation TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.settlement TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.unfiscalised TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.webhook_endpoint TO fiscal_panel;

GRANT SELECT ON TABLE fiscal.webhook_message TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.absence TO fiscal_panel;

GRANT UPDATE(withdrawn_at) ON TABLE office.absence TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.acknowledgement TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.assignment TO fiscal_panel;

GRANT UPDATE(valid_to) ON TABLE office.assignment TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.audit TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.break_glass TO fiscal_panel;

GRANT UPDATE(ended_at) ON TABLE office.break_glass TO fiscal_panel;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE office.bulk_item TO fiscal_panel;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE office.bulk_job TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.confirmed_rule TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.contact TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.contract TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.contract_annex TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.contract_annex_change TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.contract_annex_signature TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.contract_event TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.contract_file TO fiscal_panel;

GRANT UPDATE(is_whole) ON TABLE office.contract_file TO fiscal_panel;

GRANT UPDATE(withdrawn_at) ON TABLE office.contract_file TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.contract_file_piece TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.contract_line TO fiscal_panel;

GRANT UPDATE(ends_on) ON TABLE office.contract_line TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.contract_number TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.contract_signature TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.contract_template TO fiscal_panel;

GRANT UPDATE(archived_at) ON TABLE office.contract_template TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.contract_template_text TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.contract_text TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.daily_work TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.digest TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.due_date TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.errand TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.failed_sign_in TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.handbook TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.handbook_entry TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.handbook_file TO fiscal_panel;

GRANT UPDATE(removed_at) ON TABLE office.handbook_file TO fiscal_panel;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE office.lead TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.lead_event TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.lead_import TO fiscal_panel;

GRANT UPDATE(version) ON TABLE office.lead_import TO fiscal_panel;

GRANT UPDATE(state) ON TABLE office.lead_import TO fiscal_panel;

GRANT UPDATE(mapping) ON TABLE office.lead_import TO fiscal_panel;

GRANT UPDATE(source) ON TABLE office.lead_import TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.lead_import_row TO fiscal_panel;

GRANT UPDATE(lead_id) ON TABLE office.lead_import_row TO fiscal_panel;

GRANT UPDATE(slip_id) ON TABLE office.lead_import_row TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.notice TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.notice_attempt TO fiscal_panel;

GRANT UPDATE(answer) ON TABLE office.notice_attempt TO fiscal_panel;

GRANT UPDATE(outcome) ON TABLE office.notice_attempt TO fiscal_panel;

GRANT UPDATE(ended_at) ON TABLE office.notice_attempt TO fiscal_panel;

GRANT UPDATE(resolved_by) ON TABLE office.notice_attempt TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.number_rule TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.number_skip TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.obligation TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.obligation_event TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.occasion TO fiscal_panel;

GRANT UPDATE(withdrawn_at) ON TABLE office.occasion TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.one_off_date TO fiscal_panel;

GRANT UPDATE(withdrawn_at) ON TABLE office.one_off_date TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.organisation TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.organisation_contact TO fiscal_panel;

GRANT UPDATE(valid_to) ON TABLE office.organisation_contact TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.organisation_merchant TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.own_details TO fiscal_panel;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE office.password_link TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.person TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.person_merchant TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.power_of_attorney TO fiscal_panel;

GRANT UPDATE(revoked_on) ON TABLE office.power_of_attorney TO fiscal_panel;

GRANT UPDATE(revoke_note) ON TABLE office.power_of_attorney TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.price_calculation TO fiscal_panel;

GRANT UPDATE(organisation_id) ON TABLE office.price_calculation TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.project TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.recovery_code TO fiscal_panel;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE office.saved_view TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.schedule_run TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.sent_form TO fiscal_panel;

GRANT UPDATE(place) ON TABLE office.sent_form TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.service TO fiscal_panel;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE office.session TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.slip TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.tariff_plan TO fiscal_panel;

GRANT UPDATE(status) ON TABLE office.tariff_plan TO fiscal_panel;

GRANT UPDATE(valid_to) ON TABLE office.tariff_plan TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.task TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.task_block TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.task_check TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.task_event TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.task_file TO fiscal_panel;

GRANT UPDATE(removed_at) ON TABLE office.task_file TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.task_part TO fiscal_panel;

GRANT SELECT,INSERT,UPDATE ON TABLE office.task_template TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.tax_profile TO fiscal_panel;

GRANT UPDATE(valid_to) ON TABLE office.tax_profile TO fiscal_panel;

GRANT UPDATE(withdrawn_at) ON TABLE office.tax_profile TO fiscal_panel;

GRANT SELECT,INSERT ON TABLE office.time_entry TO fiscal_panel;

GRANT UPDATE(removed_at) ON TABLE office.time_entry TO fiscal_panel;

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE office.upload TO fiscal_panel;

GRANT SELECT,INSERT,DELETE ON TABLE office.upload_piece TO fiscal_panel;
