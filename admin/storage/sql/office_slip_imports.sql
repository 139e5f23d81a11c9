-- Sums to pay out of a table: which payments its rows may mean, and what they became.

-- name: clients_with_numbers
-- Clients in sight by their tax numbers.
select tax_number, short_name from office.organisation where tax_number = any ($1)

-- name: payments_rows_may_mean
-- Payments of clients that fall due on some days, with what is written of each already.
select b.id, o.tax_number, o.short_name, o.country, b.code, b.period, b.due, d.name,
       max(s.amount_kopecks) filter (where s.state = 'draft') as draft_kopecks,
       max(s.amount_kopecks) filter (where s.state = 'published') as told_kopecks,
       coalesce(bool_or(s.state = 'paid'), false) as is_paid
from office.organisation o
join office.obligation b on b.organisation_id = o.id
join office.due_date d on d.id = b.due_date_id
left join office.slip s on s.obligation_id = b.id
where o.tax_number = any ($1) and b.due = any ($2) and b.state <> 'cancelled' and d.kind = 'payment'
group by b.id, o.id, d.id
order by b.due, d.name, b.id

-- name: slip_of_row
-- What a row became.
update office.lead_import_row set slip_id = $3 where import_id = $1 and line = $2

-- name: withdraw_imported_drafts
-- Drafts of a file of which nobody was told are withdrawn.
update office.slip s set state = 'cancelled'
from office.lead_import_row r
where r.import_id = $1 and s.id = r.slip_id and s.state = 'draft'
returning s.id

-- name: slips_of_import_left
-- How many sums of a file stand.
select count(*) from office.lead_import_row r join office.slip s on s.id = r.slip_id
where r.import_id = $1 and s.state <> 'cancelled'
