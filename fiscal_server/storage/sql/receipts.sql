-- name: read_receipt
-- One receipt with its state, its document and the operator's answer.
select r.id, r.event_key, r.account_id, a.code as account, r.form, r.sign, r.total_kopecks, r.deadline, r.consolidated, r.part,
       r.register_group, r.body, r.created_at, q.state::text as queue_state, q.error,
       d.fn_number, d.fd_number, d.fiscal_sign, d.issued_at, d.shift_number, d.number_in_shift, d.recorded_at,
       e.code as ofd_code, e.acked_at
from fiscal.receipt r
left join fiscal.account a on a.merchant_id = r.merchant_id and a.id = r.account_id
left join fiscal.queue q on q.merchant_id = r.merchant_id and q.receipt_id = r.id
left join fiscal.fiscal_document d on d.merchant_id = r.merchant_id and d.id = r.id
left join fiscal.ofd_exchange e on e.merchant_id = r.merchant_id and e.id = r.id
where r.merchant_id = $1 and r.id = $2

-- name: list_receipts
-- A page of receipts, newest first, before a given id; null filters let everything through.
select r.id, r.event_key, r.account_id, a.code as account, r.form, r.sign, r.total_kopecks, r.deadline, r.consolidated, r.part,
       r.register_group, r.body, r.created_at, q.state::text as queue_state, q.error,
       d.fn_number, d.fd_number, d.fiscal_sign, d.issued_at, d.shift_number, d.number_in_shift, d.recorded_at,
       e.code as ofd_code, e.acked_at
from fiscal.receipt r
left join fiscal.account a on a.merchant_id = r.merchant_id and a.id = r.account_id
left join fiscal.queue q on q.merchant_id = r.merchant_id and q.receipt_id = r.id
left join fiscal.fiscal_document d on d.merchant_id = r.merchant_id and d.id = r.id
left join fiscal.ofd_exchange e on e.merchant_id = r.merchant_id and e.id = r.id
where r.merchant_id = $1 and r.id < $2
  and ($3::text is null or a.code = $3)
  and ($4::text is null or $4 = case
        when q.state is not null then q.state::text
        when e.id is not null and e.code = 0 then 'OFD_ACKED'
        else 'REGISTERED' end)
order by r.id desc
limit $5

-- name: receipts_of_events
-- Receipts by the keys of the events that made them.
select id, event_key from fiscal.receipt
where merchant_id = $1 and event_id = any ($2)
order by id
