-- name: last_restoration
-- The newest restore from a backup that this database went through; it belongs to no merchant.
select restored_at, backup_made_at, file, closed_at
from fiscal.restoration
order by id desc
limit 1
