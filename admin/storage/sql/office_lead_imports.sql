-- Leads out of a file: what became of its rows.

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
