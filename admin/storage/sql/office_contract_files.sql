-- Files of contracts, in pieces; each is seen by whoever sees the client.

-- name: add_contract_file
-- A file that begins to come. No row: the form came before.
insert into office.contract_file (id, contract_id, organisation_id, name, media_type, size, sha256, form_key, is_whole,
    created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, false, $9, $10)
on conflict (form_key) do nothing
returning id

-- name: add_contract_file_piece
-- A piece of it.
insert into office.contract_file_piece (file_id, place, organisation_id, body) values ($1, $2, $3, $4)

-- name: contract_file_is_whole
-- The last piece has come.
update office.contract_file set is_whole = true where id = $1

-- name: files_of_contract
-- What can be fetched, oldest first.
select id, contract_id, name, media_type, size, created_at
from office.contract_file where contract_id = $1 and is_whole and withdrawn_at is null order by id

-- name: contract_file_by_id
-- One file of a contract.
select id, contract_id, name, media_type, size, created_at
from office.contract_file where id = $1 and contract_id = $2 and is_whole and withdrawn_at is null

-- name: contract_file_piece
-- One piece; none behind the last.
select body from office.contract_file_piece where file_id = $1 and place = $2

-- name: withdraw_contract_file
-- It is shown no longer; what was kept stays. No row: it had gone.
update office.contract_file set withdrawn_at = $3 where id = $1 and contract_id = $2 and withdrawn_at is null returning name
