-- The office: whom it serves, by which contract, what falls due when, and the work that comes of it.
-- Locks: everything is new.
--
-- Rows of a client are seen by the people assigned to it, by whoever stands in for them, and by roles that see everybody.
-- What has a date (profile, assignment, link) is closed and opened, never rewritten. Stories of rows are only added to.
-- Days of validity: valid_from counts, valid_to does not. No index type for both a number and a range comes with
-- PostgreSQL itself, so a number takes part in an exclusion as a range of one.

-- ---------------------------------------------------------------- whom the office serves

create table office.organisation (
    id bigint primary key,
    version int not null,
    short_name text not null check (short_name <> ''),
    full_name text not null,
    kind text not null check (kind in ('org', 'ip', 'person')),
    country text not null check (country ~ '^[A-Z]{2}$'),
    region text,
    tax_number text,                     -- INN, NIP, CNPJ or CPF: digits only
    identifiers jsonb not null,          -- KPP, OGRN, REGON, IE and the like, by name
    details jsonb not null,              -- addresses, bank accounts, signatory, offices it belongs to
    status text not null check (status in ('prospect', 'onboarding', 'active', 'suspended', 'offboarding', 'former')),
    family text,                         -- a holding or a family of clients
    tags text[] not null,
    created_at timestamptz not null,
    created_by bigint,                   -- null: the panel asked nobody to sign in
    updated_at timestamptz not null,
    updated_by bigint
);
create unique index organisation_tax_number on office.organisation (country, tax_number)
    where tax_number is not null and status <> 'former';
create index organisation_name on office.organisation (lower(short_name), id);

create table office.assignment (
    id bigint primary key,
    organisation_id bigint not null references office.organisation (id),
    person_id bigint not null references office.person (id),
    role text not null check (role in ('lead', 'tax', 'payroll', 'primary', 'personnel', 'manager')),
    valid_from date not null,
    valid_to date,
    created_at timestamptz not null,
    created_by bigint,
    check (valid_to is null or valid_to >= valid_from),
    constraint one_lead_at_a_time exclude using gist (
        int8range(organisation_id, organisation_id, '[]') with &&, daterange(valid_from, valid_to) with &&
    ) where (role = 'lead')
);
create index assignment_person on office.assignment (person_id, organisation_id);
create index assignment_organisation on office.assignment (organisation_id, role);

create table office.absence (
    id bigint primary key,
    person_id bigint not null references office.person (id),
    substitute_id bigint not null references office.person (id),
    first_day date not null,
    last_day date not null,
    created_at timestamptz not null,
    withdrawn_at timestamptz,            -- came back earlier, or never left
    check (last_day >= first_day and person_id <> substitute_id)
);
create index absence_substitute on office.absence (substitute_id, last_day);

create table office.tax_profile (
    id bigint primary key,
    organisation_id bigint not null references office.organisation (id),
    payer text not null check (payer in ('ORG', 'IP', 'PERSON')),
    systems text[] not null,
    with_employees boolean not null,
    facts jsonb not null,                -- accounting/office/attributes.py
    valid_from date not null,
    valid_to date,
    created_at timestamptz not null,
    created_by bigint,
    withdrawn_at timestamptz,            -- another one took its place before it began
    check (valid_to is null or valid_to > valid_from),
    constraint one_profile_at_a_time exclude using gist (
        int8range(organisation_id, organisation_id, '[]') with &&, daterange(valid_from, valid_to) with &&
    ) where (withdrawn_at is null)
);
create index tax_profile_organisation on office.tax_profile (organisation_id, valid_from);

-- What starts terms by itself: a hire, a demand, a patent, a document with an end.
create table office.occasion (
    id bigint primary key,
    organisation_id bigint not null references office.organisation (id),
    name text not null,
    choice text,
    first_day date not null,
    last_day date check (last_day >= first_day),
    created_at timestamptz not null,
    created_by bigint,
    withdrawn_at timestamptz
);
create index occasion_organisation on office.occasion (organisation_id, first_day);

create table office.contact (
    id bigint primary key,
    version int not null,
    name text not null check (name <> ''),
    phones text[] not null,              -- the first one is the main one
    emails text[] not null,
    language text not null,
    time_zone text,
    preferred_channel text not null check (preferred_channel in ('email', 'portal', 'phone', 'messenger')),
    notes text not null,
    created_at timestamptz not null,
    created_by bigint
);

