-- Annexes of contracts: what they change, who has signed; each is seen by whoever sees the client.

-- name: annexes_of_contract
-- Annexes of a contract in their order, with both marks.
select a.id, a.version, a.contract_id, a.organisation_id, a.number, a.dated, a.subject, a.state,
       max(g.signed_on) filter (where g.side = 'office') as signed_by_us,
       max(g.signed_on) filter (where g.side = 'client') as signed_by_client
from office.contract_annex a left join office.contract_annex_signature g on g.annex_id = a.id
where a.contract_id = $1 and ($2::bigint is null or a.id = $2)
group by a.id order by a.id

-- name: add_annex
-- An annex begins as a draft. No row: its number is taken.
insert into office.contract_annex (id, version, contract_id, organisation_id, number, dated, subject, state, created_at,
    created_by, updated_at)
values ($1, 1, $2, $3, $4, $5, $6, 'draft', $7, $8, $7)
on conflict (contract_id, number) do nothing
returning id

-- name: change_annex
-- What a draft that nobody has signed says. No row: it was changed, or one side has signed.
update office.contract_annex set version = version + 1, number = $3, dated = $4, subject = $5, updated_at = $6
where id = $1 and version = $2 and state = 'draft'
  and not exists (select from office.contract_annex_signature g where g.annex_id = contract_annex.id)
returning id

-- name: move_annex
-- Signed by both, or cancelled.
update office.contract_annex set version = version + 1, state = $2, updated_at = $3 where id = $1

-- name: changes_of_annexes
-- What annexes of a contract change, in their order.
select x.id, x.annex_id, x.kind, x.on_day, x.line_id, x.ends_on,
       case when $2 then x.line else x.line - 'price_kopecks' end as line,
       case when $2 then x.price_kopecks end as price_kopecks
from office.contract_annex_change x join office.contract_annex a on a.id = x.annex_id
where a.contract_id = $1 order by x.annex_id, x.id

-- name: add_annex_change
-- Another change. No row: the annex changes that line, or the fee, or adds the very same, already.
insert into office.contract_annex_change (id, annex_id, organisation_id, kind, on_day, line_id, ends_on, line, price_kopecks)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
on conflict do nothing
returning id

-- name: drop_annex_change
-- A change goes again. No row: one side has signed it.
delete from office.contract_annex_change where id = $1 and annex_id = $2 returning kind

-- name: add_annex_signature
-- One side has signed. No row: it had.
insert into office.contract_annex_signature (annex_id, organisation_id, side, signed_on, method, recorded_at, recorded_by)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning side

-- name: signatures_of_annex
-- The marks of both sides.
select side, signed_on, method from office.contract_annex_signature where annex_id = $1 order by side
