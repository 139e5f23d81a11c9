-- Cassettes as people look after them, merchant by merchant. Nothing here counts the rows of a big table: what an FN holds
-- its own counters say, a document of it is found by its number.

-- name: cassettes_by_need
-- Every cassette of these merchants, those that need a person first: 3 nothing works or a slot stands still, 2 a device is
-- silent or paused, 1 its FNs are nearly full, 0 nothing to do.
select c.merchant_id, c.id as cassette_id,
       case when bool_or(k.state = 'FAULTY') or not coalesce(bool_or(k.state = 'ACTIVE'), false) then 3
            when bool_or(k.state in ('ACTIVE', 'READY') and (k.unreachable_since is not null or k.paused_since is not null))
                then 2
            when bool_or(k.state = 'ACTIVE' and (k.documents_left::bigint * 10 < k.last_fd::bigint + k.documents_left
                                                 or k.valid_until < $2::date + 30)) then 1
            else 0 end as need
from fiscal.cassette c
left join fiscal.kkt k on k.merchant_id = c.merchant_id and k.cassette_id = c.id
where c.merchant_id = any ($1)
group by c.merchant_id, c.id
order by need desc, c.merchant_id, c.id

-- name: cassette_slots
-- Cassettes of these merchants (one cassette when $2 names it) with all that is known of their slots, in order; a cassette
-- without slots gives one row of nulls. The oldest document that the operator lacks is the one after the last it has.
select c.merchant_id, c.id as cassette_id, c.name as cassette, c.parallel, c.close_archive, c.rules,
       k.id, k.slot, k.address, k.ofd_address, k.fn_number, k.registration_number, k.ffd, k.emulated, k.state::text as state,
       k.last_fd, k.acked_fd, k.shift_number, k.shift_opened_at, k.documents_left, k.valid_until, k.warnings, k.fault,
       k.unreachable_since, k.paused_since, k.warm_since, k.home_node, k.lease_node,
       (select d.recorded_at from fiscal.fiscal_document d
        where k.acked_fd < k.last_fd and d.merchant_id = k.merchant_id and d.fn_number = k.fn_number
          and d.fd_number = k.acked_fd + 1
        limit 1) as unconfirmed_since,
       (select d.issued_at from fiscal.fiscal_document d
        where d.merchant_id = k.merchant_id and d.fn_number = k.fn_number and d.fd_number = 1
        limit 1) as registered_at
from fiscal.cassette c
left join fiscal.kkt k on k.merchant_id = c.merchant_id and k.cassette_id = c.id
where c.merchant_id = any ($1) and ($2::bigint is null or c.id = $2)
order by c.merchant_id, c.id, k.slot

-- name: cassette_rotations
-- The newest rotations of a cassette, or those in which one slot gave way or took over.
select r.id, r.rotated_at, r.reason, r.from_kkt_id, f.slot as from_slot, f.fn_number as from_fn, r.to_kkt_id,
       t.slot as to_slot, t.fn_number as to_fn
from fiscal.rotation r
join fiscal.kkt f on f.merchant_id = r.merchant_id and f.id = r.from_kkt_id
left join fiscal.kkt t on t.merchant_id = r.merchant_id and t.id = r.to_kkt_id
where r.merchant_id = $1 and r.cassette_id = $2
  and ($3::bigint is null or r.from_kkt_id = $3 or r.to_kkt_id = $3)
order by r.id desc
limit $4

-- name: receipts_for_a_person
-- Receipts of a cassette, or in the hands of one KKT, that cannot go on by themselves: parked ones and those whose device
-- has not said whether it made them; newest first.
select q.receipt_id as id, q.state::text as state, q.error, q.updated_at, q.kkt_id, r.total_kopecks, r.form, r.body,
       (select a.code from fiscal.account a where a.merchant_id = q.merchant_id and a.id = q.account_id) as account
from (
    select w.merchant_id, w.receipt_id, w.state, w.error, w.updated_at, w.kkt_id, w.account_id
    from fiscal.queue w
    where w.merchant_id = $1 and w.state in ('REFUSED', 'UNCERTAIN') and w.cassette_id = $2
      and ($3::bigint is null or w.kkt_id = $3)
    order by w.receipt_id desc
    limit $4
) q
join fiscal.receipt r on r.merchant_id = q.merchant_id and r.id = q.receipt_id
order by q.receipt_id desc
