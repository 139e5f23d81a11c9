-- Obligations and their days. A row is one obligation for ever; its days are told by due_date, its changes by events.

-- name: one_planner
-- Plans are made one after another: what is written is what was compared.
select pg_advisory_xact_lock(x'4f464643'::int, 1)

-- name: kept_obligations
-- What was planned for clients, by calendars or by contracts: from a day on, and whatever is still open before it.
select b.id, b.organisation_id, b.code, b.period, b.instalment, b.due, b.state, b.is_outside_contract,
       exists (select from office.slip s where s.obligation_id = b.id and s.state in ('published', 'paid')) as is_told
from office.obligation b
where b.organisation_id = any ($1) and state <> 'cancelled' and (due >= $2 or state in ('planned', 'begun'))
  and starts_with(code, 'W:') = $3

-- name: told_obligations
-- Payments whose sums clients were told, with the slip that says so last.
select distinct on (b.id) b.id, s.id as slip_id, b.organisation_id, b.code, b.period
from office.obligation b join office.slip s on s.obligation_id = b.id and s.state in ('published', 'paid')
where b.id = any ($1)
order by b.id, s.id desc

-- name: flag_obligations
-- A contract serves them now, or serves them no longer.
update office.obligation set version = version + 1, is_outside_contract = $2 where id = any ($1)

-- name: own_dates
-- Days that authorities set, as the office entered them.
select code, period, instalment, due, document, organisation_id from office.one_off_date where withdrawn_at is null
order by id

-- name: add_own_date
-- An authority put off a day, or set it.
insert into office.one_off_date (id, code, period, instalment, organisation_id, due, document, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: confirmed_codes
-- Drafts that somebody has checked.
select code from office.confirmed_rule order by code

-- name: confirm_rule
-- A draft becomes a rule of this office.
insert into office.confirmed_rule (code, confirmed_at, confirmed_by, person) values ($1, $2, $3, $4) on conflict do nothing

-- name: add_due_dates
-- Why days are the days; those that were told before stay as they are.
insert into office.due_date (id, fingerprint, code, period, instalment, name, kind, nominal, due, target, is_preliminary,
    passports)
select * from unnest($1::bigint[], $2::bytea[], $3::text[], $4::text[], $5::int[], $6::text[], $7::text[], $8::date[],
    $9::date[], $10::date[], $11::boolean[], $12::jsonb[])
on conflict (fingerprint) do nothing

-- name: due_date_ids
-- Their rows by what they tell.
select fingerprint, id from office.due_date where fingerprint = any ($1)

-- name: put_obligations
-- What is owed from now on; one that was cancelled before comes back under its old number. What somebody has finished or
-- begun is left alone, and is missing from the answer.
insert into office.obligation (id, version, organisation_id, code, period, instalment, due_date_id, due, target,
    profile_since, is_outside_contract, state)
select id, 1, organisation_id, code, period, instalment, due_date_id, due, target, since, outside, 'planned'
from unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::int[], $6::bigint[], $7::date[], $8::date[],
    $9::date[], $10::boolean[])
    as t (id, organisation_id, code, period, instalment, due_date_id, due, target, since, outside)
on conflict (organisation_id, code, period, instalment) do update
set state = 'planned', version = obligation.version + 1, due_date_id = excluded.due_date_id, due = excluded.due,
    target = excluded.target, profile_since = excluded.profile_since, is_outside_contract = excluded.is_outside_contract
where obligation.state = 'cancelled'
returning id, organisation_id, due

-- name: move_obligations
-- The same obligation on another day. What somebody has begun meanwhile stays, and is missing from the answer.
update office.obligation o set version = o.version + 1, due_date_id = t.due_date_id, due = t.due, target = t.target,
    profile_since = t.since, is_outside_contract = t.outside
from unnest($1::bigint[], $2::bigint[], $3::date[], $4::date[], $5::date[], $6::boolean[])
    as t (id, due_date_id, due, target, since, outside)
where o.id = t.id and o.state = 'planned'
returning o.id

-- name: cancel_obligations
-- It is owed no longer. What somebody has begun meanwhile stays, and is missing from the answer.
update office.obligation set version = version + 1, state = 'cancelled' where id = any ($1) and state = 'planned'
returning id

-- name: add_run
-- One re-planning: who had it done, why, and how much it changed.
insert into office.schedule_run (id, applied_at, person_id, person, reason, until, organisations, created, moved, cancelled,
    conflicts)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: add_obligation_events
-- What a re-planning did to each obligation.
insert into office.obligation_event (obligation_id, run_id, organisation_id, change, was, becomes)
select o, $2, g, c, w, b from unnest($1::bigint[], $3::bigint[], $4::text[], $5::date[], $6::date[]) as t (o, g, c, w, b)

-- name: newest_run
-- When plans of all clients were last made, each morning or by somebody who sees them, and how far they reach. Runs of one
-- client are told on the cards of what they changed.
select applied_at, person, reason, until, organisations, created, moved, cancelled, conflicts
from office.schedule_run where reason in ('daily', 'manual', 'demo') order by id desc limit 1

-- name: obligations_between
-- What clients owe between two days, both included, with why.
select b.id, b.organisation_id, b.code, b.period, b.instalment, b.due, b.target, b.state, b.is_outside_contract, d.name,
       d.kind, d.nominal, d.is_preliminary
from office.obligation b join office.due_date d on d.id = b.due_date_id
where b.organisation_id = any ($1) and b.due between $2 and $3 and b.state <> 'cancelled'
order by b.due, b.code, b.period, b.instalment, b.organisation_id

-- name: obligation_by_id
-- One obligation with its passports.
select b.id, b.organisation_id, o.short_name, b.code, b.period, b.instalment, b.due, b.target, b.state, d.name, d.kind,
       d.passports
from office.obligation b
join office.due_date d on d.id = b.due_date_id
join office.organisation o on o.id = b.organisation_id
where b.id = $1

-- name: events_of_obligation
-- What re-plannings did to it, oldest first.
select e.change, e.was, e.becomes, r.applied_at, r.person, r.reason
from office.obligation_event e join office.schedule_run r on r.id = e.run_id
where e.obligation_id = $1 order by e.run_id

-- name: mark_obligation
-- Somebody begins it, finishes it, or finds it not required. No row: it stands otherwise than was seen.
update office.obligation set state = $3, version = version + 1 where id = $1 and state = any ($2) returning organisation_id
