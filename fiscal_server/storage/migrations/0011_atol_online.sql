-- ATOL Online's dialect (docs/atol-online.md): who may speak it, which cassette a group of KKTs is, and what is to be told to
-- callback addresses. Documents themselves stand in event, receipt and queue as all others do.
-- Locks: none that matters, the tables are new.

create table fiscal.atol_group (
    code text primary key,               -- as it stands in addresses
    merchant_id bigint not null references fiscal.merchant (id),
    cassette_id bigint not null,
    version smallint not null check (version in (4, 5)),
    created_at timestamptz not null
);

create table fiscal.atol_login (
    login text primary key,
    merchant_id bigint not null references fiscal.merchant (id),
    password_hash bytea not null,        -- SHA-256; passwords are long and random, shown once and not kept
    token_hash bytea unique,             -- SHA-256 of the token that is in force; who knows the password can make it again
    token_issued_at timestamptz,
    blocked_at timestamptz,
    created_at timestamptz not null
);

-- An outbox: a row goes when its report was taken. Without a time it was given up.
create table fiscal.atol_callback (
    merchant_id bigint not null,
    receipt_id bigint not null,
    url text not null,
    attempts int not null default 0,
    due_at timestamptz,
    error text,                          -- of the last attempt
    primary key (merchant_id, receipt_id)
);
create index atol_callback_due on fiscal.atol_callback (due_at) where due_at is not null;