create table office.organisation_contact (
    id bigint primary key,
    organisation_id bigint not null references office.organisation (id),
    contact_id bigint not null references office.contact (id),
    role text not null check (role in
        ('director', 'owner', 'chief_accountant', 'payroll', 'primary', 'it', 'signatory', 'other')),
    receives text[] not null,            -- slips, document_requests, invoices, news
    can_acknowledge boolean not null,
    can_sign boolean not null,
    valid_from date not null,
    valid_to date,
    created_at timestamptz not null,
    created_by bigint,
    constraint one_role_once exclude using gist (
        int8range(organisation_id, organisation_id, '[]') with &&, int8range(contact_id, contact_id, '[]') with &&,
        daterange(valid_from, valid_to) with &&
    )
);
create index organisation_contact_organisation on office.organisation_contact (organisation_id);
create index organisation_contact_contact on office.organisation_contact (contact_id);

-- The merchant of the fiscal server that a client is: its receipts, cassettes and alarms.
create table office.organisation_merchant (
    merchant_id bigint primary key,
    organisation_id bigint not null references office.organisation (id),
    created_at timestamptz not null,
    created_by bigint
);
create index organisation_merchant_organisation on office.organisation_merchant (organisation_id);

-- ---------------------------------------------------------------- what is agreed with them

create table office.service (
    id bigint primary key,
    code text not null unique,
    name text not null,
    area text not null,
    unit text not null,
    default_role text not null,
    is_cyclic boolean not null,
    norm_minutes int not null,
    obligations text[] not null,         -- codes of rules that it serves
    is_active boolean not null
);

create table office.tariff_plan (
    id bigint primary key,
    code text not null,
    version int not null,                -- one that is active is frozen; a change is a new version
    name text not null,
    status text not null check (status in ('draft', 'active', 'retired')),
    valid_from date not null,
    valid_to date,
    plan jsonb not null,                 -- accounting/office/tariffs.py
    created_at timestamptz not null,
    created_by bigint,
    unique (code, version)
);

create table office.contract (
    id bigint primary key,
    version int not null,
    organisation_id bigint not null references office.organisation (id),
    number text not null,
    dated date not null,
    status text not null check (status in
        ('draft', 'agreed', 'sent', 'signed', 'active', 'suspended', 'terminating', 'closed', 'cancelled')),
    starts_on date,
    ends_on date,                        -- the last day it holds on; null: without an end
    renews_by_months int check (renews_by_months > 0),
    notice_days int not null check (notice_days >= 0),
    fee_kopecks bigint not null check (fee_kopecks >= 0),
    tariff_plan_id bigint references office.tariff_plan (id),
    terms jsonb not null,                -- what the text of the contract needs beside
    lead_id bigint unique,               -- whose conversion made it: made again, it is the same one
    created_at timestamptz not null,
    created_by bigint,
    updated_at timestamptz not null
);
create index contract_organisation on office.contract (organisation_id, id);
create index contract_end on office.contract (ends_on) where status in ('signed', 'active', 'suspended');

create table office.contract_line (
    id bigint primary key,
    contract_id bigint not null references office.contract (id),
    organisation_id bigint not null references office.organisation (id),
    service text not null,
    starts_on date not null,
    ends_on date,
    period text not null,                -- accounting/office/contracts.py
    months int[] not null,
    due_rule text not null,
    shift text not null check (shift in ('next', 'prev', 'none')),
    obligations text[] not null,
    quantity int not null check (quantity > 0),
    price_kopecks bigint not null check (price_kopecks >= 0),
    in_fee boolean not null
);
create index contract_line_contract on office.contract_line (contract_id);

-- Signing is two marks, ours and theirs, each with its day.
create table office.contract_signature (
    contract_id bigint not null references office.contract (id),
    organisation_id bigint not null references office.organisation (id),
    side text not null check (side in ('office', 'client')),
    signed_on date not null,
    method text not null check (method in ('paper', 'simple', 'qualified')),
    recorded_at timestamptz not null,
    recorded_by bigint,
    primary key (contract_id, side)
);

-- ---------------------------------------------------------------- who may become a client

