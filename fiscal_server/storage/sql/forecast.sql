-- name: count_days
-- Receipts of days that are over and not counted yet: one row a merchant and day, from the day of its first receipt on.
-- $1 days, $2 the first id of each, $3 the first id after it.
insert into fiscal.receipt_day (merchant_id, day, receipts)
select m.id, d.day, (
    select count(*) from fiscal.receipt r
    where r.merchant_id = m.id and r.id >= d.first_id and r.id < d.next_id)
from fiscal.merchant m
cross join unnest($1::date[], $2::bigint[], $3::bigint[]) as d (day, first_id, next_id)
where d.next_id > (select min(f.id) from fiscal.receipt f where f.merchant_id = m.id)
  and not exists (select from fiscal.receipt_day x where x.merchant_id = m.id and x.day = d.day)
on conflict do nothing

-- name: slots_ahead
-- Every slot with what is known of its FN; null for a merchant that wants all. A cassette without slots gives one row.
select c.merchant_id, c.id as cassette_id, c.name as cassette, c.parallel,
       c.id = (select o.id from fiscal.cassette o where o.merchant_id = c.merchant_id order by o.id limit 1) as routed,
       k.id as kkt_id, k.slot, k.fn_number, k.state::text as state, k.documents_left, k.valid_until, k.last_fd,
       k.last_fd - k.acked_fd as backlog,
       (select d.recorded_at from fiscal.fiscal_document d
        where k.acked_fd < k.last_fd and d.merchant_id = k.merchant_id and d.fn_number = k.fn_number
          and d.fd_number = k.acked_fd + 1) as unconfirmed_since,
       k.unreachable_since, k.paused_since, c.rules
from fiscal.cassette c
left join fiscal.kkt k on k.merchant_id = c.merchant_id and k.cassette_id = c.id
where $1::bigint is null or c.merchant_id = $1
order by c.merchant_id, c.id, k.slot

-- name: queue_ahead
-- Receipts that are still to be made, by day of their deadline; parked ones apart. In no order and by what is not to be made:
-- else a planner without statistics, as of a queue that has just grown, expects few rows and sorts them all, on disk.
select q.merchant_id, q.cassette_id, q.deadline, q.state = 'REFUSED' as parked, count(*) as receipts
from fiscal.queue q
where q.state <> 'CANCELLED'
  and ($1::bigint is null or q.merchant_id = $1)
group by q.merchant_id, q.cassette_id, q.deadline, q.state = 'REFUSED'

-- name: days_behind
-- Counted days since a day.
select merchant_id, day, receipts from fiscal.receipt_day
where day >= $2 and ($1::bigint is null or merchant_id = $1)

-- name: pace
-- Seconds between the documents of one FN while it is kept busy: the lower quartile of the last gaps of each slot that
-- works, the slowest slot of a cassette counting. Idle hours lie in the upper ones.
select k.merchant_id, k.cassette_id, max(gaps.quartile)::float8 as seconds
from fiscal.kkt k
cross join lateral (
    select percentile_cont(0.25) within group (order by extract(epoch from g.gap)) as quartile
    from (
        select d.recorded_at - lag(d.recorded_at) over (order by d.fd_number) as gap
        from fiscal.fiscal_document d
        where d.merchant_id = k.merchant_id and d.fn_number = k.fn_number and d.fd_number > k.last_fd - 65
    ) g
    where g.gap is not null
    having count(*) >= 20
) gaps
where k.state = 'ACTIVE' and ($1::bigint is null or k.merchant_id = $1)
group by k.merchant_id, k.cassette_id
