"""Letters of the invented office: what the sender would have sent since each bill was told, and what came of it."""

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from accounting.office.notices import BillLine, Outcome, needs_answer
from admin.office.notices.hours import Hours, hours_of
from admin.office.notices.letters import call_title, write_bill
from admin.sign_in import tokens
from admin.storage.office import confirmations, notices
from admin.storage.office.calls import open_call_task
from admin.storage.office.notices import Intent, NewNotice, NoticeToSend, OpenedNotice, Recipient, Standing, Told
from admin.texts import say
from fiscal_server.demo.office_making import Client, Gathered, Making
from fiscal_server.demo.office_world import DOMAIN

_AGENTS: Final = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/145.0",
    "Mozilla/5.0 (Linux; Android 15) Mobile Chrome/142.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/605.1",
)
_ANSWERS: Final = {
    Outcome.ACCEPTED: "250 2.0.0 accepted",
    Outcome.UNKNOWN: "the connection was closed after the text",
    Outcome.DEFERRED: "451 4.3.0 try again later",
    Outcome.REFUSED: "550 5.1.1 no such mailbox",
}


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """What a client pays on a day, told on another. ``confirmed``: the client pressed the button since."""

    client: Client
    due: date
    told_on: date
    lines: tuple[BillLine, ...]
    confirmed: bool


async def send_letters(making: Making, bills: Sequence[Bill]) -> None:
    """All of them, up to now. Their slips are published already."""
    rng, gathered = making.chance("letters"), Gathered()
    called: list[tuple[NoticeToSend, str, datetime]] = []
    for bill in bills:
        notice, first_at, hours = await _notice(making, gathered, bill)
        until = making.now
        if bill.confirmed:
            last = min(first_at + timedelta(hours=rng.choice((1, 3, 26, 50))), making.now)
            until = max(last, first_at + timedelta(minutes=5))
        notice, note, called_at = await _letters(gathered, rng, notice, first_at, until, hours)
        if bill.confirmed:
            await _confirm(making, gathered, rng, notice, until)
        elif notice.escalation != "none":
            called.append((notice, note, called_at))
    await gathered.send(making.db)
    for notice, note, moment in called:
        title = call_title(notice.said)
        reach = ", ".join((notice.name, *notice.phones, *notice.emails))
        await open_call_task(
            making.db, making.ids, notice.group_id, notice.organisation_id, title, f"{note} {reach}", notice.due,
            moment.astimezone(making.zone).date(), moment,
        )  # fmt: skip


async def _notice(making: Making, gathered: Gathered, bill: Bill) -> tuple[NoticeToSend, datetime, Hours]:
    """As telling it makes it."""
    client, contact = bill.client, bill.client.contact
    told = Told(id=client.number, short_name=client.company.name, country="RU", region=None, status="active")
    recipient = Recipient(
        id=client.contact_id, name=contact.name, language=contact.language, time_zone=None,
        emails=list(contact.emails), phones=list(contact.phones),
    )  # fmt: skip
    hours = hours_of(told.country, told.region, None, making.zone)
    moment = making.at(bill.told_on, 11, 30)
    first_at = hours.may_begin(moment, bill.due)
    assert first_at is not None, "a bill is told before its day is over"
    number = making.take(1)[0]
    new = NewNotice(
        id=number, organisation_id=told.id, contact_id=recipient.id, language=recipient.language,
        said=write_bill(told, recipient, bill.due, bill.lines).said(), next_attempt_at=first_at, group_id=number,
        due=bill.due, needs_answer=needs_answer(bill.lines),
    )  # fmt: skip
    await notices.add_notice(gathered.db, new, moment)
    sent = NoticeToSend(
        id=number, group_id=number, organisation_id=told.id, contact_id=recipient.id, language=recipient.language,
        said=new.said, state="scheduled", attempts=0, sent_count=0, failures=0, escalation="none", due=bill.due,
        needs_answer=new.needs_answer, short_name=told.short_name, country="RU", region=None, status="active",
        name=recipient.name, emails=recipient.emails, phones=recipient.phones, time_zone=None, under_way=False,
    )  # fmt: skip
    return sent, first_at, hours


