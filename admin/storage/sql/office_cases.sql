-- Cases: one of them, lists, board, month, and what is somebody's to do today.

-- name: case_by_id
-- One case with the names on it, and who is there for an executor who is away: the nearest substitute who is not away too.
-- Why its day is the day stands at the obligation.
select t.id, t.version, t.organisation_id, o.short_name, t.project_id, j.goal as project, t.obligation_id, b.code, b.period,
       d.passports, t.kind, t.title, t.role, t.owner_id, p.name as owner, t.reviewer_id, r.name as reviewer, t.assigner_id,
       a.name as assigner, t.watchers, t.mode, t.state, t.legal_date, t.target_date, t.waiting_for, t.waiting_until,
       t.is_outside_contract, t.is_submitted, t.late_reason, t.created_at, t.closed_at, s.name as substitute,
       s.id as substitute_id, t.estimate_minutes, office.blocked_by(t.id) as blocked_by,
       exists (select from office.slip x where x.id = t.id) as asks_about_slip
from office.task t
join office.organisation o on o.id = t.organisation_id
left join office.project j on j.id = t.project_id
left join office.obligation b on b.id = t.obligation_id
left join office.due_date d on d.id = b.due_date_id
left join office.person p on p.id = t.owner_id
left join office.person r on r.id = t.reviewer_id
left join office.person a on a.id = t.assigner_id
left join lateral (
    with recursive away as (
        select b.person_id, b.substitute_id from office.absence b
        where b.withdrawn_at is null and $2 between b.first_day and b.last_day
    ), reached (id, steps) as (
        select w.substitute_id, 1 from away w where w.person_id = t.owner_id
        union
        select w.substitute_id, k.steps + 1 from reached k join away w on w.person_id = k.id where k.steps < 20
    )
    select k.id from reached k where k.id not in (select w.person_id from away w) order by k.steps, k.id limit 1
) c on true
left join office.person s on s.id = c.id
where t.id = $1

-- name: lock_obligation_of_case
-- A step changes both; plans lock obligations first, and their cases after them.
select id from office.obligation where id = (select obligation_id from office.task where id = $1) for update

-- name: lock_case
-- Whoever changes a case changes it alone.
select id from office.task where id = $1 for update

-- name: case_of_obligation
-- The case of an obligation; no row: there is none.
select id from office.task where obligation_id = $1

-- name: parts_of_case
-- Who has a part of a group case, in their order.
select q.person_id, p.name, q.closed_at from office.task_part q join office.person p on p.id = q.person_id
where q.task_id = $1 order by q.position

-- name: points_of_case
-- The points of its list in their order.
select c.position, c.title, c.done_at, p.name from office.task_check c left join office.person p on p.id = c.done_by
where c.task_id = $1 order by c.position

-- name: story_of_case
-- What was said and done about it, oldest first.
select happened_at, person, transition, state, note from office.task_event where task_id = $1 order by id

-- name: files_of_case
-- Its files without their bytes.
select id, name, kind, size, created_at, person from office.task_file where task_id = $1 and removed_at is null order by id

-- name: names_of_people
-- How some people are called, by name.
select id, name from office.person where id = any ($1) order by lower(name)

-- name: acting_for
-- Whom somebody is on a day: themselves, and those they stand in for.
select office.acting_for($1, $2)

-- name: add_case
-- A case made by hand, or from a template.
insert into office.task (id, version, organisation_id, project_id, kind, title, role, owner_id, assigner_id, reviewer_id, mode,
    state, position, legal_date, target_date, is_outside_contract, is_owner_chosen, created_at, created_by)
values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'open',
    (select coalesce(max(position), 0) + 1 from office.task where project_id = $3), $11, $12, false, $7::bigint is not null, $13, $14)

-- name: add_parts
-- Who has a part of it, in their order.
insert into office.task_part (task_id, person_id, organisation_id, position)
select $1, person_id, $2, position from unnest($3::bigint[]) with ordinality as t (person_id, position)
on conflict do nothing

-- name: add_points
-- Points behind those that are there.
insert into office.task_check (task_id, position, organisation_id, title)
select $1, position + (select coalesce(max(position), 0) from office.task_check where task_id = $1), $2, title
from unnest($3::text[]) with ordinality as t (title, position)

-- name: tick_point
-- A point is done, or is not after all.
update office.task_check set done_at = $3, done_by = $4 where task_id = $1 and position = $2 returning title

-- name: close_part
-- Somebody has done their part; no row: it is done already, or is none of theirs.
update office.task_part set closed_at = $3 where task_id = $1 and person_id = $2 and closed_at is null returning position

-- name: move_case
-- A step, with what it says. No row: it was changed meanwhile.
update office.task set version = version + 1, state = $3, waiting_for = $4, waiting_until = $5,
    late_reason = coalesce($6, late_reason), closed_at = $7
