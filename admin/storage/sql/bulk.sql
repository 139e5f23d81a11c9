-- What people do to many rows at once: a job, its rows, and what came of each. Of an order to a KKT that is what its
-- answer says (fiscal.kkt_request, of merchants in sight), whenever it comes.

-- name: add_bulk_job
-- A new one, at work; nothing when the same form came before.
insert into office.bulk_job (id, person_id, person, form_key, kind, reason, total, state, beat_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7, 'RUNNING', $8, $8)
on conflict (form_key) do nothing
returning id

-- name: add_bulk_items
-- Its rows in their order.
insert into office.bulk_item (job_id, place, merchant_id, object_id, title)
select $1, place, merchant_id, object_id, title
from unnest($2::bigint[], $3::bigint[], $4::text[]) with ordinality as given (merchant_id, object_id, title, place)

-- name: bulk_job_of_form
-- What a form has become, whoever sent it.
select id, person_id from office.bulk_job where form_key = $1

-- name: read_bulk_job
-- One of the person's own, with what has come of its rows.
select j.id, j.person_id, j.kind, j.reason, j.total, j.state, j.beat_at, j.created_at,
       n.done, n.failed, n.waiting
from office.bulk_job j
cross join lateral (
    select count(*) filter (where o.outcome = 'done') as done, count(*) filter (where o.outcome = 'failed') as failed,
           count(*) filter (where o.outcome = 'asked') as waiting
    from (
        select case when i.outcome <> 'asked' or r.finished_at is null then i.outcome
                    when r.answer ? 'done' then 'done' else 'failed' end as outcome
        from office.bulk_item i
        left join fiscal.kkt_request r on r.merchant_id = i.merchant_id and r.id = i.order_id
        where i.job_id = j.id
    ) o
) n
where j.id = $1 and j.person_id is not distinct from $2

-- name: list_bulk_jobs
-- The newest of the person's own.
select j.id, j.person_id, j.kind, j.reason, j.total, j.state, j.beat_at, j.created_at,
       n.done, n.failed, n.waiting
from office.bulk_job j
cross join lateral (
    select count(*) filter (where o.outcome = 'done') as done, count(*) filter (where o.outcome = 'failed') as failed,
           count(*) filter (where o.outcome = 'asked') as waiting
    from (
        select case when i.outcome <> 'asked' or r.finished_at is null then i.outcome
                    when r.answer ? 'done' then 'done' else 'failed' end as outcome
        from office.bulk_item i
        left join fiscal.kkt_request r on r.merchant_id = i.merchant_id and r.id = i.order_id
        where i.job_id = j.id
    ) o
) n
where coalesce(j.person_id, 0) = $1
order by j.id desc
limit $2

-- name: next_bulk_items
-- Rows of which nothing has come yet, in their order.
select place, merchant_id, object_id, title, outcome, problem from office.bulk_item
where job_id = $1 and outcome is null
order by place
limit $2

-- name: failed_bulk_items
-- Rows that were refused, by the API or by their device, from a place on; of merchants that are in sight no more, nothing.
select i.place, i.merchant_id, i.object_id, i.title, 'failed' as outcome, coalesce(i.problem, r.answer) as problem
from office.bulk_item i
left join fiscal.kkt_request r on r.merchant_id = i.merchant_id and r.id = i.order_id and r.finished_at is not null
where i.job_id = $1 and i.place > $2 and i.merchant_id = any ($4::bigint[])
  and (i.outcome = 'failed' or (i.outcome = 'asked' and r.id is not null and not r.answer ? 'done'))
order by i.place
limit $3

-- name: waiting_bulk_items
-- Rows whose device has not answered yet, of merchants in sight.
select i.place, i.merchant_id, i.object_id, i.title, i.outcome, i.problem from office.bulk_item i
join fiscal.kkt_request r on r.merchant_id = i.merchant_id and r.id = i.order_id
where i.job_id = $1 and i.outcome = 'asked' and r.finished_at is null and i.merchant_id = any ($3::bigint[])
order by i.place
limit $2

-- name: end_bulk_item
-- What came of a row; what was written down first stays.
update office.bulk_item set outcome = $3, problem = $4, order_id = $5 where job_id = $1 and place = $2 and outcome is null

-- name: beat_bulk_job
-- Whoever was at the job at $3 is alive; nothing when the job was stopped, or somebody else goes on with it.
update office.bulk_job set beat_at = $2 where id = $1 and state = 'RUNNING' and beat_at = $3 returning id

-- name: take_bulk_job
-- The job is the caller's: it stands still, or whoever was at it has been silent since $3.
update office.bulk_job set state = 'RUNNING', beat_at = $2
where id = $1 and (state = 'STOPPED' or (state = 'RUNNING' and beat_at < $3))
returning id

-- name: end_bulk_job
-- Nobody is at it any more: a person says so ($3 is null), or whoever was at it at $3.
update office.bulk_job set state = $2
where id = $1 and state = 'RUNNING' and ($3::timestamptz is null or beat_at = $3)
returning id

-- name: forget_old_bulk_jobs
-- Those of long ago: what was done stands in the journals.
select office.forget_old_bulk_jobs($1)
