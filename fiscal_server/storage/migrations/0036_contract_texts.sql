-- Templates of contracts in versions, the office's own details for them, and texts of contracts as they were made.
-- Locks: everything is new.

create table office.contract_template (
    id bigint primary key,
    language text not null,              -- of its text, and of the days and sums that are put into it
    archived_at timestamptz
);

-- Each row is a version; the newest one is used, the others are what contracts were made of.
create table office.contract_template_text (
    template_id bigint not null references office.contract_template (id),
    version int not null check (version > 0),
    name text not null check (name <> ''),
    text text not null check (text <> ''),
    author_id bigint,
    author text not null,
    created_at timestamptz not null,
    primary key (template_id, version)
);

-- Who the office is in its contracts; the newest row counts.
create table office.own_details (
    version int primary key check (version > 0),
    details jsonb not null,
    author_id bigint,
    author text not null,
    created_at timestamptz not null
);

-- A text as it was made, page and paper; the newest one counts. Nothing that is changed later changes it.
create table office.contract_text (
    id bigint primary key,
    contract_id bigint not null references office.contract (id),
    organisation_id bigint not null references office.organisation (id),
    template_id bigint not null,
    template_version int not null,
    html text not null check (html <> ''),
    pdf bytea not null,
    sha256 bytea not null,               -- of the PDF
    author_id bigint,
    author text not null,
    created_at timestamptz not null,
    foreign key (template_id, template_version) references office.contract_template_text (template_id, version)
);
create index contract_text_newest on office.contract_text (contract_id, id desc);

grant select, insert, update (archived_at) on office.contract_template to fiscal_panel;
grant select, insert on office.contract_template_text, office.own_details, office.contract_text to fiscal_panel;

-- What is the office's own is everybody's to read, and written by those who see everybody.
do $$
declare
    own text;
begin
    foreach own in array array['contract_template', 'contract_template_text', 'own_details'] loop
        execute format('alter table office.%I enable row level security', own);
        execute format('create policy read on office.%I for select to fiscal_panel using (true)', own);
        execute format($policy$
            create policy write on office.%I for insert to fiscal_panel with check (
                (select current_setting('office.sees_all', true) = 'yes'))$policy$, own);
    end loop;
end
$$;
create policy put_away on office.contract_template for update to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes'));

alter table office.contract_text enable row level security;
create policy in_sight on office.contract_text to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or organisation_id = any ((select office.organisations_in_sight())::bigint[]));

-- A text that somebody has signed, or that is with the client to be signed, is not made again.
create policy before_signed on office.contract_text as restrictive for insert to fiscal_panel with check (
    contract_id in (select c.id from office.contract c where c.status in ('draft', 'agreed')
        and not exists (select from office.contract_signature s where s.contract_id = c.id)));
