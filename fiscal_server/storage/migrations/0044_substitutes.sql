-- Whoever stands in for somebody also stands in for those whom that one covers: when a substitute is away too, nobody's
-- clients and cases are left alone. Each link ends with its absence, by itself.
-- Locks: none; two functions are replaced.

create or replace function office.acting_for(me bigint, today date) returns bigint[]
    language sql stable security definer set search_path = ''
    as $$
        with recursive acting (id) as (
            select me
            union
            select b.person_id from office.absence b join acting a on b.substitute_id = a.id
            where today between b.first_day and b.last_day and b.withdrawn_at is null
        )
        select array_agg(id) from acting
    $$;

create or replace function office.organisations_in_sight() returns bigint[]
    language sql stable security definer set search_path = ''
    as $$
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
