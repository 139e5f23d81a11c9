-- A month of contracts: what was due under them, and what became of it.

-- name: contracts_of_month
-- Contracts that held on some day from $3 to $4, behind a name and a number, or all of some clients ($7); their money ($5)
-- with all that annexes, in their order, made of the fee.
select c.id, c.number, c.organisation_id, c.status, coalesce(c.starts_on, c.dated) as starts_on, c.ends_on,
       c.renews_by_months, c.notice_days, c.closes_on, o.short_name, case when $5 then c.fee_kopecks end as fee_kopecks,
       c.indexation_bp, c.indexation_month, case when $5 then c.terms -> 'stages' end as stages,
       coalesce(f.days, '{}') as fee_days, coalesce(f.sums, '{}') as fee_sums
from office.contract c
join office.organisation o on o.id = c.organisation_id
left join lateral (
    select array_agg(x.on_day order by a.id, x.id) as days, array_agg(x.price_kopecks order by a.id, x.id) as sums
    from office.contract_annex_change x join office.contract_annex a on a.id = x.annex_id
    where a.contract_id = c.id and a.state = 'signed' and x.kind = 'fee'
) f on $5
where (lower(o.short_name), c.id) > ($1, $2)
  and c.status in ('signed', 'active', 'suspended', 'terminating', 'closed') and coalesce(c.starts_on, c.dated) <= $4
  and coalesce(office.known_end(c.ends_on, c.closes_on, c.renews_by_months, c.status, $3), 'infinity') >= $3
  and ($7::bigint[] is null or c.organisation_id = any ($7))
order by lower(o.short_name), c.id
limit $6

-- name: cases_due_in_month
-- Cases of some clients that contracts hold, by their day of the month.
select t.organisation_id, coalesce(b.code, '') as code, t.state, coalesce(t.legal_date, t.target_date) as due,
       t.target_date as target, case when t.state = 'done' then t.closed_at end as closed_at
from office.task t left join office.obligation b on b.id = t.obligation_id
where t.organisation_id = any ($1) and coalesce(t.legal_date, t.target_date) between $2 and $3
  and not t.is_outside_contract and t.kind <> 'internal' and t.state <> 'cancelled'

-- name: extras_of_month
-- Work outside of contracts that was done between two moments, with all the time it took.
select t.organisation_id, coalesce(b.code, '') as code,
       (select coalesce(sum(e.minutes), 0) from office.time_entry e
        where e.task_id = t.id and e.removed_at is null)::bigint as minutes
from office.task t left join office.obligation b on b.id = t.obligation_id
where t.organisation_id = any ($1) and t.is_outside_contract and t.state = 'done'
  and t.closed_at >= $2 and t.closed_at < $3

-- name: minutes_of_month
-- Time that people spent in the month on cases that contracts hold, by client and rule.
select e.organisation_id, coalesce(b.code, '') as code, sum(e.minutes)::bigint as minutes
from office.time_entry e
join office.task t on t.id = e.task_id
left join office.obligation b on b.id = t.obligation_id
where e.organisation_id = any ($1) and e.removed_at is null and e.day between $2 and $3 and not t.is_outside_contract
group by e.organisation_id, b.code

-- name: bills_of_month
-- Bills of the month that ask for a confirmation, with its first one.
select n.organisation_id, n.due, min(a.acknowledged_at) as confirmed_at
from office.notice n left join office.acknowledgement a on a.notice_id = n.id
where n.organisation_id = any ($1) and n.due between $2 and $3 and n.superseded_by is null and n.state <> 'cancelled'
  and n.needs_answer
group by n.group_id, n.organisation_id, n.due
