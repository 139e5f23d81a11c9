-- Annexes of contracts: what both sides agree to change of the lines and of the fee, from a day on; and the numbers of both.
-- Locks: office.contract_line for a column without a default; the tables are new.

create table office.contract_annex (
    id bigint primary key,
    version int not null,
    contract_id bigint not null references office.contract (id),
    organisation_id bigint not null references office.organisation (id),
    number text not null check (number <> ''),
    dated date not null,
    subject text not null,               -- what it changes beside lines and fee, in words
    state text not null check (state in ('draft', 'signed', 'cancelled')),
    created_at timestamptz not null,
    created_by bigint,
    updated_at timestamptz not null,
    unique (contract_id, number)
);

-- What it changes. Nothing of a contract changes before both sides have signed.
create table office.contract_annex_change (
    id bigint primary key,
    annex_id bigint not null references office.contract_annex (id),
    organisation_id bigint not null references office.organisation (id),
    kind text not null check (kind in ('add', 'end', 'price', 'fee')),
    on_day date not null,                -- the last day of a line that ends; of all others the first one
    line_id bigint references office.contract_line (id),
    ends_on date,                        -- of a line that is added
    line jsonb,                          -- accounting/office/contract_offer.py: a line that is added
    price_kopecks bigint check (price_kopecks >= 0),
    check ((kind in ('end', 'price')) = (line_id is not null)),
    check ((kind = 'add') = (line is not null)),
    check ((kind in ('price', 'fee')) = (price_kopecks is not null)),
    unique (annex_id, line_id)
);
create unique index contract_annex_added on office.contract_annex_change (annex_id, on_day, line) where kind = 'add';
create unique index contract_annex_fee on office.contract_annex_change (annex_id) where kind = 'fee';

create table office.contract_annex_signature (
    annex_id bigint not null references office.contract_annex (id),
    organisation_id bigint not null references office.organisation (id),
    side text not null check (side in ('office', 'client')),
    signed_on date not null,
    method text not null check (method in ('paper', 'simple', 'qualified')),
    recorded_at timestamptz not null,
    recorded_by bigint,
    primary key (annex_id, side)
);

-- Why a line is there when the contract itself does not have it.
alter table office.contract_line add column annex_id bigint references office.contract_annex (id);

-- The fee of a month on a day, after the annexes that both sides have signed.
create function office.fee_of_contract(contract bigint, day date) returns bigint
    language sql stable
    as $$
        select coalesce(
            (select x.price_kopecks
             from office.contract_annex_change x join office.contract_annex a on a.id = x.annex_id
             where a.contract_id = contract and a.state = 'signed' and x.kind = 'fee' and x.on_day <= day
             order by x.on_day desc, a.id desc limit 1),
            (select c.fee_kopecks from office.contract c where c.id = contract))
    $$;
revoke execute on function office.fee_of_contract(bigint, date) from public;
grant execute on function office.fee_of_contract(bigint, date) to fiscal_panel;

grant select, insert, update on office.contract_annex to fiscal_panel;
grant select, insert, delete on office.contract_annex_change to fiscal_panel;
grant select, insert on office.contract_annex_signature to fiscal_panel;

do $$
declare
    guarded text;
begin
    foreach guarded in array array['contract_annex', 'contract_annex_change', 'contract_annex_signature'] loop
        execute format('alter table office.%I enable row level security', guarded);
        execute format($policy$
            create policy in_sight on office.%I to fiscal_panel using (
                (select current_setting('office.sees_all', true) = 'yes')
                or organisation_id = any ((select office.organisations_in_sight())::bigint[]))$policy$, guarded);
    end loop;
end
$$;

-- What one side has signed does not change behind its back.
create policy before_signed on office.contract_annex_change as restrictive for delete to fiscal_panel using (
    annex_id not in (select annex_id from office.contract_annex_signature));
create policy before_signed_added on office.contract_annex_change as restrictive for insert to fiscal_panel with check (
    annex_id not in (select annex_id from office.contract_annex_signature));

-- ---------------------------------------------------------------- numbers

-- How the office numbers what it signs; no row: as accounting/office/numbering.py begins.
create table office.number_rule (
    kind text primary key check (kind in ('contract', 'annex')),
    rule text not null,
    changed_at timestamptz not null,
    changed_by bigint
);

-- A number is given once, also when its contract is out of the sight of whoever makes another.
create table office.contract_number (
    number text primary key check (number <> ''),
    contract_id bigint not null unique references office.contract (id)
);
insert into office.contract_number (number, contract_id)
select distinct on (number) number, id from office.contract where number <> '' order by number, id;

-- Counters that a person has passed over, and why.
create table office.number_skip (
    id bigint primary key,
    series text not null,                -- what stands around the counter: "…/2026"
    up_to int not null check (up_to > 0),
    reason text not null check (reason <> ''),
    person text not null,
    made_at timestamptz not null
);
create index number_skip_series on office.number_skip (series, up_to);

grant select, insert, update on office.number_rule to fiscal_panel;
grant select, insert, delete on office.contract_number to fiscal_panel;
grant select, insert on office.number_skip to fiscal_panel;

alter table office.contract_number enable row level security;
create policy told_to_all on office.contract_number for select to fiscal_panel using (true);
create policy given_in_sight on office.contract_number for insert to fiscal_panel with check (
    contract_id in (select id from office.contract));
create policy of_a_draft on office.contract_number for delete to fiscal_panel using (
    contract_id in (select id from office.contract where status = 'draft'));
