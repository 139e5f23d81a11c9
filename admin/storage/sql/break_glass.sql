-- Access in an emergency.

-- name: break_glass
-- From now on a person sees a merchant.
insert into office.break_glass (id, person_id, merchant_id, reason, begun_at, ends_at) values ($1, $2, $3, $4, $5, $6)

-- name: broken_glass
-- What a person has broken and not given back.
select merchant_id, reason, ends_at from office.break_glass
where person_id = $1 and ended_at is null and ends_at > $2
order by id desc
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
