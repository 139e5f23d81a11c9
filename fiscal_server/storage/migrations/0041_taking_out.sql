-- Orders to take out a slot whose FN will never work again.
-- Locks: fiscal.kkt_request for a moment; its rows are read once, for the wider check.

alter table fiscal.kkt_request
    drop constraint kkt_request_kind_check,
    add constraint kkt_request_kind_check check (kind in (
        'read_archive', 'pause', 'resume', 'close_shift', 'rotate', 'return_to_service', 'take_out', 'read_registration',
        're_register'));
