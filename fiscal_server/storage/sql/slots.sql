-- name: read_rules
-- What a cassette wants otherwise than by default.
select rules from fiscal.cassette
where merchant_id = $1 and id = $2

-- name: set_rules
-- The cassette works by these rules from the next turn of each of its KKTs on.
update fiscal.cassette
set rules = $3
where merchant_id = $1 and id = $2

-- name: set_work
-- How many slots work at once, and whether an FN that gave way is closed; null leaves it as it is.
update fiscal.cassette
set parallel = coalesce($3, parallel), close_archive = coalesce($4, close_archive)
where merchant_id = $1 and id = $2
returning parallel, close_archive

-- name: move_slot
-- Moves a slot by a table of states: $3 are those from which it may move, $4 where each leads. Nothing when it stands
-- elsewhere. What made it wait or get warm ends with its state.
with moved as (
    update fiscal.kkt k
    set state = t.target::fiscal.slot_state, fault = $5, warm_since = null, warm_for = null, updated_at = $6
    from unnest($3::text[], $4::text[]) as t (source, target)
    where k.merchant_id = $1 and k.id = $2 and k.state = t.source::fiscal.slot_state
    returning k.merchant_id, k.id, k.cassette_id, k.slot, k.fn_number, k.fault, t.source, t.target
),
told as (
    insert into fiscal.webhook_message (merchant_id, endpoint_id, subject_id, stage, nth, type, happened_at, due_at, detail)
    select m.merchant_id, e.id, m.id, 0, (extract(epoch from $6::timestamptz) * 1000)::bigint, 'slot.faulty', $6, $6,
           jsonb_build_object('kkt', m.id::text, 'cassette', m.cassette_id::text, 'slot', m.slot,
                              'fn_number', m.fn_number, 'fault', m.fault)
    from moved m
    join fiscal.webhook_endpoint e on e.merchant_id = m.merchant_id and 'slot.faulty' = any (e.event_types)
    where m.target = 'FAULTY'
    on conflict do nothing
)
select source from moved

-- name: lock_cassette
-- Rotations of one cassette happen one after another.
select parallel from fiscal.cassette
where merchant_id = $1 and id = $2
for no key update

-- name: activate_slots
-- As many READY slots as the cassette lacks: those whose shift is open for it first, then in their order. Those whose
-- device was of no use when they were at work come behind all others, the latest last: else two of them would take turns
-- for ever before one that is in order. A slot out of reach takes no part in this, nor one that a person paused.
update fiscal.kkt
set state = 'ACTIVE', warm_since = null, warm_for = null, updated_at = $4
where merchant_id = $1 and id in (
    select s.id from fiscal.kkt s
    where s.merchant_id = $1 and s.cassette_id = $2 and s.state = 'READY' and s.unreachable_since is null
      and s.paused_since is null
    order by s.warm_since, (
        select max(r.rotated_at) from fiscal.rotation r
        where r.merchant_id = s.merchant_id and r.from_kkt_id = s.id and r.reason like 'unreachable:%') nulls first, slot
    limit greatest(0, $3 - (
        select count(*) from fiscal.kkt where merchant_id = $1 and cassette_id = $2 and state = 'ACTIVE'))
)
returning id

-- name: next_slot
-- The slot that would be activated next, and whether its shift is open; ordered as in activate_slots.
select id, shift_opened_at is not null as shift_open
from fiscal.kkt s
where merchant_id = $1 and cassette_id = $2 and state = 'READY' and unreachable_since is null and paused_since is null
order by s.warm_since, (
    select max(r.rotated_at) from fiscal.rotation r
    where r.merchant_id = s.merchant_id and r.from_kkt_id = s.id and r.reason like 'unreachable:%') nulls first, slot
limit 1

-- name: cassette_works
-- Whether a cassette has a slot that makes receipts or can take over; one out of reach does neither.
select exists (
    select from fiscal.kkt
    where merchant_id = $1 and cassette_id = $2 and state in ('ACTIVE', 'READY') and unreachable_since is null
      and paused_since is null)

