-- What changes when something happens: cheap to ask, compared and never shown.

-- name: marks_of
-- Of merchants $1: where queue, cassettes and jobs stand. Nothing here counts a long queue: a receipt that is computed is
-- the newest one, one that is registered moves the counter of an FN, one that is refused is parked.
select m.id as merchant_id,
       concat_ws(' ',
           (select max(r.id) from fiscal.receipt r where r.merchant_id = m.id),
           (select count(*) from fiscal.queue q where q.merchant_id = m.id and q.state in ('REFUSED', 'UNCERTAIN')),
           (select sum(k.last_fd) from fiscal.kkt k where k.merchant_id = m.id)) as queue,
       (select string_agg(concat_ws(' ', k.id, k.state, k.last_fd, k.acked_fd, k.shift_number, k.documents_left,
                                    k.fault, k.unreachable_since, k.paused_since), ';' order by k.id)
        from fiscal.kkt k where k.merchant_id = m.id) as cassette,
       concat_ws(' ',
           (select string_agg(concat_ws(' ', j.id, j.state, j.done), ';' order by j.id)
            from fiscal.period_close_job j where j.merchant_id = m.id and j.finished_at is null),
           (select max(j.id) from fiscal.period_close_job j where j.merchant_id = m.id and j.finished_at is not null),
           (select max(i.id) from fiscal.import i where i.merchant_id = m.id),
           (select max(b.id) from fiscal.batch b where b.merchant_id = m.id)) as jobs
from unnest($1::bigint[]) as m (id)
