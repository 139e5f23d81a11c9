-- What an account owes and has, kept on the first of its debts and of its advance lots: lists of accounts by sum. The
-- transactions that write those rows write it, so that it costs no row of its own. And the panel's memory of work with
-- lists under row-level security.
-- Locks: debt and advance_lot, access exclusive for as long as it takes to fill what is there (200,000 accounts: seconds).

alter table fiscal.debt add column account_total_kopecks bigint check (account_total_kopecks > 0);
comment on column fiscal.debt.account_total_kopecks is
    'on the first debt of an account: what its debts that are not written off come to; null on the others';
alter table fiscal.advance_lot add column account_total_kopecks bigint check (account_total_kopecks > 0);
comment on column fiscal.advance_lot.account_total_kopecks is
    'on the first lot of an account: what its lots come to; null on the others';

update fiscal.debt d set account_total_kopecks = s.kopecks
from (
    select merchant_id, account_id, min(ordinal) filter (where not off_balance) as first,
           sum(amount_kopecks) filter (where not off_balance)::bigint as kopecks
    from fiscal.debt
    group by merchant_id, account_id
) s
where d.merchant_id = s.merchant_id and d.account_id = s.account_id and d.ordinal = s.first;

update fiscal.advance_lot l set account_total_kopecks = s.kopecks
from (
    select merchant_id, account_id, min(ordinal) as first, sum(amount_kopecks)::bigint as kopecks
    from fiscal.advance_lot
    group by merchant_id, account_id
) s
where l.merchant_id = s.merchant_id and l.account_id = s.account_id and l.ordinal = s.first;

create index debt_total on fiscal.debt (merchant_id, account_total_kopecks, account_id)
    where account_total_kopecks is not null;
create index advance_lot_total on fiscal.advance_lot (merchant_id, account_total_kopecks, account_id)
    where account_total_kopecks is not null;

-- ---------------------------------------------------------------- work with lists

-- Whose a view or a job is: the person whom the transaction names (office.looker), "nobody" where nobody signs in.
alter table office.saved_view enable row level security;
create policy own on office.saved_view to fiscal_panel using (
    coalesce(person_id::text, 'nobody') = (select current_setting('office.looker', true)));
create policy shared on office.saved_view for select to fiscal_panel using (merchant_id = any (
    (select string_to_array(coalesce(current_setting('fiscal.merchants', true), ''), ',')::bigint[])::bigint[]));

alter table office.bulk_job enable row level security;
create policy own on office.bulk_job to fiscal_panel using (
    coalesce(person_id::text, 'nobody') = (select current_setting('office.looker', true)));

alter table office.bulk_item enable row level security;
create policy own on office.bulk_item to fiscal_panel
    using (exists (select from office.bulk_job j where j.id = job_id));

-- What was done long ago is forgotten whoever's it was: with the rights of its owner, and by age alone.
create function office.forget_old_bulk_jobs(before timestamptz) returns void
    language sql security definer set search_path = ''
    as $$ delete from office.bulk_job where created_at < before and state <> 'RUNNING' $$;
revoke execute on function office.forget_old_bulk_jobs from public;
grant execute on function office.forget_old_bulk_jobs to fiscal_panel;

-- A row whose order a device has still to carry out is asked; what came of it stands with the order.
alter table office.bulk_item
    add column order_id bigint,
    drop constraint bulk_item_outcome_check,
    add constraint bulk_item_outcome_check check (outcome in ('done', 'failed', 'asked')),
    add constraint bulk_item_order check ((outcome is not distinct from 'asked') = (order_id is not null));
