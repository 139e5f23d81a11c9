-- Files that people handed over are rows of merchants: the panel's role sees and changes those of the merchants that its
-- transaction names, as everywhere else, so that a page that forgets to ask cannot show a stranger's file.
-- Locks: access exclusive on two small tables, for a moment.

alter table office.upload enable row level security;
create policy panel_holds on office.upload to fiscal_panel
    using (merchant_id = any (
        (select string_to_array(coalesce(current_setting('fiscal.merchants', true), ''), ',')::bigint[])::bigint[]));

alter table office.upload_piece enable row level security;
create policy panel_holds on office.upload_piece to fiscal_panel
    using (exists (select from office.upload u where u.id = upload_id));

-- What nobody went on with is forgotten whoever's it was: with the rights of its owner, and by age alone.
create function office.forget_old_uploads(before timestamptz) returns void
    language sql security definer set search_path = ''
    as $$ delete from office.upload where created_at < before $$;
revoke execute on function office.forget_old_uploads from public;
grant execute on function office.forget_old_uploads to fiscal_panel;
