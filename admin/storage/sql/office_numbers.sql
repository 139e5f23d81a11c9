-- Numbers of contracts and annexes: the rules, what is taken, what was passed over.

-- name: number_rules
-- The rules that the office has written.
select kind, rule from office.number_rule

-- name: put_number_rule
-- The rule of a kind, written anew.
insert into office.number_rule (kind, rule, changed_at, changed_by) values ($1, $2, $3, $4)
on conflict (kind) do update set rule = excluded.rule, changed_at = excluded.changed_at, changed_by = excluded.changed_by

-- name: hold_contract_numbers
-- Numbers are given one after another.
select pg_advisory_xact_lock(x'434F4E54'::int, 0)

-- name: numbers_of_series
-- Numbers of contracts that stand around a counter alike.
select number from office.contract_number where starts_with(number, $1) and right(number, length($2)) = $2

-- name: number_is_taken
-- Whether a contract has it.
select exists (select from office.contract_number where number = $1)

-- name: take_contract_number
-- A contract gets its number. No row: another has it.
insert into office.contract_number (number, contract_id) values ($1, $2) on conflict (number) do nothing returning number

-- name: free_contract_number
-- A draft gives its number back.
delete from office.contract_number where contract_id = $1

-- name: skipped_numbers_of_series
-- How far counters of a series were passed over.
select coalesce(max(up_to), 0) from office.number_skip where series = $1

-- name: add_number_skip
-- Counters are passed over.
insert into office.number_skip (id, series, up_to, reason, person, made_at) values ($1, $2, $3, $4, $5, $6)

-- name: list_number_skips
-- What was passed over, newest first.
select series, up_to, reason, person, made_at from office.number_skip order by id desc limit $1
