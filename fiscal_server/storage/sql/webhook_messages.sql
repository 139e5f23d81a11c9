-- Messages about receipts, batches and slots are written where those change: queue.sql, kkts.sql, slots.sql, batches.sql,
-- adoption.sql. Stages of a receipt: 1 parked, 2 cancelled, 3 registered, 4 confirmed.

-- name: tell_one
-- A message to one endpoint that nothing else says.
insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at, detail)
values ($1, $2, $3, 0, $4, $5, $5, $6)

-- name: claim_messages
-- The messages of an endpoint that are due, oldest first, one of each subject: its first that is not finished (a scalar
-- sub-select and not an anti-join, and changed where they lie, as in claim_receipts: statistics lag behind). Locked ones are
-- passed over: another process has them. They are ours until a moment ($4), then due again whatever became of us.
with head as (
    select m.ctid as place
    from fiscal.webhook_message m
    where m.merchant_id = $1 and m.endpoint_id = $2 and m.state = 'WAITING' and m.due_at <= $3
      and (m.stage, m.nth) = (
          select p.stage, p.nth from fiscal.webhook_message p
          where p.merchant_id = m.merchant_id and p.endpoint_id = m.endpoint_id and p.subject_id = m.subject_id
            and p.finished_at is null
          order by p.stage, p.nth
          limit 1)
    order by m.due_at
    limit $5
    for update of m skip locked
)
update fiscal.webhook_message m
set due_at = $4, attempts = m.attempts + 1, tried_since = coalesce(m.tried_since, $3)
from head h
where m.ctid = h.place and m.merchant_id = $1 and m.endpoint_id = $2 and m.finished_at is null and m.due_at <= $3
returning m.subject_id, m.stage, m.nth, m.type, m.happened_at, m.tried_since, m.detail

-- name: record_attempt
-- What came of a message that was sent; one that is finished meanwhile stays so. By its whole key, one at a time: a join of
-- several is planned badly while statistics lag behind.
update fiscal.webhook_message
set state = $6, due_at = coalesce($7, due_at), status = $8, error = $9,
    finished_at = case when $6::text = 'WAITING' then null else $10::timestamptz end
where merchant_id = $1 and endpoint_id = $2 and subject_id = $3 and stage = $4 and nth = $5 and finished_at is null

-- name: begin_anew
-- An endpoint has a clean slate: so have the messages that wait for it.
update fiscal.webhook_message
set due_at = $3, tried_since = null
where merchant_id = $1 and endpoint_id = $2 and state = 'WAITING'

-- name: replay_message
-- Send a message once more.
update fiscal.webhook_message
set state = 'WAITING', due_at = $6, tried_since = null, finished_at = null
where merchant_id = $1 and endpoint_id = $2 and subject_id = $3 and stage = $4 and nth = $5
returning type

-- name: replay_range
-- Send once more what happened in a span of time: everything that is finished, or what failed alone.
update fiscal.webhook_message
set state = 'WAITING', due_at = $6, tried_since = null, finished_at = null
where merchant_id = $1 and endpoint_id = $2 and happened_at >= $3 and happened_at < $4
  and state in ('DELIVERED', 'FAILED') and ($5::text is null or state = $5)

-- name: newest_messages
-- A page of an endpoint's messages, newest first, behind a given place.
select subject_id, stage, nth, type, state, happened_at, due_at, attempts, status, error, finished_at
from fiscal.webhook_message
where merchant_id = $1 and endpoint_id = $2 and ($3::text is null or state = $3)
  and (happened_at, subject_id, stage, nth) < ($4, $5::bigint, $6::smallint, $7::bigint)
order by happened_at desc, subject_id desc, stage desc, nth desc
limit $8

-- name: forget_messages
-- Messages of long ago, a piece at a time, whatever became of them.
delete from fiscal.webhook_message
where ctid = any (array(
    select old.ctid
    from fiscal.webhook_endpoint e
    cross join lateral (
        select m.ctid from fiscal.webhook_message m
        where m.merchant_id = e.merchant_id and m.endpoint_id = e.id and m.happened_at < $1
        limit $2
        for update skip locked
    ) old
    limit $2
))

-- name: forget_orphans
-- Messages that were written while their endpoint was deleted.
delete from fiscal.webhook_message m
where not exists (select from fiscal.webhook_endpoint e where e.merchant_id = m.merchant_id and e.id = m.endpoint_id)

-- name: count_waiting_messages
-- Messages that wait, of all endpoints; for monitoring.
select count(*) from fiscal.webhook_message where state = 'WAITING'

-- name: batches_told
-- What messages about batches say.
select id, idempotency_key, events, accepted, duplicates, rejected, receipts from fiscal.batch
where merchant_id = $1 and id = any ($2::bigint[])

-- name: try_alarm_turn
-- One process a moment compares the alarms of a merchant.
select pg_try_advisory_xact_lock(hashtextextended('fiscal.raised_alarm', $1))

-- name: listeners_to_alarms
-- Merchants that want to hear of alarms.
select distinct merchant_id from fiscal.webhook_endpoint
where event_types && array['alarm.raised', 'alarm.cleared']
order by merchant_id

-- name: raise_alarms
-- Alarms that stand now and did not before, and their messages.
with new as (
    insert into fiscal.raised_alarm (merchant_id, id, code, cassette_id, kkt_id, severity, detail, raised_at)
    select $1, a.id, a.code, a.cassette_id, a.kkt_id, a.severity, a.detail, $8
    from unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::smallint[], $7::jsonb[])
        as a (id, code, cassette_id, kkt_id, severity, detail)
    on conflict do nothing
    returning merchant_id, id, detail
)
insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at, detail)
select n.merchant_id, e.id, n.id, 0, 'alarm.raised', $8, $8, n.detail
from new n
join fiscal.webhook_endpoint e on e.merchant_id = n.merchant_id and 'alarm.raised' = any (e.event_types)
on conflict do nothing

-- name: clear_alarms
-- Alarms that stood and stand no more, and their messages.
with gone as (
    delete from fiscal.raised_alarm r
    where r.merchant_id = $1
      and not exists (
          select from unnest($2::text[], $3::bigint[], $4::bigint[], $5::smallint[]) as a (code, cassette_id, kkt_id, severity)
          where r.code = a.code and r.cassette_id = a.cassette_id and r.kkt_id = a.kkt_id and r.severity = a.severity)
    returning r.merchant_id, r.id, r.detail
)
insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at, detail)
select g.merchant_id, e.id, g.id, 1, 'alarm.cleared', $6, $6, g.detail
from gone g
join fiscal.webhook_endpoint e on e.merchant_id = g.merchant_id and 'alarm.cleared' = any (e.event_types)
on conflict do nothing
