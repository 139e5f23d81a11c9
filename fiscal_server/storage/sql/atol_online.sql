-- name: add_group
-- A group code and the cassette that it stands for.
insert into fiscal.atol_group (code, merchant_id, cassette_id, version, created_at)
values ($1, $2, $3, $4, $5)

-- name: find_group
-- A group with what its merchant's rules say.
select g.code, g.merchant_id, g.cassette_id, g.version, m.rules
from fiscal.atol_group g
join fiscal.merchant m on m.id = g.merchant_id
where g.code = $1

-- name: list_groups
-- All groups, for people.
select g.code, m.name as merchant, c.name as cassette, g.version
from fiscal.atol_group g
join fiscal.merchant m on m.id = g.merchant_id
join fiscal.cassette c on c.merchant_id = g.merchant_id and c.id = g.cassette_id
order by g.code

-- name: remove_group
-- Addresses with this code lead nowhere from now on; documents stay.
delete from fiscal.atol_group
where code = $1

-- name: add_login
-- A password is kept as its hash.
insert into fiscal.atol_login (login, merchant_id, password_hash, created_at)
values ($1, $2, $3, $4)

-- name: find_login
-- Whose login this is, and its token.
select login, merchant_id, password_hash, token_hash, token_issued_at, blocked_at from fiscal.atol_login
where login = $1

-- name: find_token
-- Whose token this is.
select login, merchant_id, password_hash, token_hash, token_issued_at, blocked_at from fiscal.atol_login
where token_hash = $1

-- name: list_logins
-- All logins, for people.
select l.login, m.name as merchant, l.blocked_at
from fiscal.atol_login l
join fiscal.merchant m on m.id = l.merchant_id
order by l.login

-- name: block_login
-- A login is blocked (null: no longer); its token goes with it.
update fiscal.atol_login set blocked_at = $2
where login = $1
returning login

-- name: issue_token
-- A new token, if nobody has issued one since the row was read ($4).
update fiscal.atol_login set token_hash = $2, token_issued_at = $3
where login = $1 and token_issued_at is not distinct from $4

-- name: store_singles
-- Finished receipts without accounts, of any merchants, each with the key that makes it happen once: those whose key is free
-- get their event, their receipt, their place in the queue and, if asked for, a row of the callback outbox. Gives the ids of
-- these. Keys are taken in order, so two that store the same ones wait and do not deadlock.
with given as (
    select * from unnest(
        $1::bigint[], $2::bigint[], $3::text[], $4::bytea[], $5::text[], $6::bytea[], $7::smallint[], $8::smallint[],
        $9::bigint[], $10::bytea[], $11::bigint[], $12::date[], $13::text[]
    ) as g (merchant_id, id, key, body_hash, type, event, form, sign, total_kopecks, receipt, cassette_id, due_on, url)
),
claimed as (
    insert into fiscal.event_key (merchant_id, key, event_id, body_hash)
    select merchant_id, key, id, body_hash from given
    order by merchant_id, key
    on conflict (merchant_id, key) do nothing
    returning merchant_id, event_id as id
),
events as (
    insert into fiscal.event (merchant_id, id, key, type, body, received_at)
    select merchant_id, id, key, type, event, $14 from given join claimed using (merchant_id, id)
),
receipts as (
    insert into fiscal.receipt (
        merchant_id, id, event_id, event_key, form, sign, total_kopecks, register_group, body, created_at)
    select merchant_id, id, id, key, form, sign, total_kopecks, '', receipt, $14 from given join claimed using (merchant_id, id)
),
queued as (
    insert into fiscal.queue (merchant_id, receipt_id, cassette_id, state, deadline, updated_at)
    select merchant_id, id, cassette_id, 'QUEUED', due_on, $14 from given join claimed using (merchant_id, id)
),
to_be_told as (
    insert into fiscal.atol_callback (merchant_id, receipt_id, url, due_at)
    select merchant_id, id, url, $14 from given join claimed using (merchant_id, id)
    where url is not null
),
announced as (
    select count(pg_notify('fiscal_queue', merchant_id::text)) as merchants from (select distinct merchant_id from claimed) m
)
select claimed.id from claimed, announced

-- name: find_singles
-- Ids of receipts by merchant and key.
select k.merchant_id, k.key, k.event_id
from unnest($1::bigint[], $2::text[]) as g (merchant_id, key)
join fiscal.event_key k using (merchant_id, key)

-- name: read_reports
-- Documents with all that is told of them: where they stand, and what made them.
select r.merchant_id, r.id, r.event_key, r.sign, r.total_kopecks, q.state::text as state, q.error, q.updated_at,
       d.fn_number, d.fd_number, d.fiscal_sign, d.issued_at, d.shift_number, d.number_in_shift, d.recorded_at,
       k.registration_number, k.address, k.ofd_address, k.slot, e.body as request
