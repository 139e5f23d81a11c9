-- Leads: their state is that of the day; one that was deferred stands again where it stood from its day on.

-- name: add_lead
-- Somebody who may become a client.
insert into office.lead (id, version, organisation_name, legal_form, tax_system, tax_number, activity, region, source,
    features, state, state_since, owner_id, next_action, next_action_on, created_at, created_by, surname, name,
    patronymic, messenger, source_detail, needs, expected_start, consent_on, phone, email)
values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, 'new', $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
    $25)

-- name: lead_by_id
-- One lead as it stands on a day.
select l.*, p.name as owner, case when l.state = 'deferred' and l.wake_on <= $2 then l.former_state else l.state end as stands,
       case when l.state = 'deferred' and l.wake_on <= $2 then l.wake_on else l.state_since end as stands_since
from office.lead l left join office.person p on p.id = l.owner_id
where l.id = $1

-- name: lock_lead
-- Whoever moves a lead moves it alone.
select id from office.lead where id = $1 for update

-- name: list_leads
-- Leads that stand in some states on a day, those whose next action comes first in front; newest first among the others.
select l.*, p.name as owner, s.stands, s.stands_since
from office.lead l
left join office.person p on p.id = l.owner_id
cross join lateral (
    select case when l.state = 'deferred' and l.wake_on <= $2 then l.former_state else l.state end as stands,
           case when l.state = 'deferred' and l.wake_on <= $2 then l.wake_on else l.state_since end as stands_since
) s
where l.state = any ($1 || array['deferred']) and s.stands = any ($1)
order by l.next_action_on nulls last, l.id desc
limit $3

-- name: find_leads_by_words
-- Leads by name, firm, telephone, address or tax number; those that are still open first, newest in front.
select l.id, l.name, l.organisation_name, l.state, l.phone, l.email
from office.lead l
where lower(l.name) like $1 or lower(l.organisation_name) like $1 or l.email like $1 or l.tax_number like $1
   or ($2 <> '' and l.phone like $2)
order by l.state in ('won', 'lost', 'merged'), l.id desc
limit $3

-- name: next_owner
-- Whose turn it is: of the people with these roles who are here that day, the one whose newest lead is the oldest.
select p.id from office.person p
where p.disabled_at is null and p.roles && $1
  and not exists (select from office.absence b where b.person_id = p.id and b.withdrawn_at is null
                  and $2 between b.first_day and b.last_day)
order by (select max(l.id) from office.lead l where l.owner_id = p.id) nulls first, p.id
limit 1

-- name: known_leads
-- Names and ways to reach of those who may be the same: leads that did not merge into another.
select id, name, organisation_name, phone, email, tax_number from office.lead where state <> 'merged' order by id

-- name: known_clients
-- The same of clients, with the ways to reach their people.
select o.id, o.short_name, o.tax_number, coalesce(r.phones, '{}') as phones, coalesce(r.emails, '{}') as emails
from office.organisation o
left join lateral (
    select array_agg(distinct phone) filter (where phone is not null) as phones,
           array_agg(distinct email) filter (where email is not null) as emails
    from office.organisation_contact l join office.contact c on c.id = l.contact_id
    left join lateral unnest(c.phones) phone on true left join lateral unnest(c.emails) email on true
    where l.organisation_id = o.id
) r on true
order by o.id

-- name: move_lead
-- A step, with what it says of the lead; null leaves a column as it was, but for those of the state itself.
update office.lead set version = version + 1, state = $2, state_since = $3, former_state = $4, wake_on = $5,
    legal_form = coalesce($6, legal_form), tax_system = coalesce($7, tax_system), activity = coalesce($8, activity),
    region = coalesce($9, region), fee_kopecks = coalesce($10, fee_kopecks), offer_until = coalesce($11, offer_until),
    lost_reason = $12, duplicate_of = $13, organisation_id = $14
where id = $1

-- name: change_lead_details
-- What is known of a lead beside its way.
update office.lead set version = version + 1, surname = $2, name = $3, patronymic = $4, messenger = $5,
    source_detail = $6, needs = $7, expected_start = $8, consent_on = $9, phone = $10, email = $11
where id = $1 returning id

-- name: set_next_action
-- What is to be done next about a lead, and when.
update office.lead set version = version + 1, next_action = $2, next_action_on = $3 where id = $1 returning id

-- name: set_lead_owner
-- Somebody else leads it from now on.
update office.lead set version = version + 1, owner_id = $2 where id = $1 returning id

-- name: add_lead_event
-- What was done about a lead, in its story.
insert into office.lead_event (id, lead_id, happened_at, person_id, person, transition, state, note)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: events_of_lead
-- The story of a lead, newest first.
select happened_at, person, transition, state, note from office.lead_event where lead_id = $1 order by id desc

-- name: contracts_of
-- Contracts of a client, newest first.
select id, number, dated, status, case when $2 then office.fee_of_contract(id, $3) end as fee_kopecks, lead_id
from office.contract where organisation_id = $1 order by id desc

-- name: add_project
-- A goal with its cases.
insert into office.project (id, version, organisation_id, kind, goal, state, coordinator_id, lead_id, starts_on, created_at,
    created_by)
values ($1, 1, $2, $3, $4, 'active', $5, $6, $7, $8, $9)

-- name: add_project_tasks
-- The cases of a project in their order.
insert into office.task (id, version, organisation_id, project_id, kind, title, role, mode, state, position,
    is_outside_contract, created_at, created_by)
select t.id, 1, $2, $3, 'internal', t.title, t.role, 'one', 'open', t.position, false, $6, $7
from unnest($1::bigint[], $4::text[], $5::text[]) with ordinality as t (id, title, role, position)

-- name: projects_of
-- Projects of a client, newest first.
select id, kind, goal, state, lead_id, starts_on from office.project where organisation_id = $1 order by id desc

-- name: tasks_of_project
-- The cases of a project in their order.
select id, title, role, state from office.task where project_id = $1 order by position
