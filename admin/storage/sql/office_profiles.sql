-- Tax profiles through time, and what starts terms by itself.

-- name: profiles_of
-- What a client was and is, oldest first.
select organisation_id, payer, systems, with_employees, facts, valid_from, valid_to
from office.tax_profile where organisation_id = any ($1) and withdrawn_at is null
order by organisation_id, valid_from

-- name: lock_organisation
-- Whoever changes the profile of a client changes it alone.
select id from office.organisation where id = $1 for update

-- name: withdraw_profiles
-- What was to begin on that day or later never does.
update office.tax_profile set withdrawn_at = $3
where organisation_id = $1 and valid_from >= $2 and withdrawn_at is null

-- name: close_profile
-- What held the day before holds no longer.
update office.tax_profile set valid_to = $2
where organisation_id = $1 and valid_from < $2 and (valid_to is null or valid_to > $2) and withdrawn_at is null

-- name: add_profile
-- What holds from that day on.
insert into office.tax_profile (id, organisation_id, payer, systems, with_employees, facts, valid_from, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: add_occasion
-- Something happened that starts a term.
insert into office.occasion (id, organisation_id, name, choice, first_day, last_day, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: occasions_of
-- What happened to clients, oldest first.
select organisation_id, id, name, choice, first_day, last_day
from office.occasion where organisation_id = any ($1) and withdrawn_at is null
order by organisation_id, first_day, id

-- name: planned_organisations
-- Clients whose days are planned: whoever is served, or is about to be. A suspended one still owes its reports.
select id, country, region from office.organisation
where status in ('onboarding', 'active', 'suspended', 'offboarding') and ($1::bigint is null or id = $1)
order by id
