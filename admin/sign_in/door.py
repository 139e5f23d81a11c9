"""Signing in, step by step; pages show what happens here and decide nothing."""

import asyncio
from datetime import timedelta
from typing import Final

import msgspec

from admin.database import PanelDatabase
from admin.sign_in import second_factor, tokens
from admin.sign_in.passwords import Passwords, why_not
from admin.storage import audit, people, sessions
from admin.storage.audit import Deed
from admin.storage.people import Person
from admin.storage.sessions import Browser
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import ReadConnection, WriteConnection

FAILURES_OF_A_NAME: Final = 10
FAILURES_OF_AN_ADDRESS: Final = 50
FAILURES_COUNT_FOR: Final = timedelta(minutes=15)
CODE_WITHIN: Final = timedelta(minutes=10)
"""Between the password and the code of the second factor."""
INVITATION_LIVES: Final = timedelta(days=7)
RESET_LIVES: Final = timedelta(hours=1)

_TOO_MANY = "Слишком много неудачных попыток. Подождите 15 минут и попробуйте снова."
_WRONG = "Неверный адрес почты или пароль."
_WRONG_PASSWORD = "Нынешний пароль введён неверно."
_WRONG_CODE = "Код не подошёл. Проверьте, что часы телефона идут верно, и введите новый код."
_OVER = "Ссылка больше не действует: ею уже воспользовались, или её срок истёк."


class SignInRefused(Exception):
    """The reason is a text for people."""


class Entry(msgspec.Struct, frozen=True):
    """A cookie for the browser; ``half``: the second factor is still to come."""

    token: str
    half: bool


