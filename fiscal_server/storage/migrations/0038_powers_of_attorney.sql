-- Powers of attorney of clients, and that a client signs by itself: number, days, whom, before which authority.
-- Locks: the table is new.

create table office.power_of_attorney (
    id bigint primary key,
    organisation_id bigint not null references office.organisation (id),
    kind text not null check (kind in ('paper', 'notarised', 'electronic', 'own_signature')),
    body text not null,                  -- accounting/office/powers.py
    number text not null,                -- empty: none, which only paper may have
    representative text not null,        -- who acts; empty: the client by itself
    powers text not null,                -- what for, in words or codes
    issued_on date not null,             -- without it a power is void
    valid_to date not null,              -- the last day
    revoked_on date,
    revoke_note text,                    -- and to whom it was announced
    created_at timestamptz not null,
    created_by bigint,
    check (issued_on <= valid_to),
    check ((revoked_on is null) = (revoke_note is null))
);
create index power_of_attorney_organisation on office.power_of_attorney (organisation_id, valid_to);

grant select, insert, update (revoked_on, revoke_note) on office.power_of_attorney to fiscal_panel;
alter table office.power_of_attorney enable row level security;
create policy in_sight on office.power_of_attorney to fiscal_panel using (
    (select current_setting('office.sees_all', true) = 'yes')
    or organisation_id = any ((select office.organisations_in_sight())::bigint[]));
