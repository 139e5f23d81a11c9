-- People of the panel: who they are, how they sign in, which merchants they are given, what they did.
-- Locks: everything is new but the policy on fiscal.merchant, which waits for nobody.

create table office.person (
    id bigint primary key,
    email text not null check (email = lower(email)),
    name text not null,
    roles text[] not null,               -- admin/permissions.py
    language text not null,
    password_hash text,                  -- argon2id in PHC form; null: has not chosen one yet
    totp_secret text,                    -- base32; null: no second factor
    totp_step bigint not null default 0, -- the newest 30-second step whose code was used: none works twice
    created_at timestamptz not null,
    disabled_at timestamptz
);
create unique index person_email on office.person (email);

create table office.person_merchant (
    merchant_id bigint not null,
    person_id bigint not null references office.person (id),
    primary key (merchant_id, person_id)
);
create index person_merchant_person on office.person_merchant (person_id);

create table office.recovery_code (
    person_id bigint not null references office.person (id),
    code_hash bytea not null,            -- SHA-256: the codes are random, nothing can be guessed back
    primary key (person_id, code_hash)
);

create table office.session (
    token_hash bytea primary key,        -- SHA-256 of the cookie
    id bigint not null unique,           -- how people name it
    person_id bigint not null references office.person (id),
    passed boolean not null,             -- false: the password was right, the second factor is still to come
    address text not null,
    agent text not null,
    created_at timestamptz not null,
    seen_at timestamptz not null,
    expires_at timestamptz not null
);
create index session_person on office.session (person_id);
create index session_expiry on office.session (expires_at);

-- One-time links: an invitation, a new password. Only the newest one of a person works.
create table office.password_link (
    person_id bigint primary key references office.person (id),
    token_hash bytea not null unique,
    expires_at timestamptz not null
);

-- Failed attempts of the last minutes: of one name, and of one address.
create table office.failed_sign_in (
    id bigint primary key,
    email text not null,
    address text not null,
    failed_at timestamptz not null
);
create index failed_sign_in_email on office.failed_sign_in (email, failed_at);
create index failed_sign_in_address on office.failed_sign_in (address, failed_at);

-- What people did. Rows are only added: nobody but the owner of the database may change them, and each carries the hash
-- of the one before it, so that a row that was changed or taken out shows.
create table office.audit (
    number bigint primary key,           -- without gaps
    happened_at timestamptz not null,
    person_id bigint,                    -- null: nobody had signed in
    person text not null,                -- the name as it was then
    address text not null,
    action text not null,
    merchant_id bigint,
    object text not null,                -- what it was done to, in words that stay true
    before jsonb,
    after jsonb,
    reason text,
    previous_hash bytea not null,
    hash bytea not null
);
create index audit_person on office.audit (person_id, number);

grant usage on schema office to fiscal_panel;
grant select, insert, update on office.person to fiscal_panel;
grant select, insert, delete on office.person_merchant, office.recovery_code, office.failed_sign_in to fiscal_panel;
grant select, insert, update, delete on office.session, office.password_link to fiscal_panel;
grant select, insert on office.audit to fiscal_panel;

-- Names of all merchants, for those who choose among them; everything else of a merchant only where it is in sight.
create function office.merchant_names() returns table (id bigint, name text)
    language sql stable security definer set search_path = ''
    as 'select m.id, m.name from fiscal.merchant m order by m.id';
revoke execute on function office.merchant_names() from public;
grant execute on function office.merchant_names() to fiscal_panel;

alter table fiscal.merchant enable row level security;
create policy panel_reads on fiscal.merchant for select to fiscal_panel using (id = any (
    (select string_to_array(coalesce(current_setting('fiscal.merchants', true), ''), ',')::bigint[])::bigint[]));
