-- Files that people handed over, until they are taken in.

-- name: add_upload
-- A new one; nothing when the same form came before.
insert into office.upload (
    id, merchant_id, person_id, form_key, file_name, size, kind, options, state, beat_at, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, 'COMING', $9, $9)
on conflict (form_key) do nothing
returning id

-- name: upload_of_form
-- The upload that a form has become.
select id, merchant_id from office.upload where form_key = $1

-- name: add_upload_piece
-- The next piece of its bytes.
insert into office.upload_piece (upload_id, place, body) values ($1, $2, $3)

-- name: upload_has_come
-- All of its pieces are there.
update office.upload set state = 'NEW' where id = $1 and state = 'COMING'

-- name: read_upload
-- One of them.
select id, merchant_id, file_name, size, kind, options, state, sent, answer, refusal, result_id, beat_at, created_at
from office.upload
where id = $1

-- name: list_uploads
-- The newest of some merchants that have not become anything yet.
select id, merchant_id, file_name, size, kind, options, state, sent, answer, refusal, result_id, beat_at, created_at
from office.upload
where merchant_id = any ($1::bigint[]) and state not in ('COMING', 'DONE') and kind = any ($2::text[])
order by id desc
limit 10

-- name: read_upload_piece
-- The bytes at a place; nothing behind the last.
select body from office.upload_piece where upload_id = $1 and place = $2

-- name: set_upload_options
-- How it is to be read, unless somebody is reading it.
update office.upload set kind = $2, options = $3, state = 'NEW', answer = null, refusal = null
where id = $1 and state in ('NEW', 'CHECKED', 'FAILED')
returning id

-- name: begin_upload_step
-- The step is the caller's: from the states $3, or when whoever was at it has been silent since $5.
update office.upload set state = $2, sent = 0, refusal = null, beat_at = $4
where id = $1 and (state = any ($3::text[]) or (state in ('CHECKING', 'RUNNING') and beat_at < $5))
returning id

-- name: beat_upload
-- Whoever is at the step is alive and has sent so much.
update office.upload set sent = $2, beat_at = $3 where id = $1

-- name: end_upload_step
-- What came of the step; an answer that is not given leaves the one before.
update office.upload set state = $2, answer = coalesce($3, answer), refusal = $4, result_id = coalesce($5, result_id)
where id = $1

-- name: forget_upload
-- Somebody gave it up, and nobody is at it.
delete from office.upload where id = $1 and state not in ('CHECKING', 'RUNNING') returning id

-- name: forget_old_uploads
-- Those of before a moment, whatever became of them.
select office.forget_old_uploads($1)
