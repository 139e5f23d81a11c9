-- What the office writes down about its clients. A personal handbook is its owner's alone: row-level security sees to it.

-- name: add_handbook
-- Another handbook, behind the others.
insert into office.handbook (id, name, owner_id, show_in_card, position, outline, created_at, created_by)
select $1, $2, $3, $4, 1 + coalesce(max(position), 0), $5, $6, $7 from office.handbook

-- name: change_handbook
-- Its name, outline and place in the card; archived: it is shown no longer, and nothing is lost.
update office.handbook set name = $2, show_in_card = $3, outline = $4, archived_at = $5 where id = $1 returning id

-- name: handbooks
-- Those that the viewer may read, with how many clients each has something about.
select h.id, h.name, h.owner_id, h.show_in_card, h.outline, h.archived_at,
       (select count(*) from (select distinct on (e.organisation_id) e.text from office.handbook_entry e
                              where e.handbook_id = h.id order by e.organisation_id, e.id desc) n
        where n.text <> '') as clients
from office.handbook h
order by h.archived_at is not null, h.owner_id is not null, h.position, h.id

-- name: handbook_by_id
-- One handbook, if the viewer may read it.
select h.id, h.name, h.owner_id, h.show_in_card, h.outline, h.archived_at, 0::bigint as clients
from office.handbook h where h.id = $1

-- name: lock_handbook
-- Whoever changes a handbook changes it alone.
select id from office.handbook where id = $1 for update

-- name: entries_of_handbook
-- What it says of clients in sight, by name of the client.
select e.handbook_id, h.name, e.organisation_id, o.short_name, e.text, e.review_by, e.pinned, e.author, e.created_at
from (select distinct on (x.organisation_id) x.* from office.handbook_entry x
      where x.handbook_id = $1 order by x.organisation_id, x.id desc) e
join office.handbook h on h.id = e.handbook_id
join office.organisation o on o.id = e.organisation_id
where e.text <> ''
order by lower(o.short_name), o.id
limit $2

-- name: entries_of_client
-- What every handbook that is in use says of a client; one without a word has nulls.
select h.id as handbook_id, h.name, h.owner_id, h.show_in_card, e.text, e.review_by, e.pinned, e.author, e.created_at,
       (select count(*) from office.handbook_file f
        where f.handbook_id = h.id and f.organisation_id = $1 and f.removed_at is null) as files
from office.handbook h
left join lateral (select x.text, x.review_by, x.pinned, x.author, x.created_at from office.handbook_entry x
                   where x.handbook_id = h.id and x.organisation_id = $1 order by x.id desc limit 1) e on true
where h.archived_at is null
order by coalesce(e.pinned, false) desc, h.owner_id is not null, h.position, h.id

-- name: versions_of_entry
-- Every version of what a handbook says of a client, newest first.
select id, text, review_by, pinned, author, created_at from office.handbook_entry
where handbook_id = $1 and organisation_id = $2 order by id desc limit $3

-- name: add_entry
-- Another version. No row: somebody wrote one since the version that was read.
insert into office.handbook_entry (id, handbook_id, organisation_id, text, review_by, pinned, author_id, author, created_at)
select $1, $2, $3, $4, $5, $6, $7, $8, $9
where coalesce((select max(id) from office.handbook_entry where handbook_id = $2 and organisation_id = $3), 0) = $10
returning id

-- name: lock_entry
-- Two who write about one client in one handbook do so one after another.
select pg_advisory_xact_lock(hashtextextended(($1::bigint)::text || ' ' || ($2::bigint)::text, 31))

-- name: entries_to_review
-- Entries whose day to be looked at again has come, the oldest day first.
select e.handbook_id, h.name, e.organisation_id, o.short_name, e.text, e.review_by, e.pinned, e.author, e.created_at
from (select distinct on (x.handbook_id, x.organisation_id) x.* from office.handbook_entry x
      order by x.handbook_id, x.organisation_id, x.id desc) e
join office.handbook h on h.id = e.handbook_id
join office.organisation o on o.id = e.organisation_id
where e.review_by <= $1 and h.archived_at is null and o.status <> 'former'
order by e.review_by, lower(o.short_name), e.handbook_id
limit $2

-- name: search_entries
-- Entries and names of files that hold a text.
select e.handbook_id, h.name, e.organisation_id, o.short_name, e.text, e.review_by, e.pinned, e.author, e.created_at
from (select distinct on (x.handbook_id, x.organisation_id) x.* from office.handbook_entry x
      order by x.handbook_id, x.organisation_id, x.id desc) e
join office.handbook h on h.id = e.handbook_id
join office.organisation o on o.id = e.organisation_id
where h.archived_at is null and (lower(e.text) like $1 or exists (
    select from office.handbook_file f where f.handbook_id = e.handbook_id and f.organisation_id = e.organisation_id
        and f.removed_at is null and lower(f.name) like $1))
order by lower(o.short_name), e.handbook_id
limit $2

-- name: add_handbook_file
-- A file beside the text.
insert into office.handbook_file (id, handbook_id, organisation_id, name, size, content, author_id, author, added_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: files_of_entry
-- The files beside the text, oldest first, without their bytes.
select id, name, size, author, added_at from office.handbook_file
where handbook_id = $1 and organisation_id = $2 and removed_at is null order by id

-- name: file_content
-- One file with its bytes.
select name, content from office.handbook_file
where id = $1 and handbook_id = $2 and organisation_id = $3 and removed_at is null

-- name: remove_handbook_file
-- It is shown no longer. No row: it was removed before.
update office.handbook_file set removed_at = $4
where id = $1 and handbook_id = $2 and organisation_id = $3 and removed_at is null
returning name
