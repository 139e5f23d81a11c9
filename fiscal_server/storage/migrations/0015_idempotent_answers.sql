-- What was answered to a request with an Idempotency-Key that makes something other than a batch (batches keep their own).
-- Locks: none that matters, the table is new.

create table fiscal.idempotent_answer (
    merchant_id bigint not null,
    key text not null,
    request_hash bytea not null,         -- method, address and body: the same key for another request is a mistake
    answer bytea not null,               -- JSON, without what is shown once
    created_at timestamptz not null,
    primary key (merchant_id, key)
);
create index idempotent_answer_age on fiscal.idempotent_answer (merchant_id, created_at);