async def _letters(
    gathered: Gathered, rng: random.Random, notice: NoticeToSend, first_at: datetime, until: datetime, hours: Hours
) -> tuple[NoticeToSend, str, datetime]:
    """Letter after letter, as the sender goes about it; gives how the notice stands, why somebody calls, and since
    when."""
    at: datetime | None = first_at
    note, since = "", first_at
    while at is not None and at < until:
        begins = hours.may_begin(at, notice.due)
        if begins is None and hours.day(at) > notice.due:
            note = say("Срок прошёл, а подтверждения нет.")
            standing = _given_up(notice)
        elif begins != at:
            at = begins or hours.after(notice.due)
            continue
        else:
            outcome = _outcome(rng)
            standing = await _letter(gathered, notice, at, outcome, hours)
            note = _why(outcome, standing)
        if standing.escalation != notice.escalation:
            since = at
        at = standing.next_attempt_at
        attempts = notice.attempts + (0 if standing.state == "escalated" and begins is None else 1)
        notice = msgspec.structs.replace(
            notice, state=standing.state, attempts=attempts, sent_count=standing.sent_count,
            failures=standing.failures, escalation=standing.escalation,
        )  # fmt: skip
        await notices.settle(gathered.db, notice.id, standing)
    return notice, note, since


def _outcome(rng: random.Random) -> Outcome:
    chance = rng.random()
    if chance < 0.97:
        return Outcome.ACCEPTED
    return Outcome.DEFERRED if chance < 0.985 else Outcome.UNKNOWN if chance < 0.995 else Outcome.REFUSED


async def _letter(gathered: Gathered, notice: NoticeToSend, at: datetime, outcome: Outcome, hours: Hours) -> Standing:
    attempt, ended = notice.attempts + 1, at + timedelta(seconds=2)
    intent = Intent(
        notice_id=notice.id, attempt=attempt, organisation_id=notice.organisation_id, begun_at=at,
        address=notice.emails[0], message_id=f"<notice.{notice.id}.{attempt}@{DOMAIN}>",
        token_hash=tokens.hash_of(tokens.new_token()), repeat=notice.sent_count, by_person=None,
    )  # fmt: skip
    await notices.begin_attempt(gathered.db, intent)
    await notices.end_attempt(gathered.db, notice.id, attempt, outcome, _ANSWERS[outcome], ended)
    return hours.standing(notice, notice.sent_count, outcome, ended)


def _given_up(notice: NoticeToSend) -> Standing:
    return Standing(
        state="escalated", sent_count=notice.sent_count, failures=notice.failures, escalation="head",
        next_attempt_at=None,
    )  # fmt: skip


def _why(outcome: Outcome, standing: Standing) -> str:
    if outcome in (Outcome.REFUSED, Outcome.DEFERRED):
        return say("Письмо не доходит: нужен другой адрес.")
    if standing.escalation == "head":
        return say("Подтверждения нет, срок близко: скажите и руководителю.")
    return say("Подтверждения нет после нескольких писем.")


async def _confirm(
    making: Making, gathered: Gathered, rng: random.Random, notice: NoticeToSend, moment: datetime
) -> None:
    """The client opens the page and presses the button; addresses are those of documentation (RFC 5737)."""
    opened = OpenedNotice(
        id=notice.id, group_id=notice.group_id, language=notice.language, said=notice.said, state=notice.state,
        due=notice.due, needs_answer=notice.needs_answer, superseded_by=None, organisation_id=notice.organisation_id,
        short_name=notice.short_name, country=notice.country, name=notice.name, acknowledged_at=None,
    )  # fmt: skip
    address = f"203.0.113.{1 + rng.randrange(250)}"
    await confirmations.acknowledge(gathered.db, opened, min(moment, making.now), address, rng.choice(_AGENTS))