class Door:
    """Over the panel's database; one a process, for it computes one hash at a time."""

    def __init__(self, panel: PanelDatabase, clock: Clock) -> None:
        self._panel = panel
        self._clock = clock
        self._passwords = Passwords()
        self._guess = asyncio.Lock()  # one after another: each meets the failures of those that came at once with it

    async def sign_in(self, email: str, password: str, browser: Browser) -> Entry:
        """Raises SignInRefused, with the same words whether there is such a person or not."""
        email = people.known_email(email)
        async with self._guess:
            await self._refuse_hasty(email, browser)
            async with self._panel.read() as db:
                person = await people.person_by_email(db, email)
            right = await self._passwords.fits(person.password_hash if person else None, password)
            if person is None or not right or person.disabled_at is not None:
                await self._note_failure(email, browser)
                raise SignInRefused(_WRONG)
        half = person.totp_secret is not None
        return Entry(await self._open(person, browser, half=half), half)

    async def second_step(self, viewer: Viewer, code: str, browser: Browser) -> Entry:
        """A code of the application, or a recovery code. Raises SignInRefused."""
        assert viewer.person_id is not None
        assert viewer.session_id is not None
        failure_id = await self._panel.new_id()
        async with self._panel.change() as db:  # one code after another, however many come at once
            person = await people.lock_person(db, viewer.person_id)
            hasty = await self._is_hasty(db, viewer.email, browser)
            fits = not hasty and person is not None and await self._is_code_of(db, person, code)
            if not hasty and not fits:
                await sessions.note_failure(db, failure_id, viewer.email, browser.address, self._clock.now())
        if person is None or not fits:
            raise SignInRefused(_TOO_MANY if hasty else _WRONG_CODE)
        async with self._panel.change() as db:
            await sessions.close_session(db, person.id, viewer.session_id)
        return Entry(await self._open(person, browser, half=False), False)

    async def is_code(self, viewer: Viewer, secret: str, code: str) -> int | None:
        """The step of a code for a secret that is being set up."""
        return second_factor.step_of(secret, code, self._clock.now())

    async def make_link(self, db: WriteConnection, person_id: int, lives: timedelta) -> str:
        """The token of a one-time link by which somebody chooses a password; older ones work no more."""
        token = tokens.new_token()
        await people.put_password_link(db, person_id, tokens.hash_of(token), self._clock.now() + lives)
        return token

    async def whose_link(self, token: str) -> Person:
        """Raises SignInRefused for one that works no more."""
        async with self._panel.read() as db:
            person_id = await people.find_password_link(db, tokens.hash_of(token), self._clock.now())
            person = None if person_id is None else await people.person_by_id(db, person_id)
        if person is None or person.disabled_at is not None:
            raise SignInRefused(_OVER)
        return person

    async def choose_password(self, token: str, password: str, browser: Browser) -> Entry:
        """By a link: the new password, and signed in; every other session of the person ends. Raises SignInRefused."""
        person = await self.whose_link(token)
        hashed = await self.hash_new(password, person)
        async with self._panel.change() as db:
            if await people.use_password_link(db, tokens.hash_of(token), self._clock.now()) != person.id:
                raise SignInRefused(_OVER)
            await people.set_password(db, person.id, hashed)
            await sessions.close_sessions(db, person.id)
            await sessions.forgive_failures(db, person.email)
            await self._record(db, person, browser, "password.chosen")
        half = person.totp_secret is not None
        return Entry(await self._open(person, browser, half=half), half)

    async def change_password(self, viewer: Viewer, old: str, new: str, browser: Browser) -> None:
        """By somebody who has signed in; their other sessions end. Raises SignInRefused."""
        person = await self.prove(viewer, old, browser)
        hashed = await self.hash_new(new, person)
        async with self._panel.change() as db:
            await people.set_password(db, person.id, hashed)
            await sessions.close_sessions(db, person.id, but=viewer.session_id)
            await self._record(db, person, browser, "password.changed")

    async def prove(self, viewer: Viewer, password: str, browser: Browser) -> Person:
        """That who has signed in is still the one at the keyboard. Raises SignInRefused."""
        if viewer.person_id is None:
            raise SignInRefused(_WRONG_PASSWORD)
        async with self._guess:
            await self._refuse_hasty(viewer.email, browser)
            async with self._panel.read() as db:
                person = await people.person_by_id(db, viewer.person_id)
            if person is None or not await self._passwords.fits(person.password_hash, password):
                await self._note_failure(viewer.email, browser)
                raise SignInRefused(_WRONG_PASSWORD)
        return person

    async def hash_new(self, password: str, person: Person) -> str:
        """The hash of a password that may be taken. Raises SignInRefused with what is wrong."""
        if reason := why_not(password, person.name, person.email):
            raise SignInRefused(reason)
        return await self._passwords.make(password)

    async def _is_code_of(self, db: WriteConnection, person: Person, code: str) -> bool:
        if person.totp_secret is None:
            return False
        step = second_factor.step_of(person.totp_secret, code, self._clock.now())
        if step is not None:
            return await people.use_totp_step(db, person.id, step)
        return await people.use_recovery_code(db, person.id, tokens.hash_of_code(person.id, code))

    async def _open(self, person: Person, browser: Browser, *, half: bool) -> str:
        token, session_id = tokens.new_token(), await self._panel.new_id()
        async with self._panel.change() as db:
            await sessions.open_session(
                db, tokens.hash_of(token), session_id, person.id, browser, self._clock.now(),
                passed=not half, lives=CODE_WITHIN if half else sessions.AT_MOST,
            )  # fmt: skip
            if not half:
                await sessions.forgive_failures(db, person.email)
                await self._record(db, person, browser, "person.signed_in")
        return token

    async def _refuse_hasty(self, email: str, browser: Browser) -> None:
        async with self._panel.read() as db:
            if await self._is_hasty(db, email, browser):
                raise SignInRefused(_TOO_MANY)

    async def _is_hasty(self, db: ReadConnection | WriteConnection, email: str, browser: Browser) -> bool:
        of_name, of_address = await sessions.count_failures(
            db, email, browser.address, self._clock.now() - FAILURES_COUNT_FOR
        )
        return of_name >= FAILURES_OF_A_NAME or of_address >= FAILURES_OF_AN_ADDRESS

    async def _note_failure(self, email: str, browser: Browser) -> None:
        failure_id = await self._panel.new_id()
        async with self._panel.change() as db:
            await sessions.note_failure(db, failure_id, email, browser.address, self._clock.now())

    async def _record(self, db: WriteConnection, person: Person, browser: Browser, action: str) -> None:
        deed = Deed(
            happened_at=self._clock.now(), person_id=person.id, person=person.name, address=browser.address,
            action=action, object=person.email,
        )  # fmt: skip
        await audit.record(db, deed)
