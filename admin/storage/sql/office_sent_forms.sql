-- Forms that have made something; each person has their own.

-- name: take_sent_form
-- A form comes; whoever sends it again meanwhile waits. No row: it has come before.
insert into office.sent_form (key, person_id, place, sent_at)
values ($1, nullif(current_setting('office.person', true), '')::bigint, $2, $3)
on conflict (key) do nothing
returning key

-- name: place_of_sent_form
-- Where a form that has come led to.
select place from office.sent_form where key = $1

-- name: forget_old_sent_forms
-- Those of before a moment: nobody's double click takes so long. Rows that another transaction takes away are left to it.
delete from office.sent_form
where key in (select key from office.sent_form where sent_at < $1 order by sent_at limit 100 for update skip locked)