-- name: has_successor
-- Whether a slot at work has a spare that gets ready for it alone.
select exists (
    select from fiscal.kkt
    where merchant_id = $1 and cassette_id = $2 and warm_for = $3 and state = 'READY' and unreachable_since is null
      and paused_since is null)

-- name: warm_slot
-- The first spare that gets ready for nobody who is still at work is needed soon, by $3. Every slot at work has a spare
-- of its own: those that end together need as many. Hold the cassette (lock_cassette).
update fiscal.kkt
set warm_since = coalesce(warm_since, $4), warm_for = $3, updated_at = $4
where merchant_id = $1 and id = (
    select s.id from fiscal.kkt s
    where s.merchant_id = $1 and s.cassette_id = $2 and s.state = 'READY' and s.unreachable_since is null
      and s.paused_since is null
      and not exists (
          select from fiscal.kkt a
          where a.merchant_id = $1 and a.id = s.warm_for and a.state = 'ACTIVE')
    order by s.warm_since, (
        select max(r.rotated_at) from fiscal.rotation r
        where r.merchant_id = s.merchant_id and r.from_kkt_id = s.id and r.reason like 'unreachable:%') nulls first, slot
    limit 1)
returning id

-- name: note_reach
-- Since when the device does not answer ($3; null: it answers); the first moment is kept.
update fiscal.kkt
set unreachable_since = case when $3::timestamptz is null then null else coalesce(unreachable_since, $3) end
where merchant_id = $1 and id = $2

-- name: pause_slot
-- A person pauses a KKT ($3) or lets it go on (null).
update fiscal.kkt
set paused_since = $3
where merchant_id = $1 and id = $2

-- name: note_checked
-- Totals of the shifts up to this one agree, or a person accepts them as they are.
update fiscal.kkt
set checked_shift = $3
where merchant_id = $1 and id = $2 and checked_shift < $3

-- name: record_rotation
-- Why one slot gave way to another.
insert into fiscal.rotation (merchant_id, id, cassette_id, from_kkt_id, to_kkt_id, reason, rotated_at)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: record_condition
-- What the FN says of its own resources.
update fiscal.kkt
set documents_left = $3, valid_until = $4, warnings = $5, updated_at = $6
where merchant_id = $1 and id = $2 and lease_generation = $7

-- name: closing_of_shift
-- The closing report of a shift and the first document of the shift. Documents of one FN lie in the order of their
-- numbers, and both are near the end.
select closing.fd_number as closing_fd, (
    select opening.fd_number from fiscal.fiscal_document opening
    where opening.merchant_id = $1 and opening.fn_number = $2 and opening.form = 2 and opening.fd_number < closing.fd_number
    order by opening.fd_number desc
    limit 1) as opening_fd
from fiscal.fiscal_document closing
where closing.merchant_id = $1 and closing.fn_number = $2 and closing.form = 5 and closing.shift_number = $3
order by closing.fd_number desc
limit 1

-- name: receipts_between
-- Receipts and corrections of an FN between two documents, by form and sign; also those that were taken over from the FN
-- and belong to no receipt of ours (adoption.sql).
select d.form, coalesce(r.sign, a.sign) as sign, count(*) as receipts, sum(d.total_kopecks)::bigint as total_kopecks
from fiscal.fiscal_document d
left join fiscal.receipt r on r.merchant_id = d.merchant_id and r.id = d.id
left join fiscal.adopted_receipt a
    on a.merchant_id = d.merchant_id and a.fn_number = d.fn_number and a.fd_number = d.fd_number
where d.merchant_id = $1 and d.fn_number = $2 and d.fd_number > $3 and d.fd_number < $4 and d.form in (3, 4, 31, 41)
  and coalesce(r.sign, a.sign) is not null
group by d.form, coalesce(r.sign, a.sign)
