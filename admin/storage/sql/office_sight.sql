-- name: let_see_clients
-- Until the transaction ends rows of clients are those of this person on this day, or all of them, or in an emergency one. Its statements are
-- planned for the conditions they come with: a plan for any condition of a list reads the whole table, 20 times as slow.
select set_config('office.person', $1, true), set_config('office.today', $2, true), set_config('office.sees_all', $3, true),
       set_config('office.emergency', $4, true), set_config('plan_cache_mode', 'force_custom_plan', true)
