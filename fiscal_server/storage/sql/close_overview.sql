-- Months of merchants as people look at them: what the books say, and the job that closes each.

-- name: months_of_merchants
-- Every merchant with each of the months asked for, newest month first; a month without a job has nulls in its place.
select m.id as merchant_id, p.period, m.created_at, p.period = any (coalesce(b.closed_periods, '{}')) as closed,
       j.id as job_id, j.state, j.accounts, j.done, j.receipts, j.error, j.finished_at
from fiscal.merchant m
cross join unnest($2::text[]) as p (period)
left join fiscal.merchant_book b on b.merchant_id = m.id
left join fiscal.period_close_job j
    on j.merchant_id = m.id and j.period = p.period and not j.dry_run and j.state <> 'CANCELLED'
where m.id = any ($1)
order by p.period desc, m.name, m.id

-- name: preview_by_key
-- The preview that a form has begun already: its key stands in the event that it would be. Nobody previews a month often.
select id from fiscal.period_close_job
where merchant_id = $1 and period = $2 and dry_run and event_key = $3
order by id
limit 1
