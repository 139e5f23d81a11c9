"""One letter at a time: its intent is committed, the mail server is spoken to, what became of it is committed.

When the process dies in between, the letter may have gone: ``settle_silent`` says so later, and nobody sends it again.
"""

from datetime import timedelta
from typing import Final

import msgspec

from accounting.office.notices import Outcome
from admin import mail
from admin.addresses import panel_url
from admin.database import PanelDatabase
from admin.mail import Posted
from admin.office.notices.hours import Hours, hours_of
from admin.office.notices.letters import call_title, read_bill, write_letter
from admin.sign_in import tokens
from admin.storage.office import notices
from admin.storage.office.calls import open_call_task
from admin.storage.office.notices import Intent, NoticeToSend, Standing
from admin.storage.office.sight import Sight, let_see
from admin.texts import say
from fiscal_server.clock import Clock
from fiscal_server.ids import IdMaker
from fiscal_server.settings import Settings
from fiscal_server.storage.pool import WriteConnection

SILENT_AFTER: Final = timedelta(minutes=15)
"""No conversation with a mail server is as long: each of its steps ends within half a minute."""
CONFIRM_PATH: Final = "/confirm"


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A letter whose intent is committed; ``token`` is nowhere else."""

    notice: NoticeToSend
    intent: Intent
    token: str


class Sender:
    """Sends letters of an office. It sees every client: whoever looks has said what is to be sent before."""

    def __init__(self, panel: PanelDatabase, settings: Settings, clock: Clock) -> None:
        self._panel = panel
        self._settings = settings
        self._clock = clock

    async def send_next(self) -> bool:
        """The letter that is due first; False when none is. Raises DatabaseAway."""
        async with self._panel.change() as db:
            await self._see(db)
            number = await notices.next_notice_due(db, self._clock.now())
            claimed = None if number is None else await self._claim(db, number, None)
        if claimed is not None:
            await self._deliver(claimed)
        return number is not None

    async def send_now(self, notice_id: int, person: str, seen: int) -> bool:
        """By hand, at any hour, by somebody who saw so many letters. Raises DatabaseAway.

        False when it is confirmed, replaced or under way, or another letter went since: a button that is pressed twice
        sends one.
        """
        async with self._panel.change() as db:
            await self._see(db)
            claimed = await self._claim(db, notice_id, person, seen)
        if claimed is not None:
            await self._deliver(claimed)
        return claimed is not None

    async def settle_silent(self) -> int:
        """Letters whose process died: they may have gone, and count as said. How many. Raises DatabaseAway."""
        async with self._panel.change() as db:
            await self._see(db)
            silent = await notices.silent_attempts(db, self._clock.now() - SILENT_AFTER)
        for notice_id, attempt in silent:
            text = "the process that was sending it has ended"
            await self._settle(notice_id, attempt, Posted(Outcome.UNKNOWN, text))
        return len(silent)

    async def _see(self, db: WriteConnection) -> None:
        today = self._clock.now().astimezone(self._settings.zone).date()
        await let_see(db, Sight(person_id=None, today=today, all=True))

    def _hours(self, notice: NoticeToSend) -> Hours:
        return hours_of(notice.country, notice.region, notice.time_zone, self._settings.zone)

    async def _claim(
        self, db: WriteConnection, notice_id: int, person: str | None, seen: int | None = None
    ) -> Claimed | None:
        notice = await notices.notice_to_send(db, notice_id)
        open_states = ("scheduled", "sent") if person is None else ("scheduled", "sent", "escalated")
        if notice is None or notice.under_way or notice.state not in open_states:
            return None
        if person is None and not await self._may_begin(db, notice):
            return None
        if seen is not None and notice.attempts != seen:
            return None
        if not await self._is_for_them(db, notice):
            return None
        if not notice.emails:
            await self._give_up(db, notice, "escalated", "call", say("У контакта больше нет адреса почты."))
            return None
        token, attempt = tokens.new_token(), notice.attempts + 1
        intent = Intent(
            notice_id=notice.id,
            attempt=attempt,
            organisation_id=notice.organisation_id,
            begun_at=self._clock.now(),
            address=notice.emails[0],
            message_id=f"<notice.{notice.id}.{attempt}@{self._settings.mail_from.rpartition('@')[2]}>",
            token_hash=tokens.hash_of(token),
            repeat=notice.sent_count,
            by_person=person,
        )
        await notices.begin_attempt(db, intent)
        return Claimed(notice=notice, intent=intent, token=token)

    async def _is_for_them(self, db: WriteConnection, notice: NoticeToSend) -> bool:
        """Whoever has left the client since reads of its money no more; when nobody else is told, somebody calls."""
        today = self._clock.now().astimezone(self._settings.zone).date()
        is_recipient, others = await notices.is_recipient(db, notice.id, today)
        if not is_recipient:
            text = say("Кому писали, больше не получает платёжки клиента: сообщите другому.")
            nobody = msgspec.structs.replace(notice, name="", phones=[], emails=[])
            state, escalation = ("cancelled", "none") if others else ("escalated", "call")
            await self._give_up(db, nobody, state, escalation, text)
        return is_recipient

    async def _may_begin(self, db: WriteConnection, notice: NoticeToSend) -> bool:
        """Not to a client that is gone, not when the due date is over, not in the night."""
        now, hours = self._clock.now(), self._hours(notice)
        if notice.status == "former":
            await self._give_up(db, notice, "cancelled", "none", "")
            return False
        begins = hours.may_begin(now, notice.due)
        if begins == now:
            return True
        if begins is not None:
            await notices.put_off(db, notice.id, begins)
        elif hours.day(now) > notice.due:
            text = say("Срок прошёл, а подтверждения нет.")
            await self._give_up(db, notice, "escalated", "head", text)
        else:
            await notices.put_off(db, notice.id, hours.after(notice.due))
        return False

    async def _give_up(self, db: WriteConnection, notice: NoticeToSend, state: str, escalation: str, note: str) -> None:
        standing = Standing(
            state=state, sent_count=notice.sent_count, failures=notice.failures, escalation=escalation,
            next_attempt_at=None,
        )  # fmt: skip
        if await notices.settle(db, notice.id, standing) and escalation != "none":
            await self._open_call(db, notice, note)

    async def _deliver(self, claimed: Claimed) -> None:
        intent = claimed.intent
        link = f"{panel_url(self._settings)}{CONFIRM_PATH}/{claimed.token}"
        if self._settings.mail_url is None:
            posted = Posted(Outcome.DEFERRED, "no mail server is set (FISCAL_MAIL_URL)")
        else:
            sender = self._settings.mail_from
            posted = await mail.post(
                self._settings.mail_url,
                lambda: write_letter(read_bill(claimed.notice.said), intent, sender, link),
                sender,
                intent.address,
            )
        await self._settle(intent.notice_id, intent.attempt, posted)

    async def _settle(self, notice_id: int, attempt: int, posted: Posted) -> None:
        now = self._clock.now()
        async with self._panel.change() as db:
            await self._see(db)
            notice = await notices.notice_to_send(db, notice_id)
            assert notice is not None, "a notice is never deleted"
            repeat = await notices.end_attempt(db, notice_id, attempt, posted.outcome, posted.answer, now)
            if repeat is None:
                return
            standing = self._hours(notice).standing(notice, repeat, posted.outcome, now)
            if await notices.settle(db, notice_id, standing) and standing.escalation != notice.escalation:
                await self._open_call(db, notice, _why(posted.outcome, standing))

    async def _open_call(self, db: WriteConnection, notice: NoticeToSend, note: str) -> None:
        ids: IdMaker = await self._panel.ids()
        now = self._clock.now()
        title = call_title(notice.said)
        reach = ", ".join(filter(None, (notice.name, *notice.phones, *notice.emails)))
        today = now.astimezone(self._settings.zone).date()
        await open_call_task(
            db, ids, notice.group_id, notice.organisation_id, title, f"{note} {reach}".strip(), notice.due, today, now
        )


def _why(outcome: Outcome, standing: Standing) -> str:
    if outcome in (Outcome.REFUSED, Outcome.DEFERRED):
        return say("Письмо не доходит: нужен другой адрес.")
    if standing.escalation == "head":
        return say("Подтверждения нет, срок близко: скажите и руководителю.")
    return say("Подтверждения нет после нескольких писем.")
