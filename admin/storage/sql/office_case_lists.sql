-- Projects of all clients and lists of points that cases begin with.

-- name: list_projects
-- Projects that are not over, with how many of their cases are closed; then those that are.
select j.id, j.organisation_id, o.short_name, j.kind, j.goal, j.state, p.name as coordinator, j.starts_on, j.due,
       count(t.id) as cases, count(t.id) filter (where t.is_closed) as closed
from office.project j
join office.organisation o on o.id = j.organisation_id
left join office.person p on p.id = j.coordinator_id
left join office.task t on t.project_id = j.id
group by j.id, o.short_name, p.name
order by j.state in ('done', 'cancelled'), j.id desc limit $1

-- name: project_by_id
-- One project with its client.
select j.id, j.organisation_id, o.short_name, j.kind, j.goal, j.state, p.name as coordinator, j.starts_on, j.due,
       0::bigint as cases, 0::bigint as closed
from office.project j
join office.organisation o on o.id = j.organisation_id
left join office.person p on p.id = j.coordinator_id
where j.id = $1

-- name: add_own_project
-- A goal of a client, begun by hand.
insert into office.project (id, version, organisation_id, kind, goal, state, coordinator_id, starts_on, due, created_at,
    created_by)
values ($1, 1, $2, 'own', $3, 'active', $4, $5, $6, $7, $8)

-- name: set_state_of_project
-- It goes on, rests, ends. No row: it stands otherwise than was seen.
update office.project set state = $2, version = version + 1 where id = $1 and state = $3 returning goal

-- name: task_templates
-- Lists of points by name.
select id, name, role, points from office.task_template where archived_at is null order by lower(name)

-- name: add_task_template
-- A list of points; no row: there is one of this name.
insert into office.task_template (id, name, role, points, created_at, created_by) values ($1, $2, $3, $4, $5, $6)
on conflict (lower(name)) where archived_at is null do nothing returning id

-- name: archive_task_template
-- It is offered no more.
update office.task_template set archived_at = $2 where id = $1 and archived_at is null returning name
