-- Keys with scopes, an end, and a trail of who changed what.

alter table fiscal.api_key
    add column scopes text[] not null default '{read,submit,operate}', -- what keys of before may do; new ones say it
    add column expires_at timestamptz,   -- null: none; a rotated key works on until then, beside its successor
    add column replaced_by bigint references fiscal.api_key (id);
alter table fiscal.api_key
    alter column scopes drop default,
    add constraint api_key_scopes check (scopes <@ '{read,submit,operate,admin}' and cardinality(scopes) > 0);
create index api_key_merchant on fiscal.api_key (merchant_id, id);

-- Settings changed and orders given through the API: who, when, what, before and after. Rows are never changed.
create table fiscal.audit (
    merchant_id bigint not null,
    id bigint not null,
    at timestamptz not null,
    actor text not null,                 -- `key <id> (<name>)` or `console`
    action text not null,                -- as in `key.create`
    object text not null,
    before jsonb,
    after jsonb,
    request_id text,
    primary key (merchant_id, id)
);
create trigger audit_is_written_once before update or delete on fiscal.audit
    for each row execute function fiscal.refuse_change();

grant select on fiscal.audit to fiscal_panel;
alter table fiscal.audit enable row level security;
create policy panel_reads on fiscal.audit for select to fiscal_panel using (merchant_id = any (
    (select string_to_array(coalesce(current_setting('fiscal.merchants', true), ''), ',')::bigint[])::bigint[]));
