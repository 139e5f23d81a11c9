-- Restorations of many events as jobs, and the pieces that they have still to do.

-- name: hold_restoration_key
-- Two requests with one Idempotency-Key go one after another.
select pg_advisory_xact_lock(hashtextextended('restoration job ' || $2, $1))

-- name: restoration_job_of_key
-- The job that an Idempotency-Key began.
select id, body_hash from fiscal.restoration_job where merchant_id = $1 and idempotency_key = $2

-- name: add_restoration_job
-- A job as it begins; whoever comes first works on it.
insert into fiscal.restoration_job (
    merchant_id, id, idempotency_key, body_hash, dry_run, on_error, state, events, actor, request_id, started_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: add_restoration_pieces
-- What it has to do, in order.
insert into fiscal.restoration_piece (merchant_id, job_id, place, body)
select $1, $2, p.place - 1, p.body from unnest($3::bytea[]) with ordinality as p (body, place)

-- name: read_restoration_job
-- One job as it stands.
select merchant_id, id, dry_run, on_error, state, events, position, done, known, refused, documents, problems, order_ids,
       actor, request_id, error, started_at, finished_at
from fiscal.restoration_job
where merchant_id = $1 and id = $2

-- name: list_restoration_jobs
-- Jobs before an id, newest first.
select merchant_id, id, dry_run, on_error, state, events, position, done, known, refused, documents, problems, order_ids,
       actor, request_id, error, started_at, finished_at
from fiscal.restoration_job
where merchant_id = $1 and id < $2
order by id desc
limit $3

-- name: lock_restoration_job
-- One job, held until the end of the transaction: whoever cancels it waits for the piece in hand.
select merchant_id, id, dry_run, on_error, state, events, position, done, known, refused, documents, problems, order_ids,
       actor, request_id, error, started_at, finished_at
from fiscal.restoration_job
where merchant_id = $1 and id = $2
for update

-- name: read_restoration_piece
-- The piece at a place; nothing when all are done.
select body from fiscal.restoration_piece where merchant_id = $1 and job_id = $2 and place = $3

-- name: take_restoration_job
-- A job that nobody works on any more is the caller's: the oldest one.
update fiscal.restoration_job j
set runner = $1, lease_until = $3
from (
    select merchant_id, id from fiscal.restoration_job
    where state in ('PREVIEWING', 'RUNNING') and (lease_until is null or lease_until < $2)
    order by id
    limit 1
    for update skip locked
) o
where j.merchant_id = o.merchant_id and j.id = o.id
returning j.merchant_id, j.id

-- name: advance_restoration_job
-- A piece is done; the caller holds the row.
update fiscal.restoration_job
set position = $3, done = $4, known = $5, refused = $6, documents = $7, problems = $8, order_ids = $9, runner = $10,
    lease_until = $11
where merchant_id = $1 and id = $2

-- name: move_restoration_job
-- A job's new state; the caller holds the row.
update fiscal.restoration_job
set state = $3, error = $4, problems = $5, finished_at = $6, runner = null, lease_until = null
where merchant_id = $1 and id = $2

-- name: forget_restoration_pieces
-- Of a job that is over.
delete from fiscal.restoration_piece where merchant_id = $1 and job_id = $2