from unnest($1::bigint[], $2::bigint[]) as g (merchant_id, id)
join fiscal.receipt r on r.merchant_id = g.merchant_id and r.id = g.id
join fiscal.event e on e.merchant_id = g.merchant_id and e.id = g.id
left join fiscal.queue q on q.merchant_id = g.merchant_id and q.receipt_id = g.id
left join fiscal.fiscal_document d on d.merchant_id = g.merchant_id and d.id = g.id
left join fiscal.kkt k on k.merchant_id = d.merchant_id and k.id = d.kkt_id

-- name: give_up_refused
-- A device's refusal is told to whoever sent the document, who corrects it and sends another one: this one is never made,
-- and webhooks hear of it as of any receipt that is withdrawn, with the device's words.
with parked as (
    select w.merchant_id, w.receipt_id from fiscal.queue w
    join fiscal.receipt r on r.merchant_id = w.merchant_id and r.id = w.receipt_id
    where w.state = 'REFUSED' and r.event_key like 'atol|%'
    limit 1000
    for update of w skip locked
),
given_up as (
    update fiscal.queue q
    set state = 'CANCELLED', updated_at = $1
    from parked
    where q.merchant_id = parked.merchant_id and q.receipt_id = parked.receipt_id and q.state = 'REFUSED'
    returning q.merchant_id, q.receipt_id, q.error
)
insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at, detail)
select g.merchant_id, e.id, g.receipt_id, 2, 'receipt.cancelled', $1, $1, jsonb_build_object('error', g.error)
from given_up g
join fiscal.webhook_endpoint e on e.merchant_id = g.merchant_id and 'receipt.cancelled' = any (e.event_types)
on conflict do nothing

-- name: give_up_waiting
-- Documents that came before $2 (as an id) and that no device has begun; $3 says why, to webhooks as well.
with late as (
    select w.merchant_id, w.receipt_id from fiscal.queue w
    join fiscal.receipt r on r.merchant_id = w.merchant_id and r.id = w.receipt_id
    where w.state in ('COMPUTED', 'QUEUED') and w.receipt_id < $2 and r.event_key like 'atol|%'
    limit 1000
    for update of w skip locked
),
given_up as (
    update fiscal.queue q
    set state = 'CANCELLED', error = $3, updated_at = $1
    from late
    where q.merchant_id = late.merchant_id and q.receipt_id = late.receipt_id and q.state in ('COMPUTED', 'QUEUED')
    returning q.merchant_id, q.receipt_id, q.error
)
insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at, detail)
select g.merchant_id, e.id, g.receipt_id, 2, 'receipt.cancelled', $1, $1, jsonb_build_object('error', g.error)
from given_up g
join fiscal.webhook_endpoint e on e.merchant_id = g.merchant_id and 'receipt.cancelled' = any (e.event_types)
on conflict do nothing

-- name: claim_callbacks
-- Reports that are due: their documents are made, or given up. Whoever claims has until $2 to tell them. At most $3, and of
-- one host (with its port) at most $7: of those in $5 as many as $6 says, of those in $4 none, so that a host which takes
-- nothing holds up nobody else's reports.
with due as (
    select d.merchant_id, d.receipt_id, d.due_at, d.host,
           row_number() over (partition by d.host order by d.due_at) as place
    from (
        select w.merchant_id, w.receipt_id, w.due_at, h.host
        from fiscal.atol_callback w,
        lateral (select coalesce(lower(substring(w.url from '^https?://([^/?#]*)')), '') as host) h
        where w.due_at <= $1 and h.host <> all ($4::text[])
          and not exists (
              select from fiscal.queue q
              where q.merchant_id = w.merchant_id and q.receipt_id = w.receipt_id and q.state <> 'CANCELLED')
        order by w.due_at
        limit 1000
    ) d
),
chosen as (
    select w.merchant_id, w.receipt_id, d.host
    from due d
    join fiscal.atol_callback w on w.merchant_id = d.merchant_id and w.receipt_id = d.receipt_id and w.due_at <= $1
    left join unnest($5::text[], $6::int[]) as told (host, room) on told.host = d.host
    where d.place <= coalesce(told.room, $7)
    order by d.due_at
    limit $3
    for update of w skip locked
)
update fiscal.atol_callback c
set attempts = c.attempts + 1, due_at = $2
from chosen
where c.merchant_id = chosen.merchant_id and c.receipt_id = chosen.receipt_id
returning c.merchant_id, c.receipt_id, c.url, c.attempts, chosen.host

-- name: callback_taken
-- The receiver has the report.
delete from fiscal.atol_callback
where merchant_id = $1 and receipt_id = $2

-- name: callback_failed
-- It has not: once more at $3, or never again.
update fiscal.atol_callback
set due_at = $3, error = $4
where merchant_id = $1 and receipt_id = $2
