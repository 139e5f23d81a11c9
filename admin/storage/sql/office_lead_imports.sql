-- Leads out of a file: its rows as they came, and what became of them.

-- name: add_lead_import
-- A file that came.
insert into office.lead_import (id, version, file_name, state, heads, mapping, source, created_at, created_by)
values ($1, 1, $2, 'new', $3, $4, $5, $6, $7)

-- name: add_lead_import_rows
-- The rows of a file, as they stand.
insert into office.lead_import_row (import_id, line, cells)
select $1, (one ->> 0)::int, array(select jsonb_array_elements_text(one -> 1)) from jsonb_array_elements($2::jsonb) as one

-- name: lead_import_by_id
-- One file and its mapping.
select id, version, file_name, state, heads, mapping, source, created_at from office.lead_import where id = $1

-- name: lock_lead_import
-- Whoever runs it or takes it back does so alone.
select id from office.lead_import where id = $1 for update

-- name: list_lead_imports
-- The newest files.
select i.id, i.version, i.file_name, i.state, i.heads, i.mapping, i.source, i.created_at
from office.lead_import i order by i.id desc limit $1

-- name: rows_of_lead_import
-- The rows of a file, with what they became.
select line, cells, lead_id from office.lead_import_row where import_id = $1 order by line

-- name: map_lead_import
-- Which column is what, and where these people heard of us.
update office.lead_import set version = version + 1, mapping = $2, source = $3 where id = $1 and state = 'new' returning id

-- name: end_lead_import
-- It was taken in, or taken back.
update office.lead_import set version = version + 1, state = $2 where id = $1

-- name: lead_of_row
-- What a row became.
update office.lead_import_row set lead_id = $3 where import_id = $1 and line = $2

-- name: lead_is_of_import
-- Which file a lead came in.
update office.lead set import_id = $2 where id = $1

-- name: drop_untouched_leads
-- Leads of a file that nobody has touched go again; how many is what comes back.
delete from office.lead l
where l.import_id = $1 and l.version = 1 and l.state = 'new'
  and not exists (select from office.lead_event e where e.lead_id = l.id)
  and not exists (select from office.price_calculation c where c.lead_id = l.id)
  and not exists (select from office.lead d where d.duplicate_of = l.id)
returning l.id

-- name: leads_of_import
-- How many leads of a file there are.
select count(*) from office.lead where import_id = $1
