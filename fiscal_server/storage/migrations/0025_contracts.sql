-- What services are worth, what was offered, contracts with their story and files, leads that came in a file.
-- Locks: office.service, office.contract and office.lead get columns without a rewrite; everything else is new.

-- ---------------------------------------------------------------- catalogue and prices

alter table office.service
    add column version int not null default 1,
    add column period text not null default 'month',      -- what a line of a contract begins with
    add column months int[] not null default '{}',
    add column due_rule text not null default '',
    add column shift text not null default 'none' check (shift in ('next', 'prev', 'none')),
    add column price_kopecks bigint not null default 0 check (price_kopecks >= 0);

-- One draft and one plan in force of a code at a time.
create unique index tariff_plan_draft on office.tariff_plan (code) where status = 'draft';
create unique index tariff_plan_active on office.tariff_plan (code) where status = 'active';

-- As it was worked out on the day: never changed, whatever becomes of the plan.
create table office.price_calculation (
    id bigint primary key,
    lead_id bigint references office.lead (id),
    organisation_id bigint references office.organisation (id),
    tariff_plan_id bigint not null references office.tariff_plan (id),
    calculation jsonb not null,          -- accounting/office/price.py: answers, version of the rules, lines
    fee_kopecks bigint not null check (fee_kopecks >= 0),        -- a month, after the discounts of the beginning
    one_off_kopecks bigint not null check (one_off_kopecks >= 0),
    valid_until date not null,
    author text not null,
    created_at timestamptz not null,
    created_by bigint,
    check (lead_id is not null or organisation_id is not null)
);
create index price_calculation_lead on office.price_calculation (lead_id, id) where lead_id is not null;
create index price_calculation_organisation on office.price_calculation (organisation_id, id)
    where organisation_id is not null;

-- ---------------------------------------------------------------- contracts

alter table office.contract
    add column calculation_id bigint references office.price_calculation (id),
    add column renews_contract_id bigint unique references office.contract (id),   -- which one it follows
    add column indexation_bp int check (indexation_bp >= 0),
    add column indexation_month int check (indexation_month between 1 and 12),
    add column original_returned_on date,
    add column notice_on date,
    add column closes_on date,           -- the last day after a notice
    add constraint contract_indexation check ((indexation_bp is null) = (indexation_month is null));

create table office.contract_event (
    id bigint primary key,
    contract_id bigint not null references office.contract (id),
    organisation_id bigint not null references office.organisation (id),
    happened_at timestamptz not null,
    person_id bigint,
    person text not null,
    transition text not null,
    status text not null,                -- after it
    note text not null
);
create index contract_event_contract on office.contract_event (contract_id, id);

create table office.contract_file (
    id bigint primary key,
    contract_id bigint not null references office.contract (id),
    organisation_id bigint not null references office.organisation (id),
    name text not null,
    media_type text not null,
    size int not null check (size > 0),
    sha256 bytea not null,
    form_key text not null unique,       -- a form that came twice is one file
    is_whole boolean not null,
    created_at timestamptz not null,
    created_by bigint,
    withdrawn_at timestamptz
);
create index contract_file_contract on office.contract_file (contract_id, id);

create table office.contract_file_piece (
    file_id bigint not null references office.contract_file (id),
    place int not null,
    organisation_id bigint not null references office.organisation (id),
    body bytea not null,
    primary key (file_id, place)
);

-- ---------------------------------------------------------------- leads out of a file

create table office.lead_import (
    id bigint primary key,
    version int not null,
    file_name text not null,
    state text not null check (state in ('new', 'done', 'undone')),
    heads text[] not null,
    mapping jsonb not null,              -- column by field of a lead
    source text not null,
    created_at timestamptz not null,
    created_by bigint
);

create table office.lead_import_row (
    import_id bigint not null references office.lead_import (id),
    line int not null,                   -- of the file, from 1
    cells text[] not null,
    lead_id bigint,                      -- what it became
    primary key (import_id, line)
);

alter table office.lead add column import_id bigint references office.lead_import (id);
create index lead_of_import on office.lead (import_id) where import_id is not null;

-- ---------------------------------------------------------------- who sees what

grant select, insert, update (organisation_id) on office.price_calculation to fiscal_panel;
grant select, insert on office.contract_event, office.contract_file_piece to fiscal_panel;
grant select, insert, update (is_whole, withdrawn_at) on office.contract_file to fiscal_panel;
grant select, insert, update (version, state, mapping, source) on office.lead_import to fiscal_panel;
grant select, insert, update (lead_id) on office.lead_import_row to fiscal_panel;
grant delete on office.lead to fiscal_panel;
grant delete, update (ends_on) on office.contract_line to fiscal_panel;

do $$
declare
    guarded text;
begin
    foreach guarded in array array['contract_event', 'contract_file', 'contract_file_piece'] loop
        execute format('alter table office.%I enable row level security', guarded);
        execute format($policy$
            create policy in_sight on office.%I to fiscal_panel using (
                (select current_setting('office.sees_all', true) = 'yes')
                or organisation_id = any ((select office.organisations_in_sight())::bigint[]))$policy$, guarded);
    end loop;
end
$$;

alter table office.price_calculation enable row level security;
create policy in_sight on office.price_calculation to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or organisation_id = any ((select office.organisations_in_sight())::bigint[])
    or lead_id in (select id from office.lead));

-- Lines go only while nobody has agreed to them; what is agreed ends on a day.
create policy before_agreed on office.contract_line as restrictive for delete to fiscal_panel using (
    contract_id in (select id from office.contract where status = 'draft'));

-- Only a lead out of a file that nobody has touched goes again; its story and prices hold it too, by their keys.
create policy untouched on office.lead as restrictive for delete to fiscal_panel using (
    import_id is not null and version = 1 and state = 'new');

alter table office.lead_import enable row level security;
create policy in_sight on office.lead_import to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or created_by = (select nullif(current_setting('office.person', true), '')::bigint));
alter table office.lead_import_row enable row level security;
create policy in_sight on office.lead_import_row to fiscal_panel using (
    import_id in (select id from office.lead_import));
