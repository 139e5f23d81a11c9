-- Orders to read and to change the registration of a KKT; what is ordered, and how far an order has come, stand beside it.
-- Locks: fiscal.kkt_request for a moment; its rows are read once, for the wider check.

alter table fiscal.kkt_request
    drop constraint kkt_request_kind_check,
    add constraint kkt_request_kind_check check (kind in (
        'read_archive', 'pause', 'resume', 'close_shift', 'rotate', 'return_to_service', 'read_registration',
        're_register')),
    add column details jsonb,                -- of re_register: cassette/registration_change.py
    add column progress jsonb;               -- of re_register: dispatch/registration_orders.py