where id = $1 and version = $2
returning version

-- name: set_people_of_case
-- Whose it is and who checks it, said by hand.
update office.task set version = version + 1, owner_id = $2, reviewer_id = $3, is_owner_chosen = true where id = $1

-- name: set_watchers_of_case
-- Who watches it.
update office.task set version = version + 1, watchers = $2 where id = $1

-- name: set_state_of_obligation
-- An obligation stands as its case does.
update office.obligation set state = $2, version = version + 1 where id = $1 and state <> $2

-- name: add_case_event
-- A line of its story; a comment has no transition.
insert into office.task_event (id, task_id, organisation_id, happened_at, person_id, person, transition, state, note, mentions)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: add_file
-- A file of a case; the same bytes again are the same file. No row: it is there already.
insert into office.task_file (id, task_id, organisation_id, name, kind, size, sha256, content, created_at, person_id, person)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (task_id, sha256) do update set removed_at = null where task_file.removed_at is not null
returning id

-- name: file_of_case
-- A file with its bytes.
select name, content from office.task_file where id = $2 and task_id = $1 and removed_at is null

-- name: remove_file
-- It is shown no more; its bytes stay.
update office.task_file set removed_at = $3 where id = $2 and task_id = $1 and removed_at is null returning name

-- name: list_cases
-- A page of cases behind a place in the order of days.
select t.id, t.organisation_id, o.short_name, t.title, b.period, b.code, t.kind, t.state, t.legal_date, t.target_date, t.day,
       t.is_closed, p.name as owner, t.waiting_for, t.owner_id, t.reviewer_id, t.is_submitted,
       office.blocked_by(t.id) as blocked_by
from office.task t
join office.organisation o on o.id = t.organisation_id
left join office.obligation b on b.id = t.obligation_id
left join office.person p on p.id = t.owner_id
where t.is_closed = $1 and (t.day, t.id) > ($2, $3)
  and ($4::text is null or t.state = $4)
  and ($5::bigint[] is null or t.owner_id = any ($5)
       or t.id = any (array(select q.task_id from office.task_part q where q.person_id = any ($5))))
  and ($6::text is null or lower(o.short_name) like $6)
  and ($7::text is null or b.code = $7)
  and ($8::date is null or t.legal_date < $8)
  and ($9::date is null or coalesce(t.legal_date, t.target_date) >= $9)
  and ($10::date is null or coalesce(t.legal_date, t.target_date) <= $10)
  and ($11::text is null or lower(t.title) like $11)
  and ($12::bigint is null or t.project_id = $12)
order by t.day, t.id
limit $13

-- name: list_cases_backwards
-- The same before a place, nearest first.
select t.id, t.organisation_id, o.short_name, t.title, b.period, b.code, t.kind, t.state, t.legal_date, t.target_date, t.day,
       t.is_closed, p.name as owner, t.waiting_for, t.owner_id, t.reviewer_id, t.is_submitted,
       office.blocked_by(t.id) as blocked_by
from office.task t
join office.organisation o on o.id = t.organisation_id
left join office.obligation b on b.id = t.obligation_id
left join office.person p on p.id = t.owner_id
where t.is_closed = $1 and (t.day, t.id) < ($2, $3)
  and ($4::text is null or t.state = $4)
  and ($5::bigint[] is null or t.owner_id = any ($5)
       or t.id = any (array(select q.task_id from office.task_part q where q.person_id = any ($5))))
  and ($6::text is null or lower(o.short_name) like $6)
  and ($7::text is null or b.code = $7)
  and ($8::date is null or t.legal_date < $8)
  and ($9::date is null or coalesce(t.legal_date, t.target_date) >= $9)
  and ($10::date is null or coalesce(t.legal_date, t.target_date) <= $10)
  and ($11::text is null or lower(t.title) like $11)
  and ($12::bigint is null or t.project_id = $12)
order by t.day desc, t.id desc
limit $13

-- name: count_cases
-- How many cases a list has.
select count(*)
from office.task t
join office.organisation o on o.id = t.organisation_id
left join office.obligation b on b.id = t.obligation_id
where t.is_closed = $1
  and ($2::text is null or t.state = $2)
  and ($3::bigint[] is null or t.owner_id = any ($3)
       or t.id = any (array(select q.task_id from office.task_part q where q.person_id = any ($3))))
  and ($4::text is null or lower(o.short_name) like $4)
  and ($5::text is null or b.code = $5)
  and ($6::date is null or t.legal_date < $6)
  and ($7::date is null or coalesce(t.legal_date, t.target_date) >= $7)
  and ($8::date is null or coalesce(t.legal_date, t.target_date) <= $8)
  and ($9::text is null or lower(t.title) like $9)
  and ($10::bigint is null or t.project_id = $10)

