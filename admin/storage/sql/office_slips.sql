-- What clients have to pay. Row-level security leaves out those that the viewer does not see.

-- name: add_slip
-- A sum to pay for an obligation, as a draft: version 1, or the next one. No row: another draft waits.
insert into office.slip (id, organisation_id, obligation_id, version, amount_kopecks, due, details, explanation, state,
    created_at, created_by)
select $1, b.organisation_id, b.id,
       1 + coalesce((select max(s.version) from office.slip s where s.obligation_id = b.id), 0), $3, b.due, $4, $5, 'draft',
       $6, $7
from office.obligation b
where b.id = $2 and b.state <> 'cancelled'
on conflict do nothing
returning version

-- name: slips_between
-- A page of what falls due between two days, with the bill that tells it and how far its letters are.
select s.id, s.organisation_id, o.short_name, s.version, s.amount_kopecks, s.due, s.state, b.code, b.period, d.name,
       n.state as notice_state, n.escalation, n.sent_count, n.acknowledged_at, n.has_unknown,
       b.due as obligation_due, b.state in ('cancelled', 'not_required') as is_gone
from office.slip s
join office.organisation o on o.id = s.organisation_id
join office.obligation b on b.id = s.obligation_id
join office.due_date d on d.id = b.due_date_id
left join lateral (
    select (array_agg(n.state order by n.state))[1] as state, max(n.sent_count) as sent_count,
           max(a.acknowledged_at) as acknowledged_at,
           case when bool_or(n.escalation = 'head') then 'head' when bool_or(n.escalation = 'call') then 'call'
                else 'none' end as escalation,
           bool_or(exists (select from office.notice_attempt t
                           where t.notice_id = n.id and t.outcome = 'unknown')) as has_unknown
    from office.notice n left join office.acknowledgement a on a.notice_id = n.id
    where n.organisation_id = s.organisation_id and n.due = s.due and n.superseded_by is null
      and n.state <> 'cancelled' and s.state = 'published'
) n on true
where s.due between $1 and $2 and s.state in ('draft', 'published', 'paid')
  and ($3::bigint is null or s.organisation_id = $3)
  and ($4::text is null or s.state = $4)
  and (s.due, lower(o.short_name), s.id) > ($5, $6, $7)
order by s.due, lower(o.short_name), s.id
limit $8

-- name: slip_by_id
-- One slip with the obligation it is for and why that falls due then.
select s.id, s.organisation_id, o.short_name, o.country, s.obligation_id, s.version, s.amount_kopecks, s.due, s.details,
       s.explanation, s.state, s.created_at, b.code, b.period, b.due as obligation_due, d.name, d.passports,
       b.state in ('cancelled', 'not_required') as is_gone
from office.slip s
join office.organisation o on o.id = s.organisation_id
join office.obligation b on b.id = s.obligation_id
join office.due_date d on d.id = b.due_date_id
where s.id = $1

-- name: versions_of_slip
-- Every version for an obligation, newest first.
select s.id, s.version, s.amount_kopecks, s.due, s.state, s.created_at, p.name as person
from office.slip s left join office.person p on p.id = s.created_by
where s.obligation_id = $1 order by s.version desc

-- name: slips_to_tell
-- What a bill of a client and a day is made of: slips that are told, and drafts that are about to be, each in the place of
-- the version before it; in a lasting order.
select s.id, s.version, s.obligation_id, s.amount_kopecks, s.details, s.explanation, s.state, b.code, b.period, d.name
from office.slip s
join office.obligation b on b.id = s.obligation_id
join office.due_date d on d.id = b.due_date_id
where s.organisation_id = $1 and s.due = $2
  and (s.state = 'draft' and s.id = any ($3) or s.state = 'published' and not exists (
       select from office.slip x where x.obligation_id = s.obligation_id and x.state = 'draft' and x.id = any ($3)))
order by d.name, s.id
for update of s

-- name: lock_drafts
-- Drafts that are about to be told, with the day on which a version before each was told, and whether anything is owed still.
select s.id, s.organisation_id, s.due, p.due as told_due, b.state <> 'cancelled' as is_owed
from office.slip s
join office.obligation b on b.id = s.obligation_id
left join office.slip p on p.obligation_id = s.obligation_id and p.state = 'published'
where s.id = any ($1) and s.state = 'draft'
order by s.id
for update of s

-- name: supersede_slips
-- A newer version takes the place of what was told.
update office.slip p set state = 'superseded' from office.slip s
where s.id = any ($1) and s.state = 'draft' and p.obligation_id = s.obligation_id and p.state = 'published'

-- name: publish_slips
-- Clients are told of these from now on.
update office.slip set state = 'published' where id = any ($1) and state = 'draft'

-- name: set_slip_state
-- Paid, or withdrawn. No row: it stands otherwise than was seen.
update office.slip set state = $3 where id = $1 and state = any ($2) returning due

-- name: payable_obligations
-- Payments of a client that no slip waits or tells of yet, and are still owed, by day.
select b.id, b.code, b.period, b.due, d.name
from office.obligation b join office.due_date d on d.id = b.due_date_id
where b.organisation_id = $1 and d.kind = 'payment' and b.state <> 'cancelled' and b.due >= $2
  and not exists (select from office.slip s where s.obligation_id = b.id and s.state in ('draft', 'published', 'paid'))
order by b.due, d.name

-- name: find_slips_by_words
-- Sums that clients still have to pay, by the name of the client or of what is paid; the nearest day first.
select s.id, o.short_name, b.code, d.name, b.period, s.due, s.amount_kopecks, s.state
from office.slip s
join office.organisation o on o.id = s.organisation_id
join office.obligation b on b.id = s.obligation_id
join office.due_date d on d.id = b.due_date_id
where s.state in ('draft', 'published') and (lower(o.short_name) like $1 or lower(d.name) like $1 or b.code = any ($3))
order by s.due, s.id
limit $2