create table office.lead (
    id bigint primary key,
    version int not null,
    name text not null,                  -- of the person
    organisation_name text not null,
    legal_form text not null check (legal_form in ('org', 'ip', 'person', 'unknown')),
    tax_system text not null,
    tax_number text,
    activity text not null,
    region text not null,
    phone text,                          -- + and digits
    email text,                          -- in small letters
    source text not null,
    features text not null,
    state text not null check (state in
        ('new', 'contacted', 'qualified', 'calculated', 'proposal_sent', 'negotiating',
         'won', 'lost', 'deferred', 'merged')),
    state_since date not null,
    former_state text,                   -- of one that is deferred: where it comes back to
    wake_on date,
    owner_id bigint references office.person (id),
    next_action text,
    next_action_on date,
    fee_kopecks bigint check (fee_kopecks >= 0),     -- a month, as it was offered
    offer_until date,
    lost_reason text,
    duplicate_of bigint references office.lead (id),
    organisation_id bigint references office.organisation (id),
    created_at timestamptz not null,
    created_by bigint,
    check (name <> '' or organisation_name <> ''),
    check ((state = 'won') = (organisation_id is not null))
);
create index lead_state on office.lead (state, id);
create index lead_phone on office.lead (phone) where phone is not null;
create index lead_email on office.lead (email) where email is not null;
create index lead_tax_number on office.lead (tax_number) where tax_number is not null;

create table office.lead_event (
    id bigint primary key,
    lead_id bigint not null references office.lead (id),
    happened_at timestamptz not null,
    person_id bigint,
    person text not null,
    transition text not null,
    state text not null,                 -- after it
    note text not null
);
create index lead_event_lead on office.lead_event (lead_id, id);

-- ---------------------------------------------------------------- what falls due

-- Dates that an authority set for one period, entered by the office; null: for everybody.
create table office.one_off_date (
    id bigint primary key,
    code text not null,
    period text not null,
    instalment int not null,
    organisation_id bigint references office.organisation (id),
    due date not null,
    document text not null check (document <> ''),
    created_at timestamptz not null,
    created_by bigint,
    withdrawn_at timestamptz
);
create unique index one_off_date_once on office.one_off_date (code, period, instalment, coalesce(organisation_id, 0))
    where withdrawn_at is null;

-- A draft of a calendar that somebody of the office has checked.
create table office.confirmed_rule (
    code text primary key,
    confirmed_at timestamptz not null,
    confirmed_by bigint,
    person text not null
);

-- Why a day is the day: one row serves every organisation that owes it. It is never changed; a new law is a new row.
create table office.due_date (
    id bigint primary key,
    fingerprint bytea not null unique,   -- SHA-256 over everything else that is told
    code text not null,
    period text not null,
    instalment int not null,
    name text not null,
    kind text not null,
    nominal date,
    due date not null,
    target date not null,
    is_preliminary boolean not null,
    passports jsonb not null             -- by language: accounting/office/passport.py
);

create table office.schedule_run (
    id bigint primary key,
    applied_at timestamptz not null,
    person_id bigint,
    person text not null,
    reason text not null,
    until date not null,
    organisations int not null,
    created int not null,
    moved int not null,
    cancelled int not null,
    conflicts int not null
);

create table office.obligation (
    id bigint primary key,
    version int not null,
    organisation_id bigint not null references office.organisation (id),
    code text not null,
    period text not null,
    instalment int not null,
    due_date_id bigint not null references office.due_date (id),
    due date not null,                   -- the legal date
    target date not null,                -- the office's own
    profile_since date not null,         -- which tax profile asked for it
    is_outside_contract boolean not null,
    state text not null check (state in ('planned', 'begun', 'done', 'not_required', 'cancelled')),
    unique (organisation_id, code, period, instalment)
);
create index obligation_due on office.obligation (due, organisation_id) where state <> 'cancelled';
create index obligation_organisation on office.obligation (organisation_id, due) where state <> 'cancelled';

create table office.obligation_event (
    obligation_id bigint not null,
    run_id bigint not null references office.schedule_run (id),
    organisation_id bigint not null,
    change text not null check (change in ('created', 'moved', 'cancelled')),
    was date,
    becomes date,
    primary key (obligation_id, run_id)
);

-- ---------------------------------------------------------------- the work

create table office.project (
    id bigint primary key,
    version int not null,
    organisation_id bigint not null references office.organisation (id),
    kind text not null,
    goal text not null,
    state text not null check (state in ('draft', 'active', 'on_hold', 'done', 'cancelled')),
    coordinator_id bigint references office.person (id),
    lead_id bigint unique,               -- whose conversion made it
    starts_on date not null,
    due date,
    created_at timestamptz not null,
    created_by bigint
);
create index project_organisation on office.project (organisation_id, id);

