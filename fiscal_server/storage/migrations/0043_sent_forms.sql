-- Forms of the office that have come and made something: the same one again, of a double click, leads to what it made.
-- Locks: everything is new.

create table office.sent_form (
    key bytea primary key,               -- SHA-256 of who sent it, to where, the key it was drawn with and what it says
    person_id bigint,
    place text not null,                 -- where it led to
    sent_at timestamptz not null
);
create index sent_form_old on office.sent_form (sent_at);

grant select, insert, delete on office.sent_form to fiscal_panel;
grant update (place) on office.sent_form to fiscal_panel; -- rows that are deleted are locked first
alter table office.sent_form enable row level security;
create policy own on office.sent_form to fiscal_panel using (
    person_id is not distinct from (select nullif(current_setting('office.person', true), '')::bigint));
