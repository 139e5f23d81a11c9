-- Clients of the office. Row-level security leaves out those that the viewer does not see.

-- name: add_organisation
-- A new client. No row: another one that is served has its tax number.
insert into office.organisation (id, version, short_name, full_name, kind, country, region, tax_number, identifiers,
    details, status, tags, created_at, created_by, updated_at, updated_by)
values ($1, 1, $2, $3, $4, $5, $6, $7, $8, '{}', $9, '{}', $10, $11, $10, $11)
on conflict do nothing

-- name: organisation_is_there
-- Whether the row came to be; asked apart, for a conflict says nothing.
select exists (select from office.organisation where id = $1)

-- name: organisation_by_id
-- One client with the people who lead its books.
select o.id, o.version, o.short_name, o.full_name, o.kind, o.country, o.region, o.tax_number, o.identifiers, o.family, o.status,
       o.created_at
from office.organisation o where o.id = $1

-- name: change_organisation
-- How a client is called and by which numbers the authorities know it. No row: it was changed meanwhile.
update office.organisation set version = version + 1, short_name = $3, full_name = $4, kind = $5, region = $6,
    tax_number = $7, identifiers = $8, family = $9, updated_at = $10, updated_by = $11
where id = $1 and version = $2
returning version

-- name: hold_organisation
-- Whoever makes something of a client once makes it alone.
select id from office.organisation where id = $1 for update

-- name: set_organisation_status
-- A client moves on; no row: it was changed meanwhile.
update office.organisation set status = $3, version = version + 1, updated_at = $4, updated_by = $5
where id = $1 and version = $2
returning version

-- name: list_organisations
-- A page of clients by name behind a cursor, each with its profile of today and its lead; what is open is counted for the
-- page alone.
with page as (
    select o.id, o.short_name, o.kind, o.country, o.tax_number, o.status, p.systems, p.with_employees, l.name as lead
    from office.organisation o
    left join office.tax_profile p on p.organisation_id = o.id and p.withdrawn_at is null
        and p.valid_from <= $1 and (p.valid_to is null or $1 < p.valid_to)
    left join office.assignment a on a.organisation_id = o.id and a.role = 'lead'
        and a.valid_from <= $1 and (a.valid_to is null or $1 < a.valid_to)
    left join office.person l on l.id = a.person_id
    where (lower(o.short_name), o.id) > ($2, $3)
      and ($4::text is null or lower(o.short_name) like '%' || $4 or o.tax_number like $4)
      and ($5::text is null or o.status = $5)
      and ($6::text is null or $6 = any (p.systems))
      and ($7::bigint is null or a.person_id = $7)
    order by lower(o.short_name), o.id
    limit $8
)
select page.*, n.due as next_due, n.late
from page
left join lateral (
    select min(b.due) as due, count(*) filter (where b.due < $1) as late from office.obligation b
    where b.organisation_id = page.id and b.state in ('planned', 'begun')
) n on true
order by lower(page.short_name), page.id

-- name: list_organisations_backwards
-- The same before a cursor, nearest first.
with page as (
    select o.id, o.short_name, o.kind, o.country, o.tax_number, o.status, p.systems, p.with_employees, l.name as lead
    from office.organisation o
    left join office.tax_profile p on p.organisation_id = o.id and p.withdrawn_at is null
        and p.valid_from <= $1 and (p.valid_to is null or $1 < p.valid_to)
    left join office.assignment a on a.organisation_id = o.id and a.role = 'lead'
        and a.valid_from <= $1 and (a.valid_to is null or $1 < a.valid_to)
    left join office.person l on l.id = a.person_id
    where (lower(o.short_name), o.id) < ($2, $3)
      and ($4::text is null or lower(o.short_name) like '%' || $4 or o.tax_number like $4)
      and ($5::text is null or o.status = $5)
      and ($6::text is null or $6 = any (p.systems))
      and ($7::bigint is null or a.person_id = $7)
    order by lower(o.short_name) desc, o.id desc
    limit $8
)
select page.*, n.due as next_due, n.late
from page
left join lateral (
    select min(b.due) as due, count(*) filter (where b.due < $1) as late from office.obligation b
    where b.organisation_id = page.id and b.state in ('planned', 'begun')
) n on true
order by lower(page.short_name) desc, page.id desc

