-- name: lock_owned_kkts
-- The KKTs of a group that still belong to who says so, locked in id order; a stale owner's are left out.
select k.merchant_id, k.id, k.cassette_id, k.state::text as state
from fiscal.kkt k
join unnest($1::bigint[], $2::bigint[], $3::bigint[]) as o (merchant_id, id, generation)
    on k.merchant_id = o.merchant_id and k.id = o.id and k.lease_generation = o.generation
order by k.merchant_id, k.id
for no key update of k

-- name: record_documents
-- Locks the KKTs of a group as lock_owned_kkts does, and stores documents that those of them made: a round trip for both.
-- Moves each KKT's last FD number by compare and set, so one FD belongs to one document; takes the receipts out of the
-- queue and the intents away. Gives whose are locked, what of them moved, and whether a receipt left.
-- A shift counts from its intent: the report may have been found hours later, and 24 hours must not be missed.
-- The state as text: as it is it fits the condition of queue_account, which would then be searched account by account.
with owned as (
    select k.merchant_id, k.id as kkt_id, k.cassette_id, k.state::text as state
    from fiscal.kkt k
    join unnest($14::bigint[], $15::bigint[], $16::bigint[]) as o (merchant_id, id, generation)
        on k.merchant_id = o.merchant_id and k.id = o.id and k.lease_generation = o.generation
    order by k.merchant_id, k.id
    for no key update of k
),
done as (
    select d.*
    from unnest(
        $1::bigint[], $2::bigint[], $3::bigint[], $4::smallint[], $5::text[], $6::int[], $7::bigint[], $8::timestamp[],
        $9::int[], $10::int[], $11::bigint[], $12::bigint[]
    ) as d (merchant_id, kkt_id, id, form, fn_number, fd_number, fiscal_sign, issued_at,
            shift_number, number_in_shift, total_kopecks, receipt_id)
    join owned using (merchant_id, kkt_id)
),
moved as (
    update fiscal.kkt k
    set last_fd = d.fd_number,
        shift_number = coalesce(d.shift_number, k.shift_number),
        shift_opened_at = case d.form
            when 2 then coalesce(
                (select i.created_at from fiscal.intent i where i.merchant_id = k.merchant_id and i.kkt_id = k.id), $13)
            when 5 then null
            else k.shift_opened_at end,
        updated_at = $13
    from done d
    where k.merchant_id = d.merchant_id and k.id = d.kkt_id
      and k.fn_number = d.fn_number and k.last_fd = d.fd_number - 1
    returning k.merchant_id, k.id as kkt_id
),
stored as (
    insert into fiscal.fiscal_document (
        merchant_id, id, kkt_id, form, fn_number, fd_number, fiscal_sign, issued_at,
        shift_number, number_in_shift, total_kopecks, recorded_at)
    select d.merchant_id, d.id, d.kkt_id, d.form, d.fn_number, d.fd_number, d.fiscal_sign, d.issued_at,
           d.shift_number, d.number_in_shift, d.total_kopecks, $13
    from done d join moved m using (merchant_id, kkt_id)
),
left_queue as (
    delete from fiscal.queue q
    using done d join moved m using (merchant_id, kkt_id)
    where q.merchant_id = d.merchant_id and q.receipt_id = d.receipt_id
      and q.kkt_id = d.kkt_id and q.state::text in ('REGISTERING', 'UNCERTAIN')
    returning q.merchant_id, q.kkt_id
),
fulfilled as (
    delete from fiscal.intent i
    using moved m
    where i.merchant_id = m.merchant_id and i.kkt_id = m.kkt_id
),
told as (
    insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at)
    select e.merchant_id, e.id, d.receipt_id, 3, 'receipt.registered', $13, $13
    from left_queue l
    join done d using (merchant_id, kkt_id)
    join fiscal.webhook_endpoint e on e.merchant_id = l.merchant_id and 'receipt.registered' = any (e.event_types)
    on conflict do nothing
)
select o.merchant_id, o.kkt_id, o.cassette_id, o.state, m.kkt_id is not null as moved, l.kkt_id is not null as receipt_left
from owned o
left join moved m using (merchant_id, kkt_id)
left join left_queue l using (merchant_id, kkt_id)

