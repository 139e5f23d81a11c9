-- A database restored from an older backup knows less than the FNs: what stops a merchant's receipts until the FNs were
-- read, and the receipts found in them that the books do not know.
-- Locks: none that matters, the tables are new.

create table fiscal.hold (
    merchant_id bigint primary key,
    reason text not null,
    since timestamptz not null
);

create table fiscal.adopted_receipt (
    merchant_id bigint not null,
    fn_number text not null,
    fd_number integer not null,
    inside text,                         -- the receipt id that its document carries; null: none that could be read
    sign smallint not null,
    total_kopecks bigint not null,
    tlv bytea,                           -- null once the FN keeps only the short record
    receipt_id bigint,                   -- the receipt that it was found to be
    accepted text,                       -- why a person lets it stand without one
    adopted_at timestamptz not null,
    primary key (merchant_id, fn_number, fd_number)
);

do $$
declare
    visible text;
begin
    foreach visible in array array['hold', 'adopted_receipt'] loop
        execute format('grant select on fiscal.%I to fiscal_panel', visible);
        execute format('alter table fiscal.%I enable row level security', visible);
        execute format(
            'create policy panel_reads on fiscal.%I for select to fiscal_panel using (merchant_id = any ('
            '(select string_to_array(coalesce(current_setting(''fiscal.merchants'', true), ''''), '','')::bigint[])::bigint[]))',
            visible);
    end loop;
end
$$;
