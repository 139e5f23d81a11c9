-- Cases follow obligations: one for each, by its number. All of it may be done again at any time and changes nothing then.

-- name: obligations_without_case
-- Obligations that nobody has a case for yet, the earliest first; work of a contract with the role of its service.
select b.id, b.code, d.kind, s.default_role as of_service
from office.obligation b join office.due_date d on d.id = b.due_date_id
left join office.service s on b.code = 'W:' || s.code
where b.state = 'planned' and not exists (select from office.task t where t.obligation_id = b.id)
order by b.due, b.id limit $1

-- name: add_cases
-- A case for each obligation, in the order of numbers; one that came to be meanwhile stays as it is.
insert into office.task (id, version, organisation_id, obligation_id, kind, title, role, mode, state, position, legal_date,
    target_date, is_outside_contract, is_submitted, created_at, created_by)
select n.id, 1, b.organisation_id, b.id, 'obligation', d.name, n.role, 'one', 'planned', 0, b.due, b.target,
       b.is_outside_contract, n.is_submitted, $5, $6
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::boolean[]) as n (id, obligation_id, role, is_submitted)
join office.obligation b on b.id = n.obligation_id
join office.due_date d on d.id = b.due_date_id
on conflict (obligation_id) where obligation_id is not null do nothing

-- name: cases_behind_the_plan
-- Cases nobody has begun whose obligation has another day, is owed no longer, or is owed again.
select t.id from office.task t join office.obligation b on b.id = t.obligation_id
where (b.state = 'planned' and t.state in ('planned', 'open') and (t.legal_date <> b.due or t.target_date <> b.target))
   or (b.state = 'cancelled' and t.state in ('planned', 'open'))
   or (b.state = 'planned' and t.state = 'cancelled')

-- name: follow_the_plan
-- They get the days of their obligations, go, or come back; each with a line in its story. What was begun meanwhile stays.
with moved as (
    update office.task t set version = t.version + 1, legal_date = b.due, target_date = b.target,
        state = case when b.state = 'cancelled' then 'cancelled' when t.state = 'cancelled' then 'planned' else t.state end,
        closed_at = case when b.state = 'cancelled' then $3::timestamptz end
    from unnest($1::bigint[], $2::bigint[]) as n (id, event_id), office.obligation b
    where t.id = n.id and b.id = t.obligation_id and t.state in ('planned', 'open', 'cancelled')
    returning n.event_id, t.id, t.organisation_id, t.state, t.legal_date
)
insert into office.task_event (id, task_id, organisation_id, happened_at, person_id, person, transition, state, note)
select event_id, id, organisation_id, $3, $4, $5, 'replan', state, to_char(legal_date, 'DD.MM.YYYY') from moved

-- name: give_work_its_role
-- Work of contracts that nobody has begun is for the role that the catalogue names today.
update office.task t set version = t.version + 1, role = s.default_role
from office.obligation b join office.service s on b.code = 'W:' || s.code
where b.id = t.obligation_id and t.state in ('planned', 'open') and t.role <> s.default_role

-- name: open_cases_until
-- Cases that are to be begun by now stand open; their story begins with what people do.
update office.task set state = 'open', version = version + 1
where state = 'planned' and not is_closed and day <= $1
returning id

-- name: resolve_people
-- Executor and reviewer of open cases by the role of each, as clients are assigned on the day of the case, or today if that
-- is past: somebody in the role, else the lead, else the manager. The lead checks reports of others. Whoever was chosen by
-- hand stays, until they may not sign in any more. Of one client ($2), or of all.
with served as materialized (
    select a.organisation_id, a.role, a.person_id, a.valid_from, coalesce(a.valid_to, 'infinity') as valid_to
    from office.assignment a join office.person p on p.id = a.person_id where p.disabled_at is null
), gone as materialized (
    select array_agg(id) as people from office.person where disabled_at is not null
), wanted as (
    select t.id,
           coalesce(min(s.person_id) filter (where s.role = t.role), min(s.person_id) filter (where s.role = 'lead'),
                    min(s.person_id) filter (where s.role = 'manager')) as owner_id,
           min(s.person_id) filter (where s.role = 'lead') as lead_id
    from office.task t
    join served s on s.organisation_id = t.organisation_id
        and greatest(t.day, $1::date) >= s.valid_from and (t.day < 'infinity' and greatest(t.day, $1::date) < s.valid_to
            or t.day = 'infinity' and $1::date >= s.valid_from and $1::date < s.valid_to)
    where not t.is_closed and t.mode = 'one' and ($2::bigint is null or t.organisation_id = $2)
      and (not t.is_owner_chosen or t.owner_id = any ((select people from gone)::bigint[])
           or t.reviewer_id = any ((select people from gone)::bigint[]))
    group by t.id
), owned as (
    select w.id, w.lead_id,
           case when t.is_owner_chosen and (t.owner_id = any ((select people from gone)::bigint[])) is not true
                then t.owner_id else w.owner_id end as owner_id
    from wanted w join office.task t on t.id = w.id
), chosen as (
    select w.id, w.owner_id,
           case when (t.is_owner_chosen or d.kind is null) and (t.reviewer_id = any ((select people from gone)::bigint[])) is not true
                then t.reviewer_id
                when (d.kind = 'report' or t.is_owner_chosen or d.kind is null) and w.lead_id <> w.owner_id then w.lead_id end as reviewer_id
    from owned w
    join office.task t on t.id = w.id
    left join office.obligation b on b.id = t.obligation_id
    left join office.due_date d on d.id = b.due_date_id
)
update office.task t set version = t.version + 1, owner_id = w.owner_id, reviewer_id = w.reviewer_id
from chosen w
where t.id = w.id and (t.owner_id is distinct from w.owner_id or t.reviewer_id is distinct from w.reviewer_id)
returning t.id

-- name: claim_daily_work
-- Whoever writes the row does the work; no row: it is done already, or another is at it in this moment.
insert into office.daily_work (day, name, done_at) values ($1, $2, $3) on conflict do nothing returning day

-- name: daily_work_is_done
-- Whether the work of a day is done.
select exists (select from office.daily_work where day = $1 and name = $2)

-- name: readers_of_digests
-- Who gets a letter of the morning on a day from an hour on and has not got it, or may not have: one that surely did not go is
-- tried again after a quarter of an hour, four times.
select p.id, p.name, p.email, p.language, p.roles, p.digest from office.person p
where p.disabled_at is null and p.digest <> 'never' and p.digest_hour <= $2
  and not exists (
      select from office.digest d where d.person_id = p.id and d.day = $1
          and not (d.state = 'failed' and d.attempts < 5 and d.claimed_at < $3::timestamptz - interval '15 minutes'))
order by p.id

-- name: claim_digest
-- A letter is claimed before it is sent. No row: it was claimed, or has failed often enough, or too lately.
insert into office.digest (person_id, day, state, claimed_at, attempts) values ($1, $2, 'claimed', $3, 1)
on conflict (person_id, day) do update set state = 'claimed', claimed_at = excluded.claimed_at,
    attempts = digest.attempts + 1
where digest.state = 'failed' and digest.attempts < 5 and digest.claimed_at < $3 - interval '15 minutes'
returning attempts

-- name: end_digest
-- What became of it.
update office.digest set state = $3 where person_id = $1 and day = $2 and state = 'claimed'
