-- name: in_index_order
-- Until the transaction ends: read by indexes, in their order. Under row-level security the planner takes a merchant's rows
-- for three hundred times fewer than they are, and would rather read them all and sort them.
select set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true)
