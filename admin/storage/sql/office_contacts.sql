-- People of clients: one of them may belong to several.

-- name: add_contact
-- Somebody new, who belongs to nobody yet.
insert into office.contact (id, version, name, phones, emails, language, preferred_channel, notes, created_at, created_by)
values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: contacts_by_reach
-- Who has this telephone or this address already, among those in sight.
select id, name from office.contact where phones && $1 or emails && $2 order by id limit 1

-- name: link_contact
-- A contact belongs to a client from a day on. No row: it does already.
insert into office.organisation_contact (id, organisation_id, contact_id, role, receives, can_acknowledge, can_sign,
    valid_from, created_at, created_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
on conflict do nothing

-- name: contacts_on
-- Contacts of a client on a day, with how many other clients in sight each has.
select l.id as link_id, c.id, c.name, c.phones, c.emails, c.language, c.preferred_channel, c.notes, l.role, l.receives,
       l.can_acknowledge, l.can_sign,
       (select count(distinct x.organisation_id) from office.organisation_contact x
        where x.contact_id = c.id and x.organisation_id <> l.organisation_id
          and x.valid_from <= $2 and (x.valid_to is null or $2 < x.valid_to)) as others
from office.organisation_contact l join office.contact c on c.id = l.contact_id
where l.organisation_id = $1 and l.valid_from <= $2 and (l.valid_to is null or $2 < l.valid_to)
order by lower(c.name), c.id

-- name: close_contact_link
-- A contact leaves a client.
update office.organisation_contact set valid_to = greatest(valid_from, $3)
where id = $1 and organisation_id = $2 and (valid_to is null or valid_to > $3)
returning contact_id
