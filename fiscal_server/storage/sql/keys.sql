-- name: add_key
-- A key is kept as its hash.
insert into fiscal.api_key (id, merchant_id, name, key_hash, scopes, operations, created_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: owner_of_key
-- Whose key this is and what it may do, while it is valid.
select id, merchant_id, name, scopes, operations from fiscal.api_key
where key_hash = $1 and revoked_at is null and (expires_at is null or expires_at > $2)

-- name: owner_of_errand
-- The person for whom the panel asks, while the errand lasts.
select person_id, merchant_id, person, scopes from office.errand where token_hash = $1 and expires_at > $2

-- name: list_keys
-- Keys of a merchant, newest first; $2: one of them, or null.
select id, name, scopes, operations, created_at, expires_at, revoked_at, replaced_by from fiscal.api_key
where merchant_id = $1 and ($2::bigint is null or id = $2)
order by id desc

-- name: lock_key
-- The same for one key that is about to change.
select id, name, scopes, operations, created_at, expires_at, revoked_at, replaced_by from fiscal.api_key
where merchant_id = $1 and id = $2
for update

-- name: replace_key
-- A key has a successor, and ends at the latest then.
update fiscal.api_key set replaced_by = $3, expires_at = least(expires_at, $4)
where merchant_id = $1 and id = $2

-- name: revoke_key
-- A key ends now.
update fiscal.api_key set revoked_at = $3
where merchant_id = $1 and id = $2 and revoked_at is null

-- name: add_audit
-- What was changed.
insert into fiscal.audit (merchant_id, id, at, actor, action, object, before, after, request_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: list_audit
-- What was changed, newest first, before the cursor $2.
select id, at, actor, action, object, before, after, request_id from fiscal.audit
where merchant_id = $1 and id < $2
order by id desc
limit $3
