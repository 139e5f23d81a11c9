-- Bills of clients and their letters. The intent of a letter stands before it is sent, its outcome after.

-- name: recipients_of_slips
-- Who of a client is told of what it owes and can confirm that, on a day.
select c.id, c.name, c.language, c.time_zone, c.emails, c.phones
from office.organisation_contact l join office.contact c on c.id = l.contact_id
where l.organisation_id = $1 and l.valid_from <= $2 and (l.valid_to is null or $2 < l.valid_to)
  and 'slips' = any (l.receives) and l.can_acknowledge
order by c.id

-- name: organisation_to_tell
-- How a client is called in letters, and whose calendar counts its working days.
select id, short_name, country, region, status from office.organisation where id = $1

-- name: one_teller
-- Bills are made one after another: what is told of a day is all that is told of it.
select pg_advisory_xact_lock(x'4f464643'::int, 2)

-- name: living_bill
-- The notices that tell a client what it pays on a day, in whatever state they are.
select id, group_id, contact_id, state, said from office.notice
where organisation_id = $1 and due = $2 and superseded_by is null and state <> 'cancelled'
order by id
for update

-- name: supersede_bill
-- Another sum takes the place of a bill. A confirmation of the old one stays and no longer counts.
update office.notice set superseded_by = $2, next_attempt_at = null,
    state = case when state = 'acknowledged' then state else 'superseded' end
where group_id = $1 and superseded_by is null

-- name: cancel_bill
-- Nothing is owed on the day any more: nobody is told again.
update office.notice set state = 'cancelled', next_attempt_at = null
where group_id = $1 and superseded_by is null and state in ('scheduled', 'sent', 'escalated')

-- name: add_notice
-- A bill for one recipient.
insert into office.notice (id, organisation_id, contact_id, kind, language, said, state, attempts, next_attempt_at,
    created_at, group_id, due, needs_answer, sent_count, failures, escalation)
values ($1, $2, $3, 'tax_due', $4, $5, 'scheduled', 0, $6, $7, $8, $9, $10, 0, 0, 'none')

-- name: next_notice_due
-- The notice whose letter is due first; one that somebody else is at is passed over.
select n.id from office.notice n
where n.state in ('scheduled', 'sent') and n.next_attempt_at <= $1
order by n.next_attempt_at, n.id
limit 1
for update skip locked

-- name: notice_to_send
-- A notice with who gets it; nobody else sends it meanwhile. The address is that of today.
select n.id, n.group_id, n.organisation_id, n.contact_id, n.language, n.said, n.state, n.attempts, n.sent_count,
       n.failures, n.escalation, n.due, n.needs_answer, o.short_name, o.country, o.region, o.status, c.name, c.emails,
       c.phones, c.time_zone,
       exists (select from office.notice_attempt t where t.notice_id = n.id and t.outcome is null) as under_way
from office.notice n
join office.organisation o on o.id = n.organisation_id
join office.contact c on c.id = n.contact_id
where n.id = $1
for update of n

-- name: begin_attempt
-- The intent of a letter: from its commit on it may have gone.
insert into office.notice_attempt (notice_id, attempt, organisation_id, begun_at, answer, address, message_id, token_hash,
    repeat, by_person)
values ($1, $2, $3, $4, '', $5, $6, $7, $8, $9)

-- name: count_attempt
-- One more letter of a notice is under way; nothing is due until it is known what became of it.
update office.notice set attempts = $2, next_attempt_at = null where id = $1

-- name: put_off_notice
-- Not at this hour.
update office.notice set next_attempt_at = $2 where id = $1

-- name: end_attempt
-- What became of a letter. No row: that is known already.
update office.notice_attempt set outcome = $3, ended_at = $4, answer = $5
where notice_id = $1 and attempt = $2 and outcome is null
returning repeat

-- name: resolve_attempt
-- A person says what became of a letter of which nobody knew.
update office.notice_attempt set outcome = $3, resolved_by = $4
where notice_id = $1 and attempt = $2 and outcome = 'unknown'
returning repeat

-- name: settle_notice
-- Where a notice stands after a letter, unless it was confirmed or replaced meanwhile.
update office.notice set state = $2, sent_count = $3, failures = $4, escalation = $5, next_attempt_at = $6
where id = $1 and state in ('scheduled', 'sent', 'escalated') and superseded_by is null
returning id

-- name: silent_attempts
-- Letters whose process died before it was known what became of them.
select notice_id, attempt from office.notice_attempt where outcome is null and begun_at < $1 order by begun_at limit 100

-- name: notice_by_token
-- The notice that a link of a letter leads to.
select n.id, n.organisation_id, n.contact_id, n.group_id, n.due, n.superseded_by
from office.notice_attempt t join office.notice n on n.id = t.notice_id
where t.token_hash = $1

