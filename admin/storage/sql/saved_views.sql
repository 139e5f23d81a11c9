-- Views of lists that people have saved. $2 is always the person, null where nobody signs in.

-- name: list_saved_views
-- Those of a list that are the person's own, and those that were shared at one of the merchants $3.
select id, list, merchant_id, name, query, person, person_id is not distinct from $2 as is_own
from office.saved_view
where list = $1 and (person_id is not distinct from $2 or merchant_id = any ($3::bigint[]))
order by not (person_id is not distinct from $2), name, id
limit $4

-- name: own_saved_view
-- One of the person's own, held until it is changed.
select id, list, merchant_id, name, query, person, true as is_own
from office.saved_view
where id = $1 and person_id is not distinct from $2
for update

-- name: count_other_views
-- How many the person has in a list beside the one that is called $3.
select count(*) from office.saved_view where list = $1 and person_id is not distinct from $2 and name <> $3

-- name: save_view
-- A new one; one of the same name is changed.
insert into office.saved_view (list, person_id, person, merchant_id, name, query, id, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (list, coalesce(person_id, 0), name) do update
set merchant_id = excluded.merchant_id, query = excluded.query
returning id

-- name: change_saved_view
-- Another name, or seen by others than before.
update office.saved_view set name = $2, merchant_id = $3 where id = $1

-- name: is_view_name_taken
-- Whether another view of the person's in this list has the name already.
select exists (
    select from office.saved_view where list = $1 and person_id is not distinct from $2 and name = $3 and id <> $4)

-- name: delete_saved_view
-- It is gone, for those it was shared with too.
delete from office.saved_view where id = $1
