-- Templates of contracts and the texts made of them. A version and a text are never rewritten.

-- name: list_contract_templates
-- Each with its newest version, those in use first.
select t.id, t.language, t.archived_at, n.version, n.name, n.text, n.author, n.created_at
from office.contract_template t
cross join lateral (
    select x.version, x.name, x.text, x.author, x.created_at from office.contract_template_text x
    where x.template_id = t.id order by x.version desc limit 1
) n
order by t.archived_at is not null, lower(n.name), t.id

-- name: contract_template_by_id
-- One with its newest version.
select t.id, t.language, t.archived_at, n.version, n.name, n.text, n.author, n.created_at
from office.contract_template t
join office.contract_template_text n on n.template_id = t.id
where t.id = $1 order by n.version desc limit 1

-- name: contract_template_versions
-- All that a template said, newest first.
select version, name, text, author, created_at
from office.contract_template_text where template_id = $1 order by version desc limit $2

-- name: add_contract_template
-- A template begins.
insert into office.contract_template (id, language) values ($1, $2)

-- name: write_contract_template
-- Another version, if nobody wrote one since the version that was read.
insert into office.contract_template_text (template_id, version, name, text, author_id, author, created_at)
select $1, $2 + 1, $3, $4, $5, $6, $7
where $2 = (select coalesce(max(version), 0) from office.contract_template_text where template_id = $1)
on conflict do nothing
returning version

-- name: put_contract_template_away
-- No contract is made of it from now on, or again; null: it is in use.
update office.contract_template set archived_at = $2 where id = $1

-- name: own_details
-- Who the office is, the newest version.
select version, details from office.own_details order by version desc limit 1

-- name: write_own_details
-- Another version, if nobody wrote one since the version that was read.
insert into office.own_details (version, details, author_id, author, created_at)
select $1 + 1, $2, $3, $4, $5 where $1 = (select coalesce(max(version), 0) from office.own_details)
on conflict do nothing
returning version

-- name: contract_details_of_organisation
-- What contracts say of a client beside its numbers.
select coalesce(details -> 'contract', '{}') from office.organisation where id = $1

-- name: set_contract_details
-- What contracts are to say of a client. No row: it was changed meanwhile.
update office.organisation set details = details || jsonb_build_object('contract', $3::jsonb), version = version + 1,
    updated_at = $4, updated_by = $5
where id = $1 and version = $2
returning version

-- name: add_contract_text
-- A text as it was made.
insert into office.contract_text (id, contract_id, organisation_id, template_id, template_version, html, pdf, sha256,
    author_id, author, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: contract_texts
-- What was made for a contract, newest first, without the papers.
select x.id, x.template_id, x.template_version, n.name as template, t.language, x.html, x.sha256, x.author, x.created_at
from office.contract_text x
join office.contract_template t on t.id = x.template_id
join office.contract_template_text n on n.template_id = x.template_id and n.version = x.template_version
where x.contract_id = $1 order by x.id desc limit $2

-- name: contract_templates_in_use
-- Whether texts are made here. An office without a template keeps the words of its contracts elsewhere, as a file on the
-- card or on paper, and nothing here could be asked of it.
select exists (select from office.contract_template where archived_at is null)

-- name: contract_template_as_used
-- One with the version that a text was made of.
select t.id, t.language, t.archived_at, n.version, n.name, n.text, n.author, n.created_at
from office.contract_template t
join office.contract_template_text n on n.template_id = t.id
where t.id = $1 and n.version = $2

-- name: contract_text_pdf
-- The paper of one text.
select pdf from office.contract_text where id = $1 and contract_id = $2
