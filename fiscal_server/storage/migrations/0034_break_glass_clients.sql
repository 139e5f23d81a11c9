-- Access in an emergency to a client of the office, as to a merchant: whoever keeps the system sees no client's content
-- otherwise (office domain 3.22).
-- Locks: break_glass, a few rows.

alter table office.break_glass
    alter column merchant_id drop not null,
    add column organisation_id bigint references office.organisation (id),
    add constraint break_glass_one check (num_nonnulls(merchant_id, organisation_id) = 1);
create index break_glass_organisation on office.break_glass (organisation_id, begun_at) where organisation_id is not null;

-- Whoever broke it sees and ends it (office.looker); who has the client in sight is told.
alter table office.break_glass enable row level security;
create policy own on office.break_glass to fiscal_panel using (
    person_id::text = (select current_setting('office.looker', true)));
create policy in_sight on office.break_glass for select to fiscal_panel using (
    organisation_id is null
    or (select current_setting('office.sees_all', true) = 'yes')
    or organisation_id = any ((select office.organisations_in_sight())::bigint[]));

-- Names to choose from; everything else of a client stays under row-level security.
create function office.client_names() returns table (id bigint, name text)
    language sql stable security definer set search_path = ''
    as $$select o.id, o.short_name from office.organisation o order by lower(o.short_name), o.id$$;
revoke execute on function office.client_names() from public;
grant execute on function office.client_names() to fiscal_panel;

-- As before, and in an emergency (office.emergency) the one client that it is about.
create or replace function office.organisations_in_sight() returns bigint[]
    language sql stable security definer set search_path = ''
    as $$
        with asked as (
            select nullif(current_setting('office.person', true), '')::bigint as me,
                   nullif(current_setting('office.today', true), '')::date as today,
                   nullif(current_setting('office.emergency', true), '')::bigint as emergency
        ), acting as (
            select me as person_id from asked
            union
            select b.person_id from office.absence b, asked
            where b.substitute_id = me and today between b.first_day and b.last_day and b.withdrawn_at is null
        ), seen as (
            select a.organisation_id from office.assignment a join acting using (person_id), asked
            where a.valid_from <= today and (a.valid_to is null or today < a.valid_to)
            union
            select emergency from asked where emergency is not null
        )
        select coalesce(array_agg(organisation_id), '{}') from seen
    $$;