-- A case of the office: its kinds are obligation, one_off, request, internal. (CASE is a word of SQL.)
create table office.task (
    id bigint primary key,
    version int not null,
    organisation_id bigint not null references office.organisation (id),
    project_id bigint references office.project (id),
    obligation_id bigint references office.obligation (id),
    kind text not null check (kind in ('obligation', 'one_off', 'request', 'internal')),
    title text not null check (title <> ''),
    role text not null,                  -- who of the assigned people it is for
    owner_id bigint references office.person (id),
    assigner_id bigint references office.person (id),
    mode text not null check (mode in ('one', 'all', 'any', 'ordered')),
    state text not null check (state in
        ('planned', 'open', 'in_progress', 'waiting', 'review', 'ready', 'submitted', 'done', 'not_required', 'cancelled')),
    position int not null,               -- within its project
    legal_date date,
    target_date date,
    waiting_for text,
    waiting_until date,
    is_outside_contract boolean not null,
    late_reason text,
    created_at timestamptz not null,
    created_by bigint
);
create unique index task_obligation on office.task (obligation_id) where obligation_id is not null;
create index task_project on office.task (project_id, position) where project_id is not null;
create index task_owner on office.task (owner_id, target_date) where state not in ('done', 'not_required', 'cancelled');
create index task_organisation on office.task (organisation_id, id);

create table office.task_part (
    task_id bigint not null references office.task (id),
    person_id bigint not null references office.person (id),
    organisation_id bigint not null references office.organisation (id),
    position int not null,
    closed_at timestamptz,
    primary key (task_id, person_id)
);
create index task_part_person on office.task_part (person_id) where closed_at is null;

create table office.task_check (
    task_id bigint not null references office.task (id),
    position int not null,
    organisation_id bigint not null references office.organisation (id),
    title text not null,
    done_at timestamptz,
    done_by bigint,
    primary key (task_id, position)
);

-- What was said and done about a case; a comment is an event without a transition.
create table office.task_event (
    id bigint primary key,
    task_id bigint not null references office.task (id),
    organisation_id bigint not null references office.organisation (id),
    happened_at timestamptz not null,
    person_id bigint,
    person text not null,
    transition text,
    state text not null,
    note text not null
);
create index task_event_task on office.task_event (task_id, id);

-- ---------------------------------------------------------------- what the office writes down about its clients

create table office.handbook (
    id bigint primary key,
    name text not null check (name <> ''),
    owner_id bigint references office.person (id),   -- null: everybody's
    show_in_card boolean not null,
    position int not null,
    archived_at timestamptz
);

-- Each row is a version of the text; the newest one counts.
create table office.handbook_entry (
    id bigint primary key,
    handbook_id bigint not null references office.handbook (id),
    organisation_id bigint not null references office.organisation (id),
    text text not null,
    review_by date,
    author_id bigint,
    author text not null,
    created_at timestamptz not null
);
create index handbook_entry_newest on office.handbook_entry (organisation_id, handbook_id, id desc);

-- ---------------------------------------------------------------- telling clients of what they owe

create table office.slip (
    id bigint primary key,
    organisation_id bigint not null references office.organisation (id),
    obligation_id bigint not null references office.obligation (id),
    version int not null,                -- a corrected amount is a version of its own
    amount_kopecks bigint not null check (amount_kopecks >= 0),
    due date not null,
    details jsonb not null,              -- payee, account, purpose
    explanation text not null,
    state text not null check (state in ('draft', 'published', 'superseded', 'paid', 'cancelled')),
    created_at timestamptz not null,
    created_by bigint,
    unique (obligation_id, version)
);
create index slip_due on office.slip (organisation_id, due);

create table office.notice (
    id bigint primary key,
    organisation_id bigint not null references office.organisation (id),
    slip_id bigint references office.slip (id),
    contact_id bigint not null references office.contact (id),
    kind text not null,
    language text not null,
    said jsonb not null,                 -- frozen: what was said, to which address
    token_hash bytea unique,             -- SHA-256 of what the link carries
    state text not null check (state in
        ('scheduled', 'sent', 'acknowledged', 'superseded', 'cancelled', 'escalated')),
    attempts int not null,
    next_attempt_at timestamptz,
    created_at timestamptz not null
);
create index notice_next on office.notice (next_attempt_at) where state in ('scheduled', 'sent');
create index notice_organisation on office.notice (organisation_id, id);

create table office.notice_attempt (
    notice_id bigint not null references office.notice (id),
    attempt int not null,
    organisation_id bigint not null references office.organisation (id),
    sent_at timestamptz not null,
    answer text not null,
    primary key (notice_id, attempt)
);

