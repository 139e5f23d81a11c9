-- What the office does, and what it asks for it.

-- name: list_services
-- The catalogue by area and name, those that are still done first.
select id, version, code, name, area, unit, default_role, is_cyclic, norm_minutes, obligations, is_active, period, months,
       due_rule, shift, price_kopecks
from office.service order by not is_active, area, lower(name), id

-- name: add_service
-- A line of the catalogue. No row: the code is taken.
insert into office.service (id, code, name, area, unit, default_role, is_cyclic, norm_minutes, obligations, is_active, period,
    months, due_rule, shift, price_kopecks)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
on conflict (code) do nothing
returning id

-- name: change_service
-- Everything of a service but its code. No row: somebody was faster.
update office.service set version = version + 1, name = $4, area = $5, unit = $6, default_role = $7, is_cyclic = $8,
    norm_minutes = $9, obligations = $10, is_active = $11, period = $12, months = $13, due_rule = $14, shift = $15,
    price_kopecks = $16
where id = $1 and version = $2 and code = $3
returning id

-- name: newest_plans
-- Of each tariff the version that is in force and the one that is being written; of those that are over the newest.
select distinct on (code, case when status = 'retired' then 0 else version end)
       id, code, version, name, status, valid_from, valid_to, plan, created_at
from office.tariff_plan t
where status <> 'retired' or not exists (
    select from office.tariff_plan o where o.code = t.code and (o.status <> 'retired' or o.version > t.version))
order by code, case when status = 'retired' then 0 else version end desc

-- name: plan_by_id
-- One version of a tariff.
select id, code, version, name, status, valid_from, valid_to, plan, created_at from office.tariff_plan where id = $1

-- name: versions_of_plan
-- All versions of a tariff, newest first.
select id, code, version, name, status, valid_from, valid_to, plan, created_at
from office.tariff_plan where code = $1 order by version desc

-- name: lock_plans
-- Versions of a tariff are written one after another.
select pg_advisory_xact_lock(x'54415249'::int, hashtext($1))

-- name: retire_plans
-- A version gives way: a draft to the next draft, what was in force to what begins.
update office.tariff_plan set status = 'retired', valid_to = greatest(valid_from, $3) where code = $1 and status = $2

-- name: add_plan
-- The next version of a tariff, as a draft.
insert into office.tariff_plan (id, code, version, name, status, valid_from, plan, created_at, created_by)
select $1, $2, coalesce(max(version), 0) + 1, $3, 'draft', $4, $5, $6, $7 from office.tariff_plan where code = $2
returning version

-- name: activate_plan
-- A draft comes into force. No row: it is no draft any more.
update office.tariff_plan set status = 'active' where id = $1 and status = 'draft' returning id

-- name: add_calculation
-- A price as it was worked out.
insert into office.price_calculation (id, lead_id, organisation_id, tariff_plan_id, calculation, fee_kopecks,
    one_off_kopecks, valid_until, author, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: calculation_by_id
-- One saved price, and for whom it was.
select c.*, coalesce(o.short_name, nullif(l.organisation_name, ''), l.name) as subject
from office.price_calculation c
left join office.organisation o on o.id = c.organisation_id
left join office.lead l on l.id = c.lead_id
where c.id = $1

-- name: calculations_of
-- Prices worked out for a lead, for a client, or for everybody in sight; newest first.
select c.*, coalesce(o.short_name, nullif(l.organisation_name, ''), l.name) as subject
from office.price_calculation c
left join office.organisation o on o.id = c.organisation_id
left join office.lead l on l.id = c.lead_id
where ($1::bigint is null or c.lead_id = $1) and ($2::bigint is null or c.organisation_id = $2)
order by c.id desc
limit $3

-- name: calculations_of_lead_are_clients
-- What was worked out for a lead belongs to the client that it became.
update office.price_calculation set organisation_id = $2 where lead_id = $1 and organisation_id is null
