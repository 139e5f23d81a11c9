-- Letters of taxes due: one bill a client, day and recipient; the intent of each letter stands before it is sent.
-- Files beside the texts of handbooks.
-- Locks: office.notice, office.notice_attempt, office.slip, office.handbook; nothing has written to them yet.

-- ---------------------------------------------------------------- bills and their letters

-- A correction waits as a draft beside what the client was told.
create unique index slip_published on office.slip (obligation_id) where state = 'published';
create unique index slip_draft on office.slip (obligation_id) where state = 'draft';

alter table office.notice
    drop column slip_id,                        -- what is paid on a day is one payment: said tells its slips
    drop column token_hash,                     -- each letter has a link of its own
    add column group_id bigint not null,        -- the same bill for several people: the number of the first notice
    add column due date not null,
    add column needs_answer boolean not null,
    add column sent_count int not null check (sent_count >= 0),  -- letters that went or may have gone
    add column failures int not null check (failures >= 0),      -- in a row
    add column escalation text not null check (escalation in ('none', 'call', 'head')),
    add column superseded_by bigint;            -- the group that tells another sum
create unique index notice_once on office.notice (organisation_id, due, contact_id)
    where superseded_by is null and state <> 'cancelled';
create index notice_group on office.notice (group_id);

alter table office.notice_attempt rename column sent_at to begun_at;
alter table office.notice_attempt
    add column address text not null,
    add column message_id text not null unique,
    add column token_hash bytea not null unique,                 -- SHA-256 of what the link carries
    add column repeat int not null,                              -- 0: the first letter
    add column by_person text,                                   -- who sent it by hand
    add column outcome text check (outcome in ('accepted', 'deferred', 'refused', 'unknown', 'arrived', 'lost')),
    add column ended_at timestamptz,
    add column resolved_by text,                                 -- who said what became of an unknown one
    add check ((outcome is null) = (ended_at is null));
create index notice_attempt_open on office.notice_attempt (begun_at) where outcome is null;
grant update (outcome, ended_at, answer, resolved_by) on office.notice_attempt to fiscal_panel;

-- ---------------------------------------------------------------- handbooks

alter table office.handbook
    add column outline text not null default '',                 -- what a new entry begins with
    add column created_at timestamptz,
    add column created_by bigint;
alter table office.handbook_entry add column pinned boolean not null default false;

create table office.handbook_file (
    id bigint primary key,
    handbook_id bigint not null references office.handbook (id),
    organisation_id bigint not null references office.organisation (id),
    name text not null check (name <> ''),
    size int not null check (size between 1 and 8388608),
    content bytea not null,
    author_id bigint,
    author text not null,
    added_at timestamptz not null,
    removed_at timestamptz
);
create index handbook_file_entry on office.handbook_file (organisation_id, handbook_id) where removed_at is null;
create index handbook_entry_review on office.handbook_entry (review_by) where review_by is not null;
grant select, insert, update (removed_at) on office.handbook_file to fiscal_panel;
alter table office.handbook_file enable row level security;
create policy in_sight on office.handbook_file to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or organisation_id = any ((select office.organisations_in_sight())::bigint[]));
create policy of_handbook on office.handbook_file as restrictive to fiscal_panel using (
    handbook_id in (select id from office.handbook));
