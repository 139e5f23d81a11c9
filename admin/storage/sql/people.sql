-- name: add_person
-- Somebody who may sign in as soon as there is a password.
insert into office.person (id, email, name, roles, language, created_at)
values ($1, $2, $3, $4, $5, $6)
on conflict (email) do nothing
returning id

-- name: person_by_email
-- Whoever claims to have this address.
select id, email, name, roles, language, password_hash, totp_secret, totp_step, created_at, disabled_at
from office.person where email = $1

-- name: person_by_id
-- One person with everything that signing in needs.
select id, email, name, roles, language, password_hash, totp_secret, totp_step, created_at, disabled_at
from office.person where id = $1

-- name: lock_person
-- The same, held until the end of the transaction: what is changed is what was seen.
select id, email, name, roles, language, password_hash, totp_secret, totp_step, created_at, disabled_at
from office.person where id = $1 for update

-- name: list_people
-- Everybody with the number of merchants given to them.
select p.id, p.email, p.name, p.roles, p.language, p.password_hash is not null as chosen,
       p.totp_secret is not null as second_factor, p.disabled_at,
       (select max(s.seen_at) from office.session s where s.person_id = p.id) as seen_at,
       (select count(*) from office.person_merchant g where g.person_id = p.id) as merchants
from office.person p
order by p.disabled_at is not null, lower(p.name), p.id

-- name: somebody_is_there
-- Whether the panel has anybody yet.
select exists (select from office.person)

-- name: change_person
-- Name, roles and language as an administrator or the person says.
update office.person set name = $2, roles = $3, language = $4, disabled_at = $5 where id = $1

-- name: morning_letters_of
-- Whether and from which hour on somebody wants the letter of the morning.
select digest, digest_hour from office.person where id = $1

-- name: set_morning_letters
-- The same, as the person says.
update office.person set digest = $2, digest_hour = $3 where id = $1

-- name: set_password
-- A new password; links that were sent for it have done their work.
update office.person set password_hash = $2 where id = $1

-- name: set_totp
-- The second factor: a secret, or none; codes of the old one are worth nothing.
update office.person set totp_secret = $2, totp_step = $3 where id = $1

-- name: use_totp_step
-- A code of this step was right; it and older ones work no more. No row: somebody was faster.
update office.person set totp_step = $2 where id = $1 and totp_step < $2 returning id

-- name: drop_recovery_codes
-- New codes replace all old ones.
delete from office.recovery_code where person_id = $1

-- name: add_recovery_codes
-- Hashes of the codes that were shown once.
insert into office.recovery_code (person_id, code_hash) select $1, unnest($2::bytea[])

-- name: use_recovery_code
-- A code works once. No row: it is none of theirs.
delete from office.recovery_code where person_id = $1 and code_hash = $2 returning person_id

-- name: count_recovery_codes
-- How many codes a person has left.
select count(*) from office.recovery_code where person_id = $1

-- name: merchants_of
-- Merchants given to a person, oldest first.
select merchant_id from office.person_merchant where person_id = $1 order by merchant_id

-- name: take_merchants
-- Before the new list is given: none of the old one stays.
delete from office.person_merchant where person_id = $1

-- name: give_merchants
-- The merchants that a person works for.
insert into office.person_merchant (merchant_id, person_id) select unnest($2::bigint[]), $1

-- name: put_password_link
-- The newest link of a person; the one before it works no more.
insert into office.password_link (person_id, token_hash, expires_at) values ($1, $2, $3)
on conflict (person_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at

-- name: find_password_link
-- Whose link this is, while it works.
select person_id from office.password_link where token_hash = $1 and expires_at > $2

-- name: use_password_link
-- A link works once. No row: somebody was faster, or its time is over.
delete from office.password_link where token_hash = $1 and expires_at > $2 returning person_id

-- name: drop_password_link
-- A password was chosen another way.
delete from office.password_link where person_id = $1

-- name: let_own
-- Until the transaction ends, saved views and jobs are those of this person: an id, or "nobody" where nobody signs in.
select set_config('office.looker', $1, true)
