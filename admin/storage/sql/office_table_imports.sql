-- Tables that people hand over: rows as they came. What each became is told by whoever made something of it.

-- name: add_table_import
-- A file that came, and what its rows are to become.
insert into office.lead_import (id, version, kind, file_name, state, heads, mapping, source, created_at, created_by)
values ($1, 1, $2, $3, 'new', $4, $5, $6, $7, $8)

-- name: add_table_rows
-- The rows of a file, as they stand.
insert into office.lead_import_row (import_id, line, cells)
select $1, (one ->> 0)::int, array(select jsonb_array_elements_text(one -> 1)) from jsonb_array_elements($2::jsonb) as one

-- name: table_import_by_id
-- One file of a kind and its mapping.
select id, version, kind, file_name, state, heads, mapping, source, created_at
from office.lead_import where id = $1 and kind = $2

-- name: lock_table_import
-- Whoever runs it or takes it back does so alone.
select id from office.lead_import where id = $1 for update

-- name: list_table_imports
-- The newest files of a kind.
select id, version, kind, file_name, state, heads, mapping, source, created_at
from office.lead_import where kind = $1 order by id desc limit $2

-- name: rows_of_table
-- The rows of a file, with what they became.
select line, cells, coalesce(lead_id, slip_id) as made_id from office.lead_import_row where import_id = $1 order by line

-- name: map_table_columns
-- Which column is what, and where these people heard of us.
update office.lead_import set version = version + 1, mapping = $2, source = $3 where id = $1 and state = 'new' returning id

-- name: end_table_import
-- It was taken in, or taken back.
update office.lead_import set version = version + 1, state = $2 where id = $1