create table office.acknowledgement (
    notice_id bigint primary key references office.notice (id),
    organisation_id bigint not null references office.organisation (id),
    acknowledged_at timestamptz not null,
    address text not null,
    agent text not null,
    said jsonb not null
);

-- ---------------------------------------------------------------- who sees what

-- office.person, office.today and office.sees_all are set for a transaction (admin/storage/office/sight.py).
create function office.organisations_in_sight() returns bigint[]
    language sql stable security definer set search_path = ''
    as $$
        with asked as (
            select nullif(current_setting('office.person', true), '')::bigint as me,
                   nullif(current_setting('office.today', true), '')::date as today
        ), acting as (
            select me as person_id from asked
            union
            select b.person_id from office.absence b, asked
            where b.substitute_id = me and today between b.first_day and b.last_day and b.withdrawn_at is null
        )
        select coalesce(array_agg(distinct a.organisation_id), '{}')
        from office.assignment a join acting using (person_id), asked
        where a.valid_from <= today and (a.valid_to is null or today < a.valid_to)
    $$;
revoke execute on function office.organisations_in_sight() from public;
grant execute on function office.organisations_in_sight() to fiscal_panel;

grant select, insert, update on office.organisation, office.contact, office.contract, office.lead, office.project,
    office.task, office.task_part, office.task_check, office.obligation, office.slip, office.notice,
    office.service, office.handbook to fiscal_panel;
grant select, insert, update (valid_to) on office.assignment, office.organisation_contact to fiscal_panel;
grant select, insert, update (valid_to, withdrawn_at) on office.tax_profile to fiscal_panel;
grant select, insert, update (withdrawn_at) on office.absence, office.occasion, office.one_off_date to fiscal_panel;
grant select, insert, update (status, valid_to) on office.tariff_plan to fiscal_panel;
grant select, insert, delete on office.organisation_merchant, office.confirmed_rule to fiscal_panel;
grant select, insert on office.contract_line, office.contract_signature, office.lead_event, office.due_date,
    office.schedule_run, office.obligation_event, office.task_event, office.handbook_entry, office.notice_attempt,
    office.acknowledgement to fiscal_panel;

do $$
declare
    guarded text;
begin
    foreach guarded in array array[
        'assignment', 'tax_profile', 'occasion', 'organisation_contact', 'organisation_merchant', 'contract',
        'contract_line', 'contract_signature', 'obligation', 'obligation_event', 'project', 'task', 'task_part',
        'task_check', 'task_event', 'handbook_entry', 'slip', 'notice', 'notice_attempt', 'acknowledgement'
    ] loop
        execute format('alter table office.%I enable row level security', guarded);
        execute format($policy$
            create policy in_sight on office.%I to fiscal_panel using (
                (select current_setting('office.sees_all', true) = 'yes')
                or organisation_id = any ((select office.organisations_in_sight())::bigint[]))$policy$, guarded);
    end loop;
end
$$;

alter table office.organisation enable row level security;
create policy in_sight on office.organisation to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or id = any ((select office.organisations_in_sight())::bigint[]));

-- A date for everybody is everybody's to see and nobody's to set but of those who see everybody.
alter table office.one_off_date enable row level security;
create policy in_sight on office.one_off_date to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or organisation_id is null or organisation_id = any ((select office.organisations_in_sight())::bigint[]))
    with check ((select current_setting('office.sees_all', true) = 'yes')
    or organisation_id = any ((select office.organisations_in_sight())::bigint[]));

-- People are seen through the clients they belong to.
alter table office.contact enable row level security;
create policy in_sight on office.contact for select to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or id in (select contact_id from office.organisation_contact));
create policy change_in_sight on office.contact for update to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or id in (select contact_id from office.organisation_contact));
create policy come on office.contact for insert to fiscal_panel with check (true);

-- A lead is its owner's, and of those who see everybody.
alter table office.lead enable row level security;
create policy in_sight on office.lead to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or owner_id = (select nullif(current_setting('office.person', true), '')::bigint));
alter table office.lead_event enable row level security;
create policy in_sight on office.lead_event to fiscal_panel using (lead_id in (select id from office.lead));

-- A personal handbook is its owner's alone.
alter table office.handbook enable row level security;
create policy in_sight on office.handbook to fiscal_panel using (
    owner_id is null or owner_id = (select nullif(current_setting('office.person', true), '')::bigint));
create policy of_handbook on office.handbook_entry as restrictive to fiscal_panel using (
    handbook_id in (select id from office.handbook));