-- name: codes_of_cases
-- Which obligations there are cases of, for the choice of a list.
select code, min(name) as name from office.due_date group by code order by code

-- name: board_of_cases
-- The first open cases of each state, and how many there are of it.
with counted as (
    select state, count(*) as many from office.task
    where not is_closed and state <> 'planned' and ($1::bigint[] is null or owner_id = any ($1)
       or id = any (array(select q.task_id from office.task_part q where q.person_id = any ($1)))) group by state
)
select c.state as stands, c.many, k.*
from counted c
cross join lateral (
    select t.id, t.organisation_id, o.short_name, t.title, b.period, b.code, t.kind, t.state, t.legal_date, t.target_date,
           t.day, t.is_closed, p.name as owner, t.waiting_for, t.owner_id, t.reviewer_id, t.is_submitted,
       office.blocked_by(t.id) as blocked_by
    from office.task t
    join office.organisation o on o.id = t.organisation_id
    left join office.obligation b on b.id = t.obligation_id
    left join office.person p on p.id = t.owner_id
    where not t.is_closed and t.state = c.state and ($1::bigint[] is null or t.owner_id = any ($1)
       or t.id = any (array(select q.task_id from office.task_part q where q.person_id = any ($1))))
    order by t.day, t.id limit $2
) k
order by k.day, k.id

-- name: cases_of_month
-- The first cases of each day of a month, the legal one where there is one, and how many it has and are still open.
with days as (
    select t.*, row_number() over by_day as place, count(*) over (partition by t.legal_date) as many,
           count(*) filter (where not t.is_closed) over (partition by t.legal_date) as open
    from (
        select id, organisation_id, obligation_id, title, state, is_closed, coalesce(legal_date, target_date) as legal_date from office.task
        where coalesce(legal_date, target_date) between $1 and $2 and state <> 'cancelled' and ($3::bigint[] is null or owner_id = any ($3)
       or id = any (array(select q.task_id from office.task_part q where q.person_id = any ($3))))
    ) t
    window by_day as (partition by t.legal_date order by t.is_closed, t.id)
)
select d.id, d.title, b.period, b.code, d.state, d.is_closed, d.legal_date, d.many, d.open, o.short_name
from days d join office.organisation o on o.id = d.organisation_id left join office.obligation b on b.id = d.obligation_id
where d.place <= $4
order by d.legal_date, d.place

-- name: days_around_of_cases
-- The last day before a month, and the first one after it, that have cases of these people.
select max(d.day) filter (where d.day < $1), min(d.day) filter (where d.day > $2)
from (select coalesce(legal_date, target_date) as day from office.task
      where state <> 'cancelled' and ($3::bigint[] is null or owner_id = any ($3)
       or id = any (array(select q.task_id from office.task_part q where q.person_id = any ($3))))) d

-- name: cases_of_person
-- Open cases of somebody and those they stand in for whose day has come, in the order of days; of a group case while a part
-- is theirs to close, and when all are closed and the case is not.
select t.id, t.organisation_id, o.short_name, t.title, b.period, b.code, t.kind, t.state, t.legal_date, t.target_date, t.day,
       t.is_closed, p.name as owner, t.waiting_for, t.owner_id, t.reviewer_id, t.is_submitted,
       office.blocked_by(t.id) as blocked_by
from office.task t
join office.organisation o on o.id = t.organisation_id
left join office.obligation b on b.id = t.obligation_id
left join office.person p on p.id = t.owner_id
where not t.is_closed and t.day <= $2 and t.state not in ('waiting', 'review', 'submitted')
  and t.id in (select c.id from office.task c where c.owner_id = any ($1) and not c.is_closed and c.day <= $2
               union all
               select q.task_id from office.task_part q join office.task c on c.id = q.task_id and not c.is_closed
               where q.person_id = any ($1) and (q.closed_at is null or not exists (
                   select from office.task_part x where x.task_id = q.task_id and x.closed_at is null)))
order by t.day, t.id limit $3

-- name: cases_to_review
-- What waits for somebody's eyes.
select t.id, t.organisation_id, o.short_name, t.title, b.period, b.code, t.kind, t.state, t.legal_date, t.target_date, t.day,
       t.is_closed, p.name as owner, t.waiting_for, t.owner_id, t.reviewer_id, t.is_submitted,
       office.blocked_by(t.id) as blocked_by
from office.task t
join office.organisation o on o.id = t.organisation_id
left join office.obligation b on b.id = t.obligation_id
left join office.person p on p.id = t.owner_id
where t.state = 'review' and t.reviewer_id = any ($1)
order by t.day, t.id limit $2

