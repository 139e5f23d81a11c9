-- Access in an emergency.

-- name: break_glass
-- From now on a person sees a merchant, or a client of the office.
insert into office.break_glass (id, person_id, merchant_id, organisation_id, reason, begun_at, ends_at)
values ($1, $2, $3, $4, $5, $6, $7)

-- name: broken_glass
-- What a person has broken and not given back.
select b.merchant_id, b.organisation_id, coalesce(m.name, c.name) as name, b.reason, b.ends_at from office.break_glass b
left join office.merchant_names() m on m.id = b.merchant_id
left join office.client_names() c on c.id = b.organisation_id
where b.person_id = $1 and b.ended_at is null and b.ends_at > $2
order by b.id desc
limit 1

-- name: give_glass_back
-- All that a person has broken ends now.
update office.break_glass set ended_at = $2 where person_id = $1 and ended_at is null and ends_at > $2

-- name: glass_broken_since
-- Who looked at these merchants in an emergency since a moment, the newest first.
select b.merchant_id, p.name as person, b.reason, b.begun_at, coalesce(b.ended_at, b.ends_at) as until
from office.break_glass b join office.person p on p.id = b.person_id
where b.merchant_id = any ($1::bigint[]) and b.begun_at > $2
order by b.begun_at desc
limit 50

-- name: glass_broken_before_client
-- The same of a client of the office.
select b.organisation_id, p.name as person, b.reason, b.begun_at, coalesce(b.ended_at, b.ends_at) as until
from office.break_glass b join office.person p on p.id = b.person_id
where b.organisation_id = $1 and b.begun_at > $2
order by b.begun_at desc
limit 50

-- name: client_names_in_an_emergency
-- Clients of the office by name, to choose one from.
select id, name from office.client_names()
