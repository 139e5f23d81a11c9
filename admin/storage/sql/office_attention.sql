-- What nobody made a case of and somebody should still see to.

-- name: what_people_see_to
-- Of clients that some people lead on a day: letters that did not go or are not confirmed, sums that nobody wrote down and
-- that fall due until another day, sums that clients were told and that are owed no longer, entries of handbooks whose day to be looked at again has come, and such entries of their
-- own handbooks; powers of attorney that end until $7 and that none after them replaces. Of clients that they lead or
-- manage: contracts that end, renew by themselves unless somebody says no, or are over, while none that follows is signed.
-- The nearest day first.
with led as (
    select a.organisation_id from office.assignment a
    where a.person_id = any ($1) and a.role = 'lead' and a.valid_from <= $2 and (a.valid_to is null or $2 < a.valid_to)
), managed as (
    select a.organisation_id from office.assignment a
    where a.person_id = any ($1) and a.role in ('lead', 'manager')
      and a.valid_from <= $2 and (a.valid_to is null or $2 < a.valid_to)
), ending as (
    select c.id, c.organisation_id, c.number,
           case when c.closes_on is null and c.renews_by_months is not null then 'contract_renews'
                when e.known_end < $2 then 'contract_over' else 'contract_ends' end as kind,
           case when c.closes_on is null and c.renews_by_months is not null
                -- The end of the first term that a notice of today or later still stops.
                then office.known_end(c.ends_on, c.closes_on, c.renews_by_months, c.status, $2 + c.notice_days)
                     - c.notice_days
                else e.known_end end as day
    from office.contract c
    cross join office.known_end(c.ends_on, c.closes_on, c.renews_by_months, c.status, $2) e (known_end)
    where c.organisation_id in (select organisation_id from managed)
      and (c.status in ('signed', 'active', 'suspended') and c.ends_on is not null
           or c.status = 'terminating' and e.known_end < $2)
      and not exists (select from office.contract n where n.renews_contract_id = c.id
                      and n.status not in ('draft', 'agreed', 'sent', 'cancelled'))
)
select f.kind, f.organisation_id, o.short_name, f.day, f.count, f.detail, f.handbook_id, f.contract_id
from (
    select case when bool_or(n.failures > 0 or exists (
                    select from office.notice_attempt t where t.notice_id = n.id and t.outcome = 'unknown'))
                then 'failed' else 'unconfirmed' end as kind,
           n.organisation_id, n.due as day, max(n.sent_count)::int as count, '' as detail, 0::bigint as handbook_id,
           0::bigint as contract_id
    from office.notice n
    where n.organisation_id in (select organisation_id from led) and n.superseded_by is null
      and n.state in ('scheduled', 'sent', 'escalated') and n.needs_answer and (n.sent_count > 0 or n.failures > 0)
    group by n.organisation_id, n.due
    union all
    select 'no_sum', b.organisation_id, b.due, count(*)::int, min(b.code), 0, 0
    from office.obligation b join office.due_date d on d.id = b.due_date_id
    where b.organisation_id in (select organisation_id from led) and d.kind = 'payment' and b.due between $2 and $3
      and b.state in ('planned', 'begun')
      and not exists (select from office.slip s where s.obligation_id = b.id and s.state in ('draft', 'published', 'paid'))
    group by b.organisation_id, b.due
    union all
    select 'told_gone', b.organisation_id, s.due, count(*)::int, min(b.code), 0, 0
    from office.slip s join office.obligation b on b.id = s.obligation_id
    where s.organisation_id in (select organisation_id from led) and s.state = 'published' and s.due >= $2
      and b.state in ('cancelled', 'not_required')
    group by b.organisation_id, s.due
    union all
    select 'handbook', e.organisation_id, e.review_by, 1, h.name, h.id, 0
    from (select distinct on (x.handbook_id, x.organisation_id) x.handbook_id, x.organisation_id, x.review_by
          from office.handbook_entry x order by x.handbook_id, x.organisation_id, x.id desc) e
    join office.handbook h on h.id = e.handbook_id
    where e.review_by <= $2 and h.archived_at is null
      and (h.owner_id = any ($1) or h.owner_id is null and e.organisation_id in (select organisation_id from led))
    union all
    select 'power', p.organisation_id, max(p.valid_to), 1, p.body, 0, 0
    from office.power_of_attorney p
    where p.organisation_id in (select organisation_id from led) and p.revoked_on is null and p.valid_to <= $7
      and not exists (select from office.power_of_attorney n where n.organisation_id = p.organisation_id
          and n.body in (p.body, 'ANY') and n.revoked_on is null and n.valid_to > $7)
    group by p.organisation_id, p.body
    having max(p.valid_to) >= $2 - 30  -- what nobody renewed for a month is not needed
    union all
    select c.kind, c.organisation_id, c.day, 1, c.number, 0, c.id from ending c
    where c.day <= case when c.kind = 'contract_renews' then $5::date else $6::date end
) f
join office.organisation o on o.id = f.organisation_id
where o.status <> 'former'
order by f.day, f.kind, lower(o.short_name), f.detail
limit $4