-- name: claim_receipts
-- The most urgent receipts of a cassette, one for each KKT that waits: deadline first, then arrival. A receipt waits
-- while an earlier one of its account is unfinished: it must be the first of those itself (a scalar sub-select, because
-- an anti-join is planned badly while the statistics lag behind). Locks rows in that order, skipping locked ones, and
-- changes them where they lie (ctid): without statistics any index that begins with the merchant looks as good as the key.
-- A merchant on hold (adoption.sql) gives none. Each is written down as its KKT's intent.
with head as (
    select q.ctid as place
    from fiscal.queue q
    where q.merchant_id = $1 and q.cassette_id = $2 and q.state = 'QUEUED'
      and q.receipt_id = coalesce((
          select p.receipt_id from fiscal.queue p
          where p.merchant_id = q.merchant_id and p.account_id = q.account_id
            and p.state in ('COMPUTED', 'QUEUED', 'REGISTERING', 'UNCERTAIN')
          order by p.receipt_id
          limit 1), q.receipt_id)
      and not exists (select from fiscal.hold h where h.merchant_id = $1)
    order by q.deadline, q.receipt_id
    limit cardinality($3::bigint[])
    for update of q skip locked
),
paired as (
    select h.place, w.kkt_id
    from (select place, row_number() over () as n from head) h
    join unnest($3::bigint[]) with ordinality as w (kkt_id, n) using (n)
),
claimed as (
    update fiscal.queue q
    set state = 'REGISTERING', kkt_id = p.kkt_id, attempts = q.attempts + 1, updated_at = $4
    from paired p
    where q.ctid = p.place and q.merchant_id = $1 and q.state = 'QUEUED'
    returning q.receipt_id, q.kkt_id
),
taken as (
    select c.kkt_id, c.receipt_id, r.form, r.body
    from claimed c
    join fiscal.receipt r on r.merchant_id = $1 and r.id = c.receipt_id
),
intended as (
    insert into fiscal.intent (merchant_id, kkt_id, form, receipt_id, fn_number, expected_fd, generation, created_at)
    select k.merchant_id, k.id, t.form, t.receipt_id, k.fn_number, k.last_fd + 1, k.lease_generation, $4
    from taken t
    join fiscal.kkt k on k.merchant_id = $1 and k.id = t.kkt_id
)
select kkt_id, receipt_id, form, body from taken

-- name: write_intents
-- What each KKT is about to create that is no receipt; committed before the command that can create it.
insert into fiscal.intent (merchant_id, kkt_id, form, receipt_id, fn_number, expected_fd, generation, created_at)
select i.merchant_id, i.kkt_id, i.form, null, k.fn_number, k.last_fd + 1, k.lease_generation, $4
from unnest($1::bigint[], $2::bigint[], $3::smallint[]) as i (merchant_id, kkt_id, form)
join fiscal.kkt k on k.merchant_id = i.merchant_id and k.id = i.kkt_id

-- name: find_intent
-- What a KKT was about to create when its owner stopped, with the receipt if it was one.
select i.form, i.receipt_id, i.fn_number, i.expected_fd, q.state::text as state, r.body, r.total_kopecks
from fiscal.intent i
left join fiscal.queue q on q.merchant_id = i.merchant_id and q.receipt_id = i.receipt_id
left join fiscal.receipt r on r.merchant_id = i.merchant_id and r.id = i.receipt_id
where i.merchant_id = $1 and i.kkt_id = $2

-- name: mark_uncertain
-- The answer was lost: the device is asked before anything is sent again.
update fiscal.queue
set state = 'UNCERTAIN', updated_at = $4
where merchant_id = $1 and receipt_id = $2 and kkt_id = $3 and state = 'REGISTERING'

-- name: mark_intended_uncertain
-- A slot stops with a receipt in its hands: whether it was made is a question for people.
update fiscal.queue q
set state = 'UNCERTAIN', updated_at = $3
from fiscal.intent i
where i.merchant_id = $1 and i.kkt_id = $2
  and q.merchant_id = i.merchant_id and q.receipt_id = i.receipt_id and q.kkt_id = i.kkt_id and q.state = 'REGISTERING'

-- name: release_receipt
-- The device has no such document: the receipt waits again as before.
update fiscal.queue
set state = 'QUEUED', kkt_id = null, updated_at = $4
where merchant_id = $1 and receipt_id = $2 and kkt_id = $3 and state in ('REGISTERING', 'UNCERTAIN')

-- name: park_receipt
-- The device said no to the receipt itself; its words are kept, the rest goes on. A receipt may be parked again later:
-- its attempts tell the messages apart.
with parked as (
    update fiscal.queue
    set state = 'REFUSED', kkt_id = null, refusals = refusals + 1, error = $4, updated_at = $5
    where merchant_id = $1 and receipt_id = $2 and kkt_id = $3 and state = 'REGISTERING'
    returning merchant_id, receipt_id, attempts, error
)
insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, nth, type, happened_at, due_at, detail)
select p.merchant_id, e.id, p.receipt_id, 1, p.attempts, 'receipt.parked', $5, $5, jsonb_build_object('error', p.error)
from parked p
join fiscal.webhook_endpoint e on e.merchant_id = p.merchant_id and 'receipt.parked' = any (e.event_types)
on conflict do nothing

