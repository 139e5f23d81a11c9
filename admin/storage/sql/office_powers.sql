-- Powers of attorney of clients.

-- name: add_power_of_attorney
-- One that the client has given, or that it signs by itself.
insert into office.power_of_attorney (id, organisation_id, kind, body, number, representative, powers, issued_on, valid_to,
    created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: powers_of_client
-- All of them, those that act longest first.
select id, kind, body, number, representative, powers, issued_on, valid_to, revoked_on, revoke_note
from office.power_of_attorney where organisation_id = $1
order by revoked_on is not null, valid_to desc, id desc

-- name: revoke_power_of_attorney
-- From a day on it acts no more; a day that is still to come ($5: today) may be said anew. No row: it is revoked, or none
-- of this client, or the day lies behind its last one.
update office.power_of_attorney set revoked_on = $3, revoke_note = $4
where id = $1 and organisation_id = $2 and (revoked_on is null or revoked_on > $5) and $3 <= valid_to
returning body

-- name: find_powers_of_attorney
-- Those whose number or whose representative holds the words; those that act longest first.
select p.id, p.kind, p.body, p.number, p.representative, p.powers, p.issued_on, p.valid_to, p.revoked_on, p.revoke_note,
       p.organisation_id, o.short_name
from office.power_of_attorney p join office.organisation o on o.id = p.organisation_id
where lower(p.number) like $1 or lower(p.representative) like $1
order by p.revoked_on is not null, p.valid_to desc, p.id desc
limit $2
