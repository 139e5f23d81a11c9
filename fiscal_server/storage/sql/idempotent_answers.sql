-- name: claim_request_key
-- The first of two equal requests goes on, the second waits here until the first has committed.
select pg_advisory_xact_lock(hashtextextended('request ' || $2, $1))

-- name: find_idempotent_answer
-- What was answered to the request of a key.
select request_hash, answer from fiscal.idempotent_answer where merchant_id = $1 and key = $2

-- name: keep_idempotent_answer
-- What is answered now; answers that are older than anybody repeats a request go.
with old as (
    delete from fiscal.idempotent_answer where merchant_id = $1 and created_at < $6
)
insert into fiscal.idempotent_answer (merchant_id, key, request_hash, answer, created_at) values ($1, $2, $3, $4, $5)
