-- name: let_see_clients
-- Until the transaction ends rows of clients are those of this person on this day, or all of them.
select set_config('office.person', $1, true), set_config('office.today', $2, true), set_config('office.sees_all', $3, true)