-- name: cases_that_wait
-- What somebody's cases wait for: a client, an authority, a colleague, and those that were submitted.
select t.id, t.organisation_id, o.short_name, t.title, b.period, b.code, t.kind, t.state, t.legal_date, t.target_date, t.day,
       t.is_closed, p.name as owner, t.waiting_for, t.owner_id, t.reviewer_id, t.is_submitted,
       office.blocked_by(t.id) as blocked_by
from office.task t
join office.organisation o on o.id = t.organisation_id
left join office.obligation b on b.id = t.obligation_id
left join office.person p on p.id = t.owner_id
where not t.is_closed and t.state in ('waiting', 'submitted')
  and (t.owner_id = any ($1) or t.id in (select q.task_id from office.task_part q where q.person_id = any ($1)))
order by t.day, t.id limit $2

-- name: mentions_of_person
-- Where somebody was named lately, newest first.
select e.task_id, t.title, b.period, b.code, o.short_name, e.happened_at, e.person, e.note
from office.task_event e
join office.task t on t.id = e.task_id
left join office.obligation b on b.id = t.obligation_id
join office.organisation o on o.id = t.organisation_id
where e.mentions @> array[$1::bigint] and e.happened_at >= $2
order by e.id desc limit $3

-- name: watched_cases
-- Open cases that somebody watches.
select t.id, t.organisation_id, o.short_name, t.title, b.period, b.code, t.kind, t.state, t.legal_date, t.target_date, t.day,
       t.is_closed, p.name as owner, t.waiting_for, t.owner_id, t.reviewer_id, t.is_submitted,
       office.blocked_by(t.id) as blocked_by
from office.task t
join office.organisation o on o.id = t.organisation_id
left join office.obligation b on b.id = t.obligation_id
left join office.person p on p.id = t.owner_id
where not t.is_closed and t.watchers @> array[$1::bigint]
order by t.day, t.id limit $2

-- name: give_to_role
-- A case that nobody was chosen for goes to whoever has its role today, else to the lead, else to the manager.
update office.task t set owner_id = (
    select a.person_id from office.assignment a join office.person p on p.id = a.person_id and p.disabled_at is null
    where a.organisation_id = t.organisation_id and a.role in (t.role, 'lead', 'manager')
      and a.valid_from <= $2 and (a.valid_to is null or $2 < a.valid_to)
    order by array_position(array[t.role, 'lead', 'manager'], a.role), a.id limit 1
)
where t.id = $1 and t.owner_id is null and t.mode = 'one'

-- name: move_many_cases
-- Many cases end where their steps led, each with its obligation; those that were changed meanwhile stay.
with moved as (
    update office.task t set version = t.version + 1, state = n.state, late_reason = n.late_reason, closed_at = n.closed_at,
        waiting_for = case when n.state = 'waiting' then 'client' end
    from unnest($1::bigint[], $2::text[], $3::text[], $4::timestamptz[], $5::text[]) as n (id, state, late_reason, closed_at, owed)
    where t.id = n.id and not t.is_closed
    returning t.obligation_id, n.owed
)
update office.obligation b set state = m.owed, version = version + 1
from moved m where b.id = m.obligation_id and b.state <> m.owed

-- name: add_many_case_events
-- Lines of many stories.
insert into office.task_event (id, task_id, organisation_id, happened_at, person_id, person, transition, state, note)
select n.id, n.task_id, t.organisation_id, n.happened_at, n.person_id, n.person, n.transition, n.state, n.note
from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::text[])
    as n (id, task_id, happened_at, person_id, person, transition, state, note)
join office.task t on t.id = n.task_id

-- name: open_cases_for_steps
-- Cases that are not closed, with what their steps depend on.
select t.id, t.organisation_id, t.state, t.owner_id, p.name as owner, t.reviewer_id, r.name as reviewer, t.is_submitted,
       t.target_date, t.legal_date,
       exists (select from office.task_check c where c.task_id = t.id and c.done_at is null) as has_open_points
from office.task t
left join office.person p on p.id = t.owner_id left join office.person r on r.id = t.reviewer_id
where not t.is_closed and t.day <= $1 order by t.id

-- name: tick_all_points
-- All points of some cases are done.
update office.task_check c set done_at = t.closed_at, done_by = t.owner_id
from office.task t where t.id = c.task_id and t.is_closed and c.done_at is null

-- name: learn_the_sizes
-- What the planner knows of tables that have just been filled; their owner may ask for it.
analyze office.organisation, office.assignment, office.person, office.obligation, office.due_date, office.task

-- name: counts_of_office
-- How much the office has of everything.
select (select count(*) from office.organisation) as organisations, (select count(*) from office.obligation) as obligations,
       (select count(*) from office.task) as cases, (select count(*) from office.task where is_closed) as closed,
       (select count(*) from office.task_event) as events
