-- name: open_session
-- Somebody's browser, known by the hash of its cookie.
insert into office.session (token_hash, id, person_id, passed, address, agent, created_at, seen_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $7, $8)

-- name: find_session
-- The person behind a cookie, with the merchants given to them; nobody when it has run out or they were shut out.
select s.id as session_id, s.passed, s.seen_at, p.id, p.email, p.name, p.roles, p.language, p.totp_secret is not null as second_factor,
       array(select g.merchant_id from office.person_merchant g where g.person_id = p.id order by g.merchant_id) as given
from office.session s join office.person p on p.id = s.person_id
where s.token_hash = $1 and s.expires_at > $2 and s.seen_at > $3 and p.disabled_at is null

-- name: touch_session
-- It was used just now.
update office.session set seen_at = $2 where id = $1

-- name: close_session
-- Signed out, or sent away: one session of one person.
delete from office.session where person_id = $1 and id = $2 returning id

-- name: close_sessions
-- All of a person but one.
delete from office.session where person_id = $1 and id is distinct from $2

-- name: close_old_sessions
-- Those that nobody can use any more.
delete from office.session where expires_at < $1 or seen_at < $2

-- name: sessions_of
-- Where a person is signed in, the newest use first.
select id, address, agent, created_at, seen_at from office.session
where person_id = $1 and passed and expires_at > $2 and seen_at > $3
order by seen_at desc, id

-- name: count_failures
-- Failed attempts since a moment: of one name, and of one address.
select count(*) filter (where email = $1), count(*) filter (where address = $2)
from office.failed_sign_in where failed_at > $3 and (email = $1 or address = $2)

-- name: note_failed_sign_in
-- One more of them.
insert into office.failed_sign_in (id, email, address, failed_at) values ($1, $2, $3, $4)

-- name: forgive_failures
-- The right password was given: what failed before counts no more.
delete from office.failed_sign_in where email = $1

-- name: forget_failures
-- Those too old to count.
delete from office.failed_sign_in where failed_at < $1
