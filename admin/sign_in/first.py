"""The first person: made by the command line, or by the page that a new panel shows on its own machine."""

import re
from typing import Final

import msgspec

from admin.database import PanelDatabase
from admin.permissions import EVERYTHING
from admin.sign_in.door import Door, SignInRefused
from admin.storage import audit, people
from admin.storage.audit import Deed
from admin.storage.people import Person
from admin.storage.sessions import Browser
from admin.texts import current_language
from fiscal_server.clock import Clock
from fiscal_server.settings import Settings, is_loopback

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")
LONGEST_NAME: Final = 200


class FirstPerson(msgspec.Struct, frozen=True):
    """What is asked of somebody who begins."""

    email: str
    name: str
    password: str


def may_make_first_person(settings: Settings, browser: Browser) -> bool:
    """On the machine itself and nowhere else: behind a proxy everybody would seem to sit there."""
    return settings.admin_url is None and is_loopback(browser.address)


def checked_person(email: str, name: str) -> tuple[str, str]:
    """Address and name as they are kept. Raises SignInRefused."""
    email, name = people.known_email(email), " ".join(name.split())
    if not _EMAIL.fullmatch(email):
        raise SignInRefused("Адрес почты записан с ошибкой: имя@домен.")
    if not 1 <= len(name) <= LONGEST_NAME:
        raise SignInRefused("Назовите имя: не длиннее 200 знаков.")
    return email, name


async def make_first_person(
    panel: PanelDatabase, door: Door, clock: Clock, given: FirstPerson, browser: Browser
) -> None:
    """Somebody who may do everything. Raises SignInRefused: a wrong form, or somebody was there first."""
    email, name = checked_person(given.email, given.name)
    person_id = await panel.new_id()
    blank = Person(
        id=person_id, email=email, name=name, roles=EVERYTHING, language=current_language(), password_hash=None,
        totp_secret=None, totp_step=0, created_at=clock.now(), disabled_at=None,
    )  # fmt: skip
    hashed = await door.hash_new(given.password, blank)
    async with panel.change() as db:
        await audit.one_at_a_time(db)
        if await people.somebody_is_there(db):
            raise SignInRefused("В панели уже есть пользователи: войдите.")
        await people.add_person(db, person_id, email, name, EVERYTHING, blank.language, clock.now())
        await people.set_password(db, person_id, hashed)
        deed = Deed(
            happened_at=clock.now(), person_id=person_id, person=name, address=browser.address,
            action="person.first", object=email, after={"roles": list(EVERYTHING)},
        )  # fmt: skip
        await audit.record(db, deed)
