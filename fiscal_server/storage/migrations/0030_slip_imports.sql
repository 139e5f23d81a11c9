-- Tables of sums to pay are taken in as tables of leads are: the same files, rows and mappings, another kind of row.
-- Locks: office.lead_import, office.lead_import_row, for an instant.

alter table office.lead_import
    add column kind text not null default 'lead' check (kind in ('lead', 'slip'));  -- what rows become
alter table office.lead_import_row
    add column slip_id bigint;           -- what it became
grant update (slip_id) on office.lead_import_row to fiscal_panel;