-- name: count_refusal
-- The device said no to the receipt, not yet as often as parks it ($5): it waits again, the words are kept.
update fiscal.queue
set state = 'QUEUED', kkt_id = null, refusals = refusals + 1, error = $4, updated_at = $6
where merchant_id = $1 and receipt_id = $2 and kkt_id = $3 and state = 'REGISTERING' and refusals + 1 < $5
returning receipt_id

-- name: retry_receipt
-- A parked receipt goes into the queue again, with a clean slate.
update fiscal.queue
set state = 'QUEUED', refusals = 0, error = null, updated_at = $3
where merchant_id = $1 and receipt_id = $2 and state = 'REFUSED'

-- name: hasten_returned
-- A receipt that waits again is as urgent as what came behind it meanwhile (receipts.sql, late_accounts), and so is what
-- waits before it: a parked receipt may have come back while a later one of its account was in hand.
update fiscal.queue r
set deadline = behind.deadline
from (
    select q.account_id, min(w.deadline) as deadline
    from fiscal.queue q
    join fiscal.queue w
        on w.merchant_id = q.merchant_id and w.account_id = q.account_id and w.receipt_id >= q.receipt_id
    where q.merchant_id = $1 and q.receipt_id = $2 and w.state in ('COMPUTED', 'QUEUED')
    group by q.account_id
) as behind
where r.merchant_id = $1 and r.account_id = behind.account_id and r.receipt_id <= $2 and r.deadline > behind.deadline
  and r.state in ('COMPUTED', 'QUEUED')

-- name: drop_intent
-- What was intended was not made.
delete from fiscal.intent
where merchant_id = $1 and kkt_id = $2

-- name: count_in_hand
-- Receipts that a KKT may have made, and nobody knows.
select count(*) from fiscal.queue
where merchant_id = $1 and kkt_id = $2 and state in ('REGISTERING', 'UNCERTAIN')

-- name: route_receipts
-- Receipts that came before their merchant had a cassette.
update fiscal.queue
set state = 'QUEUED', cassette_id = $2, updated_at = $3
where merchant_id = $1 and state = 'COMPUTED' and cassette_id is null

-- name: count_queue
-- How many receipts stand in each unfinished state.
select state::text as state, count(*) as receipts
from fiscal.queue
where $1::bigint is null or merchant_id = $1
group by state

-- name: count_waiting
-- Receipts that are still to be made, by cassette and the KKT that has them in hand. first: those that no earlier receipt
-- of their account holds back.
select w.cassette_id, w.kkt_id, w.first, count(*) as receipts
from (
    select q.cassette_id, q.kkt_id,
           not exists (
               select from fiscal.queue p
               where p.merchant_id = q.merchant_id and p.account_id = q.account_id and p.receipt_id < q.receipt_id
                 and p.state in ('COMPUTED', 'QUEUED', 'REGISTERING', 'UNCERTAIN')) as first
    from fiscal.queue q
    where q.state in ('COMPUTED', 'QUEUED', 'REGISTERING', 'UNCERTAIN')
) w
group by w.cassette_id, w.kkt_id, w.first

-- name: count_by_cassette
-- How many receipts wait for each cassette; for monitoring.
select c.id, count(q.receipt_id) as receipts
from fiscal.cassette c
left join fiscal.queue q on q.merchant_id = c.merchant_id and q.cassette_id = c.id and q.state <> 'CANCELLED'
group by c.merchant_id, c.id

-- name: announce
-- Wakes dispatchers: there is work for a merchant.
select pg_notify('fiscal_queue', $1)

-- name: hold_unmade
-- Locks those of the named receipts that no device has begun, in id order. Whoever claims passes over a locked row, and
-- a row that was being claimed is judged by the state that the claim left.
select receipt_id from fiscal.queue
where merchant_id = $1 and receipt_id = any ($2::bigint[]) and state in ('COMPUTED', 'QUEUED', 'REFUSED')
order by receipt_id
for update

-- name: cancel_receipts
-- Receipts of payments that were taken back before any receipt was made.
with withdrawn as (
    update fiscal.queue
    set state = 'CANCELLED', updated_at = $3
    where merchant_id = $1 and receipt_id = any ($2::bigint[]) and state in ('COMPUTED', 'QUEUED', 'REFUSED')
    returning merchant_id, receipt_id
)
insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, type, happened_at, due_at)
select w.merchant_id, e.id, w.receipt_id, 2, 'receipt.cancelled', $3, $3
from withdrawn w
join fiscal.webhook_endpoint e on e.merchant_id = w.merchant_id and 'receipt.cancelled' = any (e.event_types)
on conflict do nothing
