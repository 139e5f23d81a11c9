-- Bank statements and payment registers that were imported, with every line and what became of it. Written once, in the
-- transaction that stores the payments: what is here has been done.
-- Locks: none that matters, the tables are new.

create table fiscal.import (
    merchant_id bigint not null,
    id bigint not null,
    kind text not null check (kind in ('statement', 'register')),
    adapter text not null,
    channel text not null,
    file_name text not null,
    file_hash bytea not null,            -- SHA-256 of the bytes
    repeat int not null,                 -- 0; more: the same file taken in again, for lines that were rejected
    payout text,                         -- the bank's payment order behind a register
    batch_id bigint,                     -- null: there was nothing to post
    lines int not null,
    payments int not null,
    payments_kopecks bigint not null,
    unidentified int not null,           -- of the payments: those whose account was not found
    duplicates int not null,
    duplicates_kopecks bigint not null,
    rejected int not null,
    skipped int not null,
    receipts int not null,
    totals jsonb not null,               -- what the file states beside what its lines add up to
    created_at timestamptz not null,
    primary key (merchant_id, id),
    unique (merchant_id, file_hash, repeat)
);
create index import_payout on fiscal.import (merchant_id, channel, payout) where payout is not null;

create table fiscal.import_line (
    merchant_id bigint not null,
    import_id bigint not null,
    line int not null,                   -- in the file
    outcome text not null check (outcome in ('payment', 'duplicate', 'rejected', 'skipped')),
    code text,                           -- why it is no payment: accounting.reconciliation.incoming.findings
    field text,
    value text,
    event_key text,
    account text,                        -- null: none was found
    named_accounts text[] not null,      -- what the line may mean by it
    period text,
    paid_on date,
    amount_kopecks bigint,
    fee_kopecks bigint,
    document text,
    payer text,
    purpose text,
    evidence text[] not null,
    receipt_ids bigint[] not null,
    primary key (merchant_id, import_id, line)
) partition by range (import_id);

-- As in 0002, with the lines of imports: their months are made like those of the other big tables.
create or replace function fiscal.make_partitions(suffix text, first_id bigint, next_id bigint) returns void
language plpgsql as $$
declare
    big text;
    part text;
begin
    perform pg_advisory_xact_lock(hashtextextended('fiscal.make_partitions', 0));
    foreach big in array array[
        'event', 'payment', 'settlement', 'unfiscalised', 'expected_foreign_receipt', 'receipt', 'fiscal_document',
        'ofd_exchange', 'import_line'
    ] loop
        part := big || '_' || suffix;
        if to_regclass(format('fiscal.%I', part)) is null then
            execute format('create table fiscal.%I (like fiscal.%I including all)', part, big);
            execute format('alter table fiscal.%I attach partition fiscal.%I for values from (%s) to (%s)',
                           big, part, first_id, next_id);
        end if;
    end loop;
end
$$;

do $$
declare
    visible text;
begin
    foreach visible in array array['import', 'import_line'] loop
        execute format('grant select on fiscal.%I to fiscal_panel', visible);
        execute format('alter table fiscal.%I enable row level security', visible);
        execute format(
            'create policy panel_reads on fiscal.%I for select to fiscal_panel using (merchant_id = any ('
            '(select string_to_array(coalesce(current_setting(''fiscal.merchants'', true), ''''), '','')::bigint[])::bigint[]))',
            visible);
    end loop;
end
$$;
