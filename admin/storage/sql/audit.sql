-- name: one_writer
-- Rows of the chain are added one after another.
select pg_advisory_xact_lock(4021873001)

-- name: last_of_chain
-- The end of the chain; none when it has no row yet.
select number, hash from office.audit order by number desc limit 1

-- name: add_deed
-- One thing that somebody did.
insert into office.audit (number, happened_at, person_id, person, address, action, merchant_id, object, before, after,
                          reason, previous_hash, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)

-- name: told_lately
-- Whether the newest rows hold one of a kind about the thing with a number.
select exists (
    select from (select action, after from office.audit order by number desc limit 200) newest
    where newest.action = $1 and newest.after ->> 'number' = $2)

-- name: list_deeds
-- The newest first, before a number; of one person, of one merchant, with words in them.
select number, happened_at, person_id, person, address, action, merchant_id, object, before, after, reason
from office.audit
where ($1::bigint is null or number < $1) and ($2::bigint is null or person_id = $2)
  and ($3::text is null or position(lower($3) in lower(object || ' ' || person || ' ' || action)) > 0)
order by number desc limit $4

-- name: whole_chain
-- Every row in the order in which it was added.
select number, happened_at, person_id, person, address, action, merchant_id, object, before, after, reason,
       previous_hash, hash
from office.audit order by number
