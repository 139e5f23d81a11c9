-- Everybody says whether and when the letter of the morning comes; what became of each is told apart.
-- Locks: office.person and office.digest for a moment; rows of the latter are read once, for the wider check.

alter table office.person
    add column digest text not null default 'due' check (digest in ('always', 'due', 'never')),  -- due: with something to do
    add column digest_hour int not null default 8 check (digest_hour between 8 and 18);          -- of the office, from it on

alter table office.digest
    drop constraint digest_state_check,
    add constraint digest_state_check check (state in (
        'claimed', 'sent',
        'unknown',                           -- the mail server fell silent while the text was on its way: it may have gone
        'nothing',                           -- there was nothing to tell
        'failed'));
