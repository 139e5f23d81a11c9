-- Corrections and restorations that people have ordered: what each order says and which receipts it issues. Written once,
-- in the transaction that queues those receipts; where it stands is read from them.
-- Locks: none that matters, the tables are new.

create table fiscal.correction (
    merchant_id bigint not null,
    id bigint not null,
    kind text not null check (kind in ('correction', 'restoration')),
    idempotency_key text not null,
    body_hash bytea not null,            -- SHA-256 of the order as it came
    body bytea not null,                 -- the order, canonical JSON
    receipt_ids bigint[] not null,       -- what it issues, in order
    created_at timestamptz not null,
    primary key (merchant_id, id),
    unique (merchant_id, idempotency_key)
);

create table fiscal.corrected_receipt (
    merchant_id bigint not null,
    receipt_id bigint not null,          -- that was wrong
    correction_id bigint not null,
    event_id bigint not null,            -- whose receipts correct it
    primary key (merchant_id, receipt_id, correction_id)
);

create trigger correction_is_written_once before update or delete on fiscal.correction
    for each row execute function fiscal.refuse_change();
create trigger correction_is_not_emptied before truncate on fiscal.correction
    for each statement execute function fiscal.refuse_change();
create trigger corrected_receipt_is_written_once before update or delete on fiscal.corrected_receipt
    for each row execute function fiscal.refuse_change();
create trigger corrected_receipt_is_not_emptied before truncate on fiscal.corrected_receipt
    for each statement execute function fiscal.refuse_change();

do $$
declare
    visible text;
begin
    foreach visible in array array['correction', 'corrected_receipt'] loop
        execute format('grant select on fiscal.%I to fiscal_panel', visible);
        execute format('alter table fiscal.%I enable row level security', visible);
        execute format(
            'create policy panel_reads on fiscal.%I for select to fiscal_panel using (merchant_id = any ('
            '(select string_to_array(coalesce(current_setting(''fiscal.merchants'', true), ''''), '','')::bigint[])::bigint[]))',
            visible);
    end loop;
end
$$;
