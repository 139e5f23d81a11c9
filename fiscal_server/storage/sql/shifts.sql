-- name: newest_shifts
-- Shifts by their opening reports, newest first, each with its closing report if it has one. The reports of an FN have an
-- index of their own, so the receipts between them are not read.
select o.id, o.kkt_id, o.fn_number, o.shift_number, o.fd_number as opening_fd, o.issued_at as opened_at,
       c.fd_number as closing_fd, c.issued_at as closed_at
from (
    select d.id, d.kkt_id, d.fn_number, d.shift_number, d.fd_number, d.issued_at from fiscal.fiscal_document d
    where d.merchant_id = $1 and d.form = 2 and d.id < $2 and ($3::text is null or d.fn_number = $3)
    order by d.id desc
    limit $4
) o
left join lateral (
    select f.fd_number, f.issued_at from fiscal.fiscal_document f
    where f.merchant_id = $1 and f.fn_number = o.fn_number and f.fd_number > o.fd_number and f.form in (2, 5)
      and f.form = 5 and f.shift_number = o.shift_number
    order by f.fd_number
    limit 1
) c on true
order by o.id desc
