-- Errands: what the panel asks of the API in somebody's name.
-- Locks: everything is new.

create table office.errand (
    token_hash bytea primary key,        -- SHA-256: the token is random
    merchant_id bigint not null,
    person_id bigint,                    -- null: the panel asks nobody to sign in
    person text not null,                -- as the audit of the merchant names them
    scopes text[] not null,              -- those of a key, fiscal_server/storage/keys.py
    expires_at timestamptz not null
);
create index errand_expiry on office.errand (expires_at);

grant select, insert, delete on office.errand to fiscal_panel;
