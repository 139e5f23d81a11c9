"""What the command line of this machine may do: make an administrator, and links to choose a password."""

from admin.permissions import EVERYTHING
from admin.sign_in import tokens
from admin.sign_in.door import INVITATION_LIVES, SignInRefused
from admin.sign_in.first import checked_person
from admin.storage import audit, people
from admin.storage.audit import Deed
from admin.texts import current_language
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import Database, WriteConnection

CONSOLE = "console"


async def make_administrator(database: Database, clock: Clock, email: str, name: str) -> str:
    """Somebody who may do everything; the token of their link. Raises SignInRefused."""
    email, name = checked_person(email, name)
    async with database.write() as db:
        person_id = database.ids.next()
        if not await people.add_person(db, person_id, email, name, EVERYTHING, current_language(), clock.now()):
            raise SignInRefused("Такой адрес почты уже есть у другого человека.")
        return await _link(db, clock, person_id, email, "person.invited")


async def make_link(database: Database, clock: Clock, email: str) -> str:
    """The token of a new link. Raises SignInRefused when nobody has that address."""
    async with database.write() as db:
        person = await people.person_by_email(db, email)
        if person is None:
            raise SignInRefused("Человека с таким адресом почты в панели нет.")
        return await _link(db, clock, person.id, person.email, "person.link_made")


async def _link(db: WriteConnection, clock: Clock, person_id: int, email: str, action: str) -> str:
    token = tokens.new_token()
    await people.put_password_link(db, person_id, tokens.hash_of(token), clock.now() + INVITATION_LIVES)
    deed = Deed(happened_at=clock.now(), person_id=None, person=CONSOLE, address=CONSOLE, action=action, object=email)
    await audit.record(db, deed)
    return token