-- name: clients_by_name
-- Who stands behind a cursor: names alone, for the month of everybody.
select id, short_name from office.organisation
where (lower(short_name), id) > ($1, $2) and status <> 'former'
order by lower(short_name), id
limit $3

-- name: count_organisations
-- How many clients a list has.
select count(*)
from office.organisation o
left join office.tax_profile p on p.organisation_id = o.id and p.withdrawn_at is null
    and p.valid_from <= $1 and (p.valid_to is null or $1 < p.valid_to)
left join office.assignment a on a.organisation_id = o.id and a.role = 'lead'
    and a.valid_from <= $1 and (a.valid_to is null or $1 < a.valid_to)
where ($2::text is null or lower(o.short_name) like '%' || $2 or o.tax_number like $2)
  and ($3::text is null or o.status = $3)
  and ($4::text is null or $4 = any (p.systems))
  and ($5::bigint is null or a.person_id = $5)

-- name: add_assignment
-- Somebody serves a client in a role from a day on.
insert into office.assignment (id, organisation_id, person_id, role, valid_from, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: close_assignments
-- Nobody else leads from that day on; whoever had only just been named never did.
update office.assignment set valid_to = greatest(valid_from, $3)
where organisation_id = $1 and role = $2 and (valid_to is null or valid_to > $3)

-- name: end_assignment
-- Somebody serves a client in a role no longer from a day on. No row: they do not by then.
update office.assignment set valid_to = greatest(valid_from, $3)
where id = $1 and organisation_id = $2 and (valid_to is null or valid_to > $3)
returning person_id

-- name: let_go_of_cases
-- Open cases of a client that are somebody's go to whoever has their roles, also those that were given by hand.
update office.task set version = version + 1, is_owner_chosen = is_owner_chosen and owner_id is distinct from $2,
    owner_id = nullif(owner_id, $2), reviewer_id = nullif(reviewer_id, $2)
where organisation_id = $1 and not is_closed and mode = 'one' and (owner_id = $2 or reviewer_id = $2)

-- name: assignments_on
-- Who serves a client on a day, the lead first.
select a.person_id, p.name, a.role, a.valid_from, a.id, a.valid_to
from office.assignment a join office.person p on p.id = a.person_id
where a.organisation_id = $1 and a.valid_from <= $2 and (a.valid_to is null or $2 < a.valid_to)
order by a.role <> 'lead', a.role, p.name

-- name: people_of_the_office
-- Who can be given clients: people that may sign in.
select id, name, roles from office.person where disabled_at is null order by lower(name), id

-- name: people_who_work
-- People that may sign in and whose roles work on cases; of a client ($3): those with a role that sees every client, those
-- who are assigned to it on a day, and those who stand in for one of them.
select p.id, p.name, p.roles from office.person p
where p.disabled_at is null and p.roles && $1::text[]
  and ($3::bigint is null or p.roles && $2::text[] or exists (
      select from office.assignment a
      where a.organisation_id = $3 and a.person_id = any (office.acting_for(p.id, $4))
        and a.valid_from <= $4 and (a.valid_to is null or $4 < a.valid_to)))
order by lower(p.name), p.id

-- name: add_absence
-- For these days somebody stands in for somebody.
insert into office.absence (id, person_id, substitute_id, first_day, last_day, created_at) values ($1, $2, $3, $4, $5, $6)

-- name: absences_since
-- Who is or will be away, and who stands in.
select b.id, p.name as person, s.name as substitute, b.first_day, b.last_day
from office.absence b join office.person p on p.id = b.person_id join office.person s on s.id = b.substitute_id
where b.last_day >= $1 and b.withdrawn_at is null
order by b.first_day, b.id

-- name: withdraw_absence
-- Somebody is back earlier, or did not leave. No row: that was said already.
update office.absence set withdrawn_at = $2 where id = $1 and withdrawn_at is null returning id

-- name: link_merchant
-- A merchant of the fiscal server is this client. No row: it is another's.
insert into office.organisation_merchant (merchant_id, organisation_id, created_at, created_by) values ($1, $2, $3, $4)
on conflict (merchant_id) do nothing

-- name: unlink_merchant
-- It is not this client after all.
delete from office.organisation_merchant where merchant_id = $1 and organisation_id = $2

-- name: merchants_of_organisation
-- Merchants that are this client.
select merchant_id from office.organisation_merchant where organisation_id = $1 order by merchant_id

-- name: names_of_organisations
-- How some clients are called.
select id, short_name from office.organisation where id = any ($1)
