-- name: find_batch
-- What was answered to an Idempotency-Key.
select id, body_hash, answer from fiscal.batch
where merchant_id = $1 and idempotency_key = $2

-- name: read_batch
-- One batch by its id.
select id, idempotency_key, events, accepted, duplicates, rejected, receipts, answer, created_at from fiscal.batch
where merchant_id = $1 and id = $2

-- name: list_batches
-- Batches by their counts, newest first; of one Idempotency-Key if asked.
select id, idempotency_key, created_at, events, accepted, duplicates, rejected, receipts from fiscal.batch
where merchant_id = $1 and ($2::text is null or idempotency_key = $2) and id < $3
order by id desc
limit $4

-- name: claim_idempotency_key
-- The first of two equal requests goes on, the second waits here until the first has committed.
select pg_advisory_xact_lock(hashtextextended($2, $1))

-- name: add_batch
-- A batch and what was answered to it.
with told as (
    insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at)
    select e.merchant_id, e.id, $2, 0, 'batch.accepted', $11, $11
    from fiscal.webhook_endpoint e
    where e.merchant_id = $1 and 'batch.accepted' = any (e.event_types)
    on conflict do nothing
)
insert into fiscal.batch (
    merchant_id, id, idempotency_key, body_hash, events, accepted, duplicates, rejected, receipts, answer, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: claim_event_keys
-- Takes the keys that are free; keys come in sorted, so two batches with the same keys wait and do not deadlock.
-- $4 are the hashes of the bodies, 16 bytes each.
insert into fiscal.event_key (merchant_id, key, event_id, body_hash)
select $1, k.key, k.event_id, k.body_hash
from (
    select key, event_id::bigint as event_id, substring($4::bytea from 16 * place::int - 15 for 16) as body_hash
    from rows from (json_array_elements_text($2::json), json_array_elements_text($3::json))
        with ordinality as given (key, event_id, place)
) as k
on conflict (merchant_id, key) do nothing

-- name: find_event_keys
-- Keys that were used before.
select key, body_hash, event_id from fiscal.event_key
where merchant_id = $1 and key = any ($2)

-- name: free_event_keys
-- Refused events leave their keys free.
delete from fiscal.event_key
where merchant_id = $1 and key = any ($2)

-- name: add_merchant
-- A merchant and the state that its events will change.
with added as (
    insert into fiscal.merchant (
        id, name, rules, receipt_id_tag, cashier, place, address, timezone, shift_closes_at, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    returning id
)
insert into fiscal.merchant_book (merchant_id) select id from added

-- name: set_shift_hour
-- When the merchant wants its shifts closed (null: when 24 hours come near), on clocks of which zone.
update fiscal.merchant set timezone = $2, shift_closes_at = $3
where id = $1

-- name: read_merchant
-- A merchant by id.
select id, name, rules, receipt_id_tag, cashier, place, address, timezone, shift_closes_at from fiscal.merchant
where id = $1

-- name: find_merchant
-- A merchant by name.
select id, name, rules, receipt_id_tag, cashier, place, address, timezone, shift_closes_at from fiscal.merchant
where name = $1

-- name: list_merchants
-- Every merchant, oldest first.
select id, name, rules, receipt_id_tag, cashier, place, address, timezone, shift_closes_at from fiscal.merchant
order by id

-- name: batch_progress
-- How many of these receipts stand where.
select coalesce(q.state::text, case when e.code = 0 then 'OFD_ACKED' else 'REGISTERED' end) as state, count(*) as receipts
from unnest($2::bigint[]) as asked (id)
left join fiscal.queue q on q.merchant_id = $1 and q.receipt_id = asked.id
left join fiscal.ofd_exchange e on e.merchant_id = $1 and e.id = asked.id
group by 1
