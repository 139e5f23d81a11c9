-- name: lock_merchant_webhooks
-- Two requests that add endpoints count them one after the other.
select pg_advisory_xact_lock(hashtextextended('fiscal.webhook_endpoint', $1))

-- name: add_endpoint
-- Somebody wants to hear of something from now on.
insert into fiscal.webhook_endpoint (merchant_id, id, url, description, event_types, created_at, updated_at)
values ($1, $2, $3, $4, $5, $6, $6)

-- name: read_endpoints
-- Endpoints of a merchant, oldest first; or the one of this id.
select id, url, description, event_types, enabled, disabled_why, failures, failing_since, retry_at, delivered_at,
       created_at, updated_at
from fiscal.webhook_endpoint
where merchant_id = $1 and ($2::bigint is null or id = $2)
order by id

-- name: change_endpoint
-- What a person says of an endpoint; what is null stays. It gets a clean slate: another address, or repaired.
update fiscal.webhook_endpoint
set url = coalesce($3, url), description = coalesce($4, description), event_types = coalesce($5::text[], event_types),
    enabled = coalesce($6, enabled), disabled_why = case when $6::boolean is null then disabled_why end,
    failures = 0, failing_since = null, retry_at = null, updated_at = $7
where merchant_id = $1 and id = $2
returning id

-- name: delete_endpoint
-- Nobody is told there any more.
with secrets as (
    delete from fiscal.webhook_secret where merchant_id = $1 and endpoint_id = $2
),
messages as (
    delete from fiscal.webhook_message where merchant_id = $1 and endpoint_id = $2
)
delete from fiscal.webhook_endpoint where merchant_id = $1 and id = $2
returning id

-- name: add_secret
-- A key that signs from now on.
insert into fiscal.webhook_secret (merchant_id, endpoint_id, id, key, created_at) values ($1, $2, $3, $4, $5)

-- name: expire_secrets
-- Keys that sign now sign no longer than until a moment.
update fiscal.webhook_secret
set expires_at = least(coalesce(expires_at, $3), $3)
where merchant_id = $1 and endpoint_id = $2

-- name: keys_of_endpoint
-- Keys that sign now, the newest first.
select key from fiscal.webhook_secret
where merchant_id = $1 and endpoint_id = $2 and (expires_at is null or expires_at > $3)
order by id desc

-- name: forget_expired_secrets
-- Keys that nobody needs any more.
delete from fiscal.webhook_secret where expires_at <= $1

-- name: endpoints_with_work
-- Endpoints that may be sent to now and for which something is due.
select e.merchant_id, e.id
from fiscal.webhook_endpoint e
where e.enabled and (e.retry_at is null or e.retry_at <= $1)
  and exists (
      select from fiscal.webhook_message m
      where m.merchant_id = e.merchant_id and m.endpoint_id = e.id and m.state = 'WAITING' and m.due_at <= $1)

-- name: note_success
-- The endpoint answers.
update fiscal.webhook_endpoint
set failures = 0, failing_since = null, retry_at = null, delivered_at = $3
where merchant_id = $1 and id = $2

-- name: note_failure
-- The endpoint did not take anything of a round: it is left alone for a while.
update fiscal.webhook_endpoint
set failures = failures + 1, failing_since = coalesce(failing_since, $3), retry_at = $4
where merchant_id = $1 and id = $2

-- name: disable_endpoint
-- Nothing is sent there until a person enables it; whoever else the merchant has for alarms is told. Nothing when it was
-- disabled meanwhile.
with disabled as (
    update fiscal.webhook_endpoint
    set enabled = false, disabled_why = $3, updated_at = $4
    where merchant_id = $1 and id = $2 and enabled
    returning merchant_id, id, url
),
told as (
    insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, nth, type, happened_at, due_at, detail)
    select d.merchant_id, e.id, d.id, 0, (extract(epoch from $4::timestamptz) * 1000)::bigint, 'webhook.disabled', $4, $4,
           jsonb_build_object('webhook', d.id::text, 'url', d.url, 'reason', $3::text)
    from disabled d
    join fiscal.webhook_endpoint e
        on e.merchant_id = d.merchant_id and e.id <> d.id and 'webhook.disabled' = any (e.event_types)
    on conflict do nothing
)
select id from disabled

-- name: disabled_endpoints
-- Endpoints that were given up, of a merchant or of all.
select merchant_id, id, url, disabled_why, updated_at from fiscal.webhook_endpoint
where not enabled and disabled_why is not null and ($1::bigint is null or merchant_id = $1)
order by merchant_id, id

-- name: troubled_endpoints
-- Endpoints that a person should look at, of a merchant or of all that are seen: given up; with messages that have been tried
-- since before $2 (those of a disabled one wait for a person); with messages that were given up after $3. Both are counted up
-- to $4.
select e.merchant_id, e.id, e.url, e.disabled_why, o.overdue, u.undelivered
from fiscal.webhook_endpoint e
cross join lateral (
    select count(*) as overdue from (
        select from fiscal.webhook_message m
        where m.merchant_id = e.merchant_id and m.endpoint_id = e.id and m.state = 'WAITING' and m.tried_since <= $2
          and e.enabled
        limit $4) m
) o
cross join lateral (
    select count(*) as undelivered from (
        select from fiscal.webhook_message m
        where m.merchant_id = e.merchant_id and m.endpoint_id = e.id and m.state = 'FAILED' and m.finished_at > $3
        limit $4) m
) u
where ($1::bigint is null or e.merchant_id = $1)
  and ((not e.enabled and e.disabled_why is not null) or o.overdue > 0 or u.undelivered > 0)
order by e.merchant_id, e.id
