-- When a contract ends and what it costs: one rule each, for every list that asks.

-- The end of the term that runs on a day, of a contract that renews by itself; before the first one that one's.
create function office.term_end(ends_on date, renews_by_months int, day date) returns date
    language sql immutable
    as $$
        select case when t.following > day then t.following
                    -- From the first end, lest the 31st become the 28th for ever.
                    else (ends_on + 1 + make_interval(months => t.months + renews_by_months))::date end - 1
        from (
            select m.months, (ends_on + 1 + make_interval(months => m.months))::date as following
            from (
                -- Whole terms after the first end until the month of the day, or until the first month after it.
                select (greatest(0, 12 * (extract(year from day) - extract(year from ends_on + 1))
                                    + extract(month from day) - extract(month from ends_on + 1))::int
                        + renews_by_months - 1) / renews_by_months * renews_by_months as months
            ) m
        ) t
    $$;
revoke execute on function office.term_end(date, int, date) from public;
grant execute on function office.term_end(date, int, date) to fiscal_panel;

-- The last day of a contract as it is known on a day, null without an end. One that renews by itself ends on the day of a
-- notice, until there is one with the running term; any other with its term or before it.
-- accounting/office/contracts.py has the same rule as known_end. An expression alone, so that lists take it in.
create function office.known_end(ends_on date, closes_on date, renews_by_months int, status text, day date) returns date
    language sql immutable
    as $$
        select case
            when ends_on is null or renews_by_months is null then least(ends_on, closes_on)
            when closes_on is not null then closes_on
            when status not in ('signed', 'active', 'suspended', 'terminating') then ends_on
            else office.term_end(ends_on, renews_by_months, day) end
    $$;
revoke execute on function office.known_end(date, date, int, text, date) from public;
grant execute on function office.known_end(date, date, int, text, date) to fiscal_panel;

-- The fee of a month on a day: of the newest annex that both sides have signed until then; before the first such day what
-- the contract names for its introductory months, if its fee is still that of the price they are of; else its own. All but
-- the named sums grow by the indexations since, each rounded half up. Before the first day it is what the contract is to
-- begin with, after the last day what it was on that day.
-- accounting/office/contract_fees.py has the same rule as fee_on. Planned once: row-level security
-- makes each plan dear, and a list asks for every row.
create or replace function office.fee_of_contract(contract bigint, day date) returns bigint
    language sql stable set plan_cache_mode = force_generic_plan
    as $$
        with recursive held as (
            select c.id, c.indexation_bp as rate, c.indexation_month as month, c.fee_kopecks, c.terms -> 'stages' as stages,
                   coalesce(c.starts_on, c.dated) as starts_on,
                   least(day, office.known_end(c.ends_on, c.closes_on, c.renews_by_months, c.status, day)) as on_day
            from office.contract c
            where c.id = contract
        ), agreed as (
            select h.rate, h.month, h.starts_on, h.on_day, coalesce(x.on_day, h.starts_on) as since,
                   coalesce(x.price_kopecks, h.fee_kopecks) as fee,
                   case when x.on_day is null and (h.stages #>> '{-1,2}')::bigint = h.fee_kopecks then (
                       select (s.stage ->> 2)::bigint from jsonb_array_elements(h.stages) with ordinality s (stage, place)
                       where h.on_day < (h.starts_on + make_interval(months => (s.stage ->> 1)::int))::date
                       order by s.place limit 1
                   ) end as named
            from held h
            left join lateral (
                select n.on_day, n.price_kopecks
                from office.contract_annex_change n join office.contract_annex a on a.id = n.annex_id
                where a.contract_id = h.id and a.state = 'signed' and n.kind = 'fee' and n.on_day <= h.on_day
                order by n.on_day desc, a.id desc limit 1
            ) x on true
        ), grown (year, fee) as (
            select extract(year from starts_on)::int, fee from agreed
            union all
            select g.year + 1,
                   case when make_date(g.year + 1, s.month, 1) > s.since and make_date(g.year + 1, s.month, 1) <= s.on_day
                        then g.fee + (2 * g.fee * s.rate + 10000) / 20000 else g.fee end
            from grown g cross join agreed s
            where s.rate is not null and s.month is not null and g.year < extract(year from s.on_day)
        )
        select coalesce((select named from agreed), (select fee from grown order by year desc nulls last limit 1))
    $$;
