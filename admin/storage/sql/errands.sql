-- name: begin_errand
-- For a minute or two the API takes this token for the person's.
insert into office.errand (token_hash, merchant_id, person_id, person, scopes, expires_at) values ($1, $2, $3, $4, $5, $6)

-- name: end_errand
-- It was done; those that nobody ended go along.
delete from office.errand where token_hash = $1 or expires_at <= $2
