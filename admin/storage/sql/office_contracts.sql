-- Contracts: what is agreed with clients, who has signed, what became of them. Money is told to those who may see it.

-- name: contract_rows
-- A page of contracts, newest first, behind or before a cursor, with both marks.
select c.id, c.organisation_id, o.short_name, c.number, c.dated, c.status, c.starts_on, c.ends_on, c.renews_by_months,
       c.closes_on, e.known_end, case when $9 then office.fee_of_contract(c.id, $6) end as fee_kopecks,
       c.original_returned_on, s.office as signed_by_us, s.client as signed_by_client
from office.contract c
join office.organisation o on o.id = c.organisation_id
cross join office.known_end(c.ends_on, c.closes_on, c.renews_by_months, c.status, $6) e (known_end)
left join lateral (
    select max(signed_on) filter (where side = 'office') as office, max(signed_on) filter (where side = 'client') as client
    from office.contract_signature g where g.contract_id = c.id
) s on true
where ($1::bigint is null or case when $2 then c.id > $1 else c.id < $1 end)
  and ($3::text is null or lower(o.short_name) like '%' || $3 or lower(c.number) like $3)
  and ($4::text is null or c.status = $4)
  and ($5::text is null or case $5
       when 'client' then s.client is null and c.status in ('sent', 'agreed')
       when 'office' then s.office is null and c.status in ('sent', 'agreed')
       when 'original' then c.original_returned_on is null and c.status in ('signed', 'active', 'suspended')
       when 'ends' then c.status in ('signed', 'active', 'suspended', 'terminating')
            and e.known_end between $6 and $6 + 60
       when 'over' then c.status in ('signed', 'active', 'suspended', 'terminating')
            and e.known_end < $6
       end)
  and ($7::bigint is null or c.organisation_id = $7)
order by case when $2 then c.id end, case when not $2 then c.id end desc
limit $8

-- name: count_contracts
-- How many contracts a list has.
select count(*)
from office.contract c
join office.organisation o on o.id = c.organisation_id
cross join office.known_end(c.ends_on, c.closes_on, c.renews_by_months, c.status, $4) e (known_end)
left join lateral (
    select max(signed_on) filter (where side = 'office') as office, max(signed_on) filter (where side = 'client') as client
    from office.contract_signature g where g.contract_id = c.id
) s on true
where ($1::text is null or lower(o.short_name) like '%' || $1 or lower(c.number) like $1)
  and ($2::text is null or c.status = $2)
  and ($3::text is null or case $3
       when 'client' then s.client is null and c.status in ('sent', 'agreed')
       when 'office' then s.office is null and c.status in ('sent', 'agreed')
       when 'original' then c.original_returned_on is null and c.status in ('signed', 'active', 'suspended')
       when 'ends' then c.status in ('signed', 'active', 'suspended', 'terminating')
            and e.known_end between $4 and $4 + 60
       when 'over' then c.status in ('signed', 'active', 'suspended', 'terminating')
            and e.known_end < $4
       end)
  and ($5::bigint is null or c.organisation_id = $5)

-- name: contract_by_id
-- One contract; its money for those who may see it.
select c.id, c.version, c.organisation_id, o.short_name, c.number, c.dated, c.status, c.starts_on, c.ends_on,
       c.renews_by_months, c.notice_days, case when $2 then c.fee_kopecks end as fee_kopecks, c.terms, c.lead_id,
       c.calculation_id, c.renews_contract_id, c.indexation_bp, c.indexation_month, c.original_returned_on, c.notice_on,
       c.closes_on, (select n.id from office.contract n where n.renews_contract_id = c.id) as renewed_by
from office.contract c join office.organisation o on o.id = c.organisation_id
where c.id = $1

-- name: contract_of_calculation
-- The contract that a price became.
select id from office.contract where calculation_id = $1 order by id limit 1

-- name: fee_of_contract
-- The fee of a month on a day.
select office.fee_of_contract($1, $2)

-- name: fee_changes_of_contract
-- Fees that annexes signed by both agreed on, in the order of the annexes.
select x.on_day, x.price_kopecks
from office.contract_annex_change x join office.contract_annex a on a.id = x.annex_id
where a.contract_id = $1 and a.state = 'signed' and x.kind = 'fee' order by a.id, x.id

-- name: lock_contract
-- Whoever takes a step takes it alone.
select id from office.contract where id = $1 for update

-- name: add_contract
-- A contract begins as a draft.
insert into office.contract (id, version, organisation_id, number, dated, status, starts_on, ends_on, renews_by_months,
    notice_days, fee_kopecks, indexation_bp, indexation_month, tariff_plan_id, calculation_id, renews_contract_id, terms,
    lead_id, created_at, created_by, updated_at)
values ($1, 1, $2, $3, $4, 'draft', $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $17)
on conflict do nothing
returning id

-- name: change_contract
-- What a draft says. No row: it is no draft any more, or somebody was faster.
update office.contract set version = version + 1, number = $3, dated = $4, starts_on = $5, ends_on = $6,
    renews_by_months = $7, notice_days = $8, fee_kopecks = coalesce($9, fee_kopecks), indexation_bp = $10,
    indexation_month = $11, terms = $12, updated_at = $13
where id = $1 and version = $2 and status = 'draft'
returning id

-- name: move_contract
-- A step; days that it sets are kept when it sets none.
update office.contract set version = version + 1, status = $2, notice_on = coalesce($3, notice_on),
    closes_on = coalesce($4, closes_on), updated_at = $5
where id = $1

-- name: original_is_back
-- The paper with their signature has come back.
update office.contract set version = version + 1, original_returned_on = $2, updated_at = $3 where id = $1 returning id

-- name: add_contract_signature
-- One side has signed. No row: it had.
insert into office.contract_signature (contract_id, organisation_id, side, signed_on, method, recorded_at, recorded_by)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning side

-- name: signatures_of_contract
-- The marks of both sides.
select side, signed_on, method from office.contract_signature where contract_id = $1 order by side

-- name: add_contract_event
-- What was done about a contract, in its story.
insert into office.contract_event (id, contract_id, organisation_id, happened_at, person_id, person, transition, status, note)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: events_of_contract
-- Its story, newest first.
select happened_at, person, transition, status, note from office.contract_event where contract_id = $1 order by id desc

-- name: add_contract_lines
-- Services of a contract.
insert into office.contract_line (id, contract_id, organisation_id, service, starts_on, ends_on, period, months, due_rule,
    shift, obligations, quantity, price_kopecks, in_fee, annex_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)

-- name: drop_contract_line
-- A line of a draft goes. No row: it is agreed to, or none of this contract.
delete from office.contract_line where id = $1 and contract_id = $2 returning service

-- name: end_contract_line
-- What is agreed ends on a day.
update office.contract_line set ends_on = $3 where id = $1 and contract_id = $2 and starts_on <= $3 returning service

-- name: lines_of_contracts
-- Services of some contracts in their order.
select id, contract_id, service, starts_on, ends_on, period, months, due_rule, shift, obligations, quantity,
       case when $2 then price_kopecks end as price_kopecks, in_fee, annex_id
from office.contract_line where contract_id = any ($1) order by contract_id, id

-- name: contracts_in_force
-- Contracts that both sides have signed, of some clients; one that is over counts until its last day.
select c.id, c.number, c.organisation_id, c.status, coalesce(c.starts_on, c.dated) as starts_on, c.ends_on, c.renews_by_months,
       c.notice_days, c.closes_on
from office.contract c
where c.organisation_id = any ($1) and c.status in ('signed', 'active', 'suspended', 'terminating', 'closed')
order by c.organisation_id, c.id
