-- What cases wait for, and the time that people spent on them.

-- name: lock_client_of_case
-- Whoever says what a case of a client waits for says it alone: two at once could close a circle.
select id from office.organisation where id = $1 for update

-- name: blockers_of_case
-- What a case waits for, or has waited for, the open ones first.
select k.id, k.title, b.period, b.code, k.state, k.is_closed, p.name as owner
from office.task_block x join office.task k on k.id = x.blocker_id left join office.person p on p.id = k.owner_id
left join office.obligation b on b.id = k.obligation_id
where x.task_id = $1 order by k.is_closed, k.day, k.id

-- name: cases_behind_a_case
-- Open cases that wait for this one.
select k.id, k.title, b.period, b.code, k.state, k.is_closed, p.name as owner
from office.task_block x join office.task k on k.id = x.task_id left join office.person p on p.id = k.owner_id
left join office.obligation b on b.id = k.obligation_id
where x.blocker_id = $1 and not k.is_closed order by k.day, k.id

-- name: possible_blockers
-- Other open cases of its client that it does not wait for, and that do not wait for it by any way.
with recursive behind (id) as (
    select $1::bigint
    union
    select x.task_id from office.task_block x join behind b on b.id = x.blocker_id
)
select k.id, k.title, b.period, b.code, k.legal_date, k.target_date
from office.task t
join office.task k on k.organisation_id = t.organisation_id and not k.is_closed
left join office.obligation b on b.id = k.obligation_id
where t.id = $1 and k.id not in (select id from behind)
  and not exists (select from office.task_block x where x.task_id = t.id and x.blocker_id = k.id)
order by k.day, k.id limit $2

-- name: add_blocker
-- A case waits for another of its client. No row: it does already, there is none, or the other waits for it by any way.
with recursive behind (id) as (
    select $1::bigint
    union
    select x.task_id from office.task_block x join behind b on b.id = x.blocker_id
)
insert into office.task_block (task_id, blocker_id, organisation_id, added_at, person_id)
select t.id, k.id, t.organisation_id, $3, $4
from office.task t join office.task k on k.organisation_id = t.organisation_id and not k.is_closed
where t.id = $1 and k.id = $2 and k.id not in (select id from behind)
on conflict do nothing
returning (select title from office.task where id = blocker_id)

-- name: remove_blocker
-- It waits for it no more.
delete from office.task_block where task_id = $1 and blocker_id = $2
returning (select title from office.task where id = blocker_id)

-- name: cases_freed_by
-- Open cases that waited for one that is closed now, and for no other.
select t.id, t.state from office.task_block x join office.task t on t.id = x.task_id
where x.blocker_id = $1 and not t.is_closed and office.blocked_by(t.id) is null order by t.id

-- name: set_estimate_of_case
-- How long it is thought to take; null: nobody knows.
update office.task set estimate_minutes = $2, version = version + 1 where id = $1

-- name: add_time
-- Time that somebody spent on a case.
insert into office.time_entry (id, task_id, organisation_id, person_id, person, day, minutes, note, added_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: remove_time
-- It counts no more. No row: there is none, or it is not of that person ($4: anybody's).
update office.time_entry set removed_at = $3
where task_id = $1 and id = $2 and removed_at is null and ($4::bigint is null or person_id = $4)
returning minutes

-- name: time_of_case
-- Who spent how long on it and when, newest first.
select id, person_id, person, day, minutes, note from office.time_entry
where task_id = $1 and removed_at is null order by day desc, id desc

-- name: time_of_client
-- Minutes of some days by person, the most first.
select person, sum(minutes)::bigint as minutes from office.time_entry
where organisation_id = $1 and removed_at is null and day between $2 and $3
group by person order by 2 desc, 1
