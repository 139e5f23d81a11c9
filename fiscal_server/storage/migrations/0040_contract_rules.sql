-- What a contract says of its fee is what its fee is; ends of contracts are told, and are no work any more.
-- Locks: rows of office.obligation that are such ends.

-- The fee of a month on a day: of the newest annex that both sides have signed until then, after the indexations since, each
-- rounded half up. accounting/office/contracts.py has the same rule as fee_on.
create or replace function office.fee_of_contract(contract bigint, day date) returns bigint
    language sql stable
    as $$
        with recursive agreed as (
            select c.indexation_bp as rate, c.indexation_month as month, c.starts_on,
                   coalesce(x.on_day, c.starts_on) as since, coalesce(x.price_kopecks, c.fee_kopecks) as fee
            from office.contract c
            left join lateral (
                select n.on_day, n.price_kopecks
                from office.contract_annex_change n join office.contract_annex a on a.id = n.annex_id
                where a.contract_id = c.id and a.state = 'signed' and n.kind = 'fee' and n.on_day <= day
                order by n.on_day desc, a.id desc limit 1
            ) x on true
            where c.id = contract
        ), grown (year, fee) as (
            select extract(year from starts_on)::int, fee from agreed
            union all
            select g.year + 1,
                   case when make_date(g.year + 1, s.month, 1) > s.since and make_date(g.year + 1, s.month, 1) <= day
                        then g.fee + (2 * g.fee * s.rate + 10000) / 20000 else g.fee end
            from grown g cross join agreed s
            where s.rate is not null and s.month is not null and g.year < extract(year from day)
        )
        select fee from grown order by year desc nulls last limit 1
    $$;

-- Their cases go with them when the plan is next followed; what somebody has begun stays.
update office.obligation o set version = version + 1, state = 'cancelled'
where o.code in ('W:expiry', 'W:renewal') and o.state = 'planned'
  and not exists (select from office.contract_line l where 'W:' || l.service = o.code);
