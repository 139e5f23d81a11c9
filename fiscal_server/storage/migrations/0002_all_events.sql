-- Books for every event: what a payment did (so that it can be taken back), money without a receipt of ours, receipts that
-- agents owe, anomalies. Settlements become columns: refunds and recalculations lower them row by row, and the bulk path
-- writes them as binary columns.
-- Locks: fiscal.settlement is rewritten under an exclusive lock, about 10 s a million rows; the rest is new.
-- Payments from before this migration have no record and cannot be reversed by an event.

-- ---------------------------------------------------------------------------------------------------------------------
-- Settlements

alter table fiscal.settlement
    add column service text,
    add column period text,
    add column amount_kopecks bigint,
    add column vat_code smallint,           -- ordinary
    add column form text,                   -- cash, noncash, counter, advance
    add column settled_on date,
    add column exempt text,                 -- legal_payer, exempt_member: it made no receipt
    add column lot_received_on date,        -- of the lot that an advance settlement came from, like the next three
    add column lot_vat_code smallint,
    add column lot_method smallint,
    add column lot_service text;

-- Reads what 0001 stored: a MessagePack map of strings, integers that are not negative, and nil.
create function pg_temp.unpacked(body bytea) returns jsonb
language plpgsql immutable as $$
declare
    place int := 1;
    tag int;
    size int;
    number bigint;
    item jsonb;
    name text;
    result jsonb := '{}';
begin
    for n in 1 .. 2 * (get_byte(body, 0) & 15) loop
        tag := get_byte(body, place);
        place := place + 1;
        size := case when tag between 160 and 191 then tag & 31 end;
        if tag < 128 then
            item := to_jsonb(tag);
        elsif tag = 192 then
            item := 'null';
        elsif tag between 204 and 207 then
            number := 0;
            for octet in 1 .. 1 << (tag - 204) loop
                number := number * 256 + get_byte(body, place);
                place := place + 1;
            end loop;
            item := to_jsonb(number);
        elsif tag in (217, 218) then
            size := get_byte(body, place);
            if tag = 218 then
                place := place + 1;
                size := size * 256 + get_byte(body, place);
            end if;
            place := place + 1;
        elsif size is null then
            raise exception 'a settlement holds the MessagePack tag %, which none was written with', tag;
        end if;
        if size is not null then
            item := to_jsonb(convert_from(substring(body from place + 1 for size), 'UTF8'));
            place := place + size;
        end if;
        if n % 2 = 1 then
            name := item #>> '{}';
        else
            result := result || jsonb_build_object(name, item);
        end if;
    end loop;
    return result;
end
$$;

update fiscal.settlement s
set service = f.service, period = f.period, amount_kopecks = f.amount_kopecks, vat_code = f.vat_code, form = f.form,
    settled_on = f.settled_on, exempt = f.exempt, lot_received_on = f.lot_received_on, lot_vat_code = f.lot_vat_code,
    lot_method = f.lot_method, lot_service = f.lot_service
from fiscal.settlement o
cross join lateral jsonb_to_record(pg_temp.unpacked(o.body)) as f (
    service text, period text, amount_kopecks bigint, vat_code smallint, form text, settled_on date, exempt text,
    lot_received_on date, lot_vat_code smallint, lot_method smallint, lot_service text)
where o.merchant_id = s.merchant_id and o.id = s.id;

alter table fiscal.settlement
    drop column body,
    alter column service set not null,
    alter column period set not null,
    alter column amount_kopecks set not null,
    alter column vat_code set not null,
    alter column form set not null,
    alter column settled_on set not null,
    add constraint settlement_amount_kopecks_check check (amount_kopecks > 0);

-- ---------------------------------------------------------------------------------------------------------------------
-- What else events leave behind

-- What a payment did to the books: enough to take it back whole. The id is the event's, so event_key finds it.
create table fiscal.payment (
    merchant_id bigint not null,
    id bigint not null,
    account_id bigint,                   -- null: of an unknown payer
    paid_on date not null,
    amount_kopecks bigint not null check (amount_kopecks > 0),
    costs_kopecks bigint not null check (costs_kopecks >= 0),
    penalty_kopecks bigint not null check (penalty_kopecks >= 0),
    suspended boolean not null,          -- it went into suspense
    agent_sign smallint,                 -- 1222 of the agent who fiscalised it
    parts bytea not null,                -- MessagePack of storage.payments.Parts: debts, lots and settlements it touched
    reversed_by bigint,                  -- the event that took it back
    primary key (merchant_id, id)
) partition by range (id);

-- Money without a receipt of ours; negative when it went back.
create table fiscal.unfiscalised (
    merchant_id bigint not null,
    id bigint not null,
    event_id bigint not null,
    account_id bigint,
    reason text not null,                -- penalty, costs, legal_payer, exempt_member
    amount_kopecks bigint not null,
    primary key (merchant_id, id)
) partition by range (id);

-- Receipts that payment agents must have made for us.
create table fiscal.expected_foreign_receipt (
    merchant_id bigint not null,
    id bigint not null,
    event_id bigint not null,
    account_id bigint,
    amount_kopecks bigint not null check (amount_kopecks > 0),
    sign smallint not null,              -- 1054
    agent_sign smallint not null,        -- 1222
    supplier_inn text,                   -- 1226: we are the supplier
    primary key (merchant_id, id)
) partition by range (id);

-- What a person should look at; the receipt was made all the same.
create table fiscal.anomaly (
    merchant_id bigint not null,
    id bigint not null,
    rule text not null,                  -- micro_payment_unlock, internet_sale_without_contact
    event_id bigint not null,
    account_id bigint,
    primary key (merchant_id, id)
);

-- ---------------------------------------------------------------------------------------------------------------------
-- Partitions: the new big tables get the months that the old ones have

do $$
declare
    month record;
    big text;
begin
    for month in
        select substr(c.relname, length('event') + 1) as suffix, pg_get_expr(c.relpartbound, c.oid) as bounds
        from pg_inherits i
        join pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'fiscal.event'::regclass
    loop
        foreach big in array array['payment', 'unfiscalised', 'expected_foreign_receipt'] loop
            execute format('create table fiscal.%I partition of fiscal.%I %s', big || month.suffix, big, month.bounds);
        end loop;
    end loop;
end
$$;

create or replace function fiscal.make_partitions(suffix text, first_id bigint, next_id bigint) returns void
language plpgsql as $$
declare
    big text;
    part text;
begin
    perform pg_advisory_xact_lock(hashtextextended('fiscal.make_partitions', 0));
    foreach big in array array[
        'event', 'payment', 'settlement', 'unfiscalised', 'expected_foreign_receipt', 'receipt', 'fiscal_document',
        'ofd_exchange'
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

-- ---------------------------------------------------------------------------------------------------------------------
-- What the panel may read, as in 0001

do $$
declare
    visible text;
begin
    foreach visible in array array['payment', 'unfiscalised', 'expected_foreign_receipt', 'anomaly'] loop
        execute format('grant select on fiscal.%I to fiscal_panel', visible);
        execute format('alter table fiscal.%I enable row level security', visible);
        execute format(
            'create policy panel_reads on fiscal.%I for select to fiscal_panel using (merchant_id = any ('
            || '(select string_to_array(coalesce(current_setting(''fiscal.merchants'', true), ''''), '','')::bigint[])::bigint[]))',
            visible);
    end loop;
end
$$;