-- name: living_notice_of
-- What a recipient is told of a day now: the bill in force, or the last one there was.
select n.id, n.group_id, n.language, n.said, n.state, n.due, n.needs_answer, n.superseded_by, n.organisation_id,
       o.short_name, o.country, c.name,
       (select min(a.acknowledged_at) from office.acknowledgement a join office.notice x on x.id = a.notice_id
        where x.group_id = n.group_id) as acknowledged_at
from office.notice n
join office.organisation o on o.id = n.organisation_id
join office.contact c on c.id = n.contact_id
where n.organisation_id = $1 and n.due = $2 and n.contact_id = $3
order by n.superseded_by is null and n.state <> 'cancelled' desc, n.id desc
limit 1

-- name: hold_bill
-- All notices of a bill in one order: two of its people who confirm at once wait for each other, and not in a circle.
select id from office.notice where group_id = $1 order by id for update

-- name: still_a_recipient
-- Whether somebody of a client is told of what it owes on a day, and whether others are told by the same bill.
select exists (select from office.organisation_contact l
               where l.organisation_id = n.organisation_id and l.contact_id = n.contact_id
                 and l.valid_from <= $2 and (l.valid_to is null or $2 < l.valid_to)
                 and 'slips' = any (l.receives) and l.can_acknowledge),
       exists (select from office.notice x where x.group_id = n.group_id and x.id <> n.id and x.superseded_by is null
                 and x.state in ('scheduled', 'sent', 'escalated'))
from office.notice n where n.id = $1

-- name: acknowledge
-- The proof: when, from which address, with which program, and what was confirmed. No row: it was confirmed before.
insert into office.acknowledgement (notice_id, organisation_id, acknowledged_at, address, agent, said)
select n.id, n.organisation_id, $2, $3, $4, n.said from office.notice n
where n.id = $1 and n.superseded_by is null and n.state in ('scheduled', 'sent', 'escalated')
for update
on conflict do nothing
returning notice_id

-- name: stop_bill
-- Whoever of the client confirms first confirms for all of them.
update office.notice set state = 'acknowledged', next_attempt_at = null, escalation = 'none'
where group_id = $1 and superseded_by is null and state in ('scheduled', 'sent', 'escalated')

-- name: notices_of_bill
-- Everything that a client was told of a day, newest first, with the proof where it confirmed.
select n.id, n.group_id, c.name, n.language, n.said, n.state, n.due, n.needs_answer, n.sent_count, n.escalation,
       n.next_attempt_at, n.created_at, n.superseded_by, a.acknowledged_at, a.address, a.agent
from office.notice n
join office.contact c on c.id = n.contact_id
left join office.acknowledgement a on a.notice_id = n.id
where n.organisation_id = $1 and n.due = $2
order by n.id desc

-- name: attempts_of_notices
-- The letters of notices, oldest first.
select notice_id, attempt, begun_at, ended_at, address, message_id, repeat, by_person, outcome, answer, resolved_by
from office.notice_attempt where notice_id = any ($1) order by notice_id, attempt

-- name: open_call_task
-- A case to call a client, for its lead accountant. Its number is that of what it is about: the same call is opened once.
insert into office.task (id, version, organisation_id, kind, title, role, owner_id, mode, state, position, legal_date,
    target_date, is_outside_contract, created_at)
select $1, 1, $2, 'internal', $3, 'lead',
       (select a.person_id from office.assignment a where a.organisation_id = $2 and a.role = 'lead'
            and a.valid_from <= $5 and (a.valid_to is null or $5 < a.valid_to)),
       'one', 'open', 0, $4, $5, false, $6
on conflict (id) do nothing
returning id

-- name: call_task_has_note
-- Whether something was said in the story of a case.
select exists (select from office.task_event where task_id = $1 and note = $2)

-- name: reopen_call_task
-- Somebody closed a call, and the client still says nothing: it is to be made. One that a head has cancelled with a reason
-- stays so: no step leads out of that state. No row: it is cancelled, or open.
update office.task set state = 'in_progress', version = version + 1, closed_at = null
where id = $1 and state in ('done', 'not_required')
returning id

-- name: calls_about_bills
-- How the calls about bills stand, and who brought them there with which words.
select t.id, t.state, e.happened_at, e.person, e.note
from office.task t
left join lateral (
    select x.happened_at, x.person, x.note from office.task_event x
    where x.task_id = t.id and x.state = t.state and x.transition is not null order by x.happened_at desc, x.id desc limit 1
) e on true
where t.id = any ($1)

-- name: close_call_task
-- The client has confirmed by itself: nobody needs to call. No row: there is no such case, or it is closed.
update office.task set state = 'done', version = version + 1, closed_at = $2
where id = $1 and state not in ('done', 'not_required', 'cancelled')
returning organisation_id

-- name: tell_call_task
-- A line of the story of a call. Without a state: it stands as it stood.
insert into office.task_event (id, task_id, organisation_id, happened_at, person, transition, state, note)
values ($1, $2, $3, $4, $5, $6, coalesce($7, (select state from office.task where id = $2)), $8)
