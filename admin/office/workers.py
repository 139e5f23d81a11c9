"""Who can be given cases: people whose roles work on them and who have the client in sight."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from admin.office.forms import FormRefused
from admin.permissions import ROLES, Action, roles_that_may
from admin.storage.office import organisations
from admin.storage.office.organisations import OfficePerson
from admin.texts import say
from fiscal_server.storage.pool import ReadConnection, WriteConnection

_WORKING: Final = [role.value for role in roles_that_may(Action.WORK_ON_CASES)]
_SEEING_ALL: Final = [role.value for role, row in ROLES.items() if row.sees_all]


async def workers(
    db: ReadConnection | WriteConnection, today: date, organisation_id: int | None = None
) -> list[OfficePerson]:
    """By name: whoever may work on cases of a client today, assigned, standing in or by level; of any one, by role."""
    return await organisations.people_who_work(db, _WORKING, _SEEING_ALL, organisation_id, today)


async def refuse_strangers(
    db: ReadConnection | WriteConnection, today: date, organisation_id: int | None, chosen: Iterable[OfficePerson]
) -> None:
    """Raises FormRefused with the name of the first who cannot work on cases of the client, or of any."""
    may_work = {one.id for one in await workers(db, today, organisation_id)}
    for one in chosen:
        if one.id in may_work:
            continue
        if organisation_id is None:
            raise FormRefused(say("{person}: роль не даёт вести дела клиентов, выберите другого.", person=one.name))
        text = "{person}: не видит этого клиента или не ведёт дел. Выберите другого или сначала назначьте на клиента."
        raise FormRefused(say(text, person=one.name))
