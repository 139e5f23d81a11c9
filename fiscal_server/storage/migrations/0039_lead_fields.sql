-- What else is asked of a lead: a number people call it by, the rest of the name, a messenger, what is wanted and from when,
-- who sent them, and the day they agreed to be written down.
-- Locks: office.lead for a moment; its rows are numbered once, in the order in which they came.

alter table office.lead
    add column number int,                                     -- as people call it; from 1, in the order of coming
    add column surname text not null default '',
    add column patronymic text not null default '',
    add column messenger text not null default '',             -- which one, and the name there
    add column source_detail text not null default '',         -- who recommended them, which advertisement
    add column needs text not null default '',                 -- what they ask for
    add column expected_start date,                            -- from when they want to be served
    add column consent_on date;                                -- when they agreed that personal data are kept

update office.lead l set number = n.place
from (select id, row_number() over (order by id) as place from office.lead) n
where n.id = l.id;

-- Leads of everybody are counted, also those that the viewer does not see; two that come at once wait for each other.
create function office.next_lead_number() returns int
    language sql volatile security definer set search_path = ''
    as $$
        select pg_catalog.pg_advisory_xact_lock(x'4f464643'::int, 3);
        select coalesce(max(number), 0) + 1 from office.lead
    $$;
revoke execute on function office.next_lead_number() from public;
grant execute on function office.next_lead_number() to fiscal_panel;

alter table office.lead
    alter column number set default office.next_lead_number(),
    alter column number set not null;
create unique index lead_number on office.lead (number);
