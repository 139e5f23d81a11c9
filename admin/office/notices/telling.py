"""From drafts to bills: what would be told, shown first, and told in one transaction with the drafts' new state."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

import msgspec

from accounting.office.notices import BillLine, needs_answer
from accounting.office.obligation_words import name_of_planned
from admin.office.notices.hours import Hours, hours_of
from admin.office.notices.letters import Bill, read_bill, write_bill
from admin.storage.office import notices, slips
from admin.storage.office.calls import close_call_task
from admin.storage.office.notices import LivingNotice, NewNotice, Recipient, Told
from admin.storage.office.schedule import plan_alone
from admin.texts import say
from fiscal_server.ids import IdMaker
from fiscal_server.storage.pool import WriteConnection


class NotTold(Exception):
    """The message says why nobody can be told."""


class BillIsOld(Exception):
    """What would be told is no longer what was shown."""


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What one recipient gets, and when."""

    recipient: Recipient
    bill: Bill
    first_at: datetime


class Composed(msgspec.Struct, frozen=True, kw_only=True):
    """The bill of a client and a day. Without lines: nothing is owed on that day any more."""

    organisation: Told
    due: date
    lines: tuple[BillLine, ...]
    letters: tuple[Letter, ...]
    replaces: bool
    """Whether the client was told another sum before."""


class Teller(msgspec.Struct, frozen=True):
    """Who makes bills: with these numbers, at this moment, for an office in this zone."""

    ids: IdMaker
    now: datetime
    zone: ZoneInfo

    def hours(self, organisation: Told, recipient: Recipient) -> Hours:
        """Those of a recipient."""
        return hours_of(organisation.country, organisation.region, recipient.time_zone, self.zone)

    @property
    def today(self) -> date:
        """Of the office."""
        return self.now.astimezone(self.zone).date()


async def compose(db: WriteConnection, teller: Teller, chosen: Sequence[int]) -> list[Composed]:
    """What telling these drafts would say, by client and day; nothing when none of them is a draft any more.

    Raises NotTold, also when some of what was chosen is no draft: nobody would see that it is left out.
    """
    await notices.tell_alone(db)
    drafts = await slips.lock_drafts(db, chosen)
    if drafts and len(drafts) < len(set(chosen)):
        raise NotTold(say("Часть отмеченных платёжек уже не черновики. Вернитесь к списку и отметьте заново."))
    for one in drafts:
        if not one.is_owed:
            slip = await slips.slip_by_id(db, one.id)
            assert slip is not None, "it was just locked"
            name = name_of_planned(slip.code, slip.name)
            raise NotTold(say("{name}: пересчёт отменил этот срок, платить нечего. Отзовите черновик.", name=name))
    days = {(one.organisation_id, one.due) for one in drafts}
    days |= {(one.organisation_id, one.told_due) for one in drafts if one.told_due is not None}
    numbers = [one.id for one in drafts]
    return [await _compose_day(db, teller, client, due, numbers) for client, due in sorted(days)]


async def _compose_day(
    db: WriteConnection, teller: Teller, organisation_id: int, due: date, publishing: Sequence[int]
) -> Composed:
    organisation = await notices.told_organisation(db, organisation_id)
    assert organisation is not None, "its slip was in sight"
    lines = await slips.bill_lines(db, organisation_id, due, publishing)
    letters = await _letters(db, teller, organisation, due, lines) if lines else ()
    living = await notices.living_bill(db, organisation_id, due)
    return Composed(organisation=organisation, due=due, lines=lines, letters=letters, replaces=bool(living))


async def _letters(
    db: WriteConnection, teller: Teller, organisation: Told, due: date, lines: tuple[BillLine, ...]
) -> tuple[Letter, ...]:
    people = await notices.recipients_of(db, organisation.id, teller.today)
    reached = [one for one in people if one.emails]
    if not reached:
        text = say("{name}: некому написать. Назовите контакт с почтой, который получает платёжки и подтверждает их.",
                   name=organisation.short_name)  # fmt: skip
        raise NotTold(text)
    letters = []
    for recipient in reached:
        first_at = teller.hours(organisation, recipient).may_begin(teller.now, due)
        if first_at is None:
            raise NotTold(say("{name}: срок уже прошёл, письмом его не вернуть.", name=organisation.short_name))
        bill = write_bill(organisation, recipient, due, lines)
        letters.append(Letter(recipient=recipient, bill=bill, first_at=first_at))
    return tuple(letters)


def fingerprint(composed: Sequence[Composed]) -> str:
    """Of everything that would be said, to whom: what was shown is what is told."""
    said = [[one.organisation.id, one.due, [(x.recipient.id, x.bill) for x in one.letters]] for one in composed]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()


async def tell(db: WriteConnection, teller: Teller, chosen: Sequence[int], shown: str) -> list[Composed]:
    """Drafts become what clients are told; the first letters wait for their hour. Raises NotTold, BillIsOld."""
    await plan_alone(db)  # a plan that is being made leaves what is told, or cancels it before
    composed = await compose(db, teller, chosen)
    if fingerprint(composed) != shown:
        raise BillIsOld
    await slips.publish(db, chosen)
    for one in composed:
        await _replace(db, teller, one)
    return composed


async def tell_again(db: WriteConnection, teller: Teller, organisation_id: int, due: date) -> None:
    """A slip of the day is paid or withdrawn: what is left is told if it is something new. Raises NotTold."""
    await _replace(db, teller, await _compose_day(db, teller, organisation_id, due, []))


async def stop_if_paid(db: WriteConnection, teller: Teller, organisation_id: int, due: date) -> None:
    """When nothing of the day is left to pay, nobody is told of it again; while something is, letters go on."""
    if not await slips.bill_lines(db, organisation_id, due, []):
        living = await notices.living_bill(db, organisation_id, due)
        await _end(db, teller, living, say("Оплачено."), None)


async def _replace(db: WriteConnection, teller: Teller, composed: Composed) -> None:
    living = await notices.living_bill(db, composed.organisation.id, composed.due)
    if living and read_bill(living[0].said).lines == composed.lines:
        return
    group = teller.ids.next() if composed.lines else None
    note = say("Сумма изменилась: клиенту написано снова.") if group else say("Платить больше нечего.")
    await _end(db, teller, living, note, group)
    for place, letter in enumerate(composed.letters):
        assert group is not None, "there are letters where there are lines"
        new = NewNotice(
            id=group if place == 0 else teller.ids.next(),
            organisation_id=composed.organisation.id,
            contact_id=letter.recipient.id,
            language=letter.recipient.language,
            said=letter.bill.said(),
            next_attempt_at=letter.first_at,
            group_id=group,
            due=composed.due,
            needs_answer=needs_answer(composed.lines),
        )
        await notices.add_notice(db, new, teller.now)


async def _end(
    db: WriteConnection, teller: Teller, living: Sequence[LivingNotice], note: str, by_group: int | None
) -> None:
    """A bill is in force no longer, and nobody needs to call about it."""
    for old in sorted({one.group_id for one in living}):
        if by_group is None:
            await notices.cancel_bill(db, old)
        else:
            await notices.supersede_bill(db, old, by_group)
        await close_call_task(db, teller.ids, old, note, "", teller.now)
