"""Letters of taxes due: an intent before each, what became of it after, and never the same one twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from accounting.office.notices import Outcome
from admin.database import PanelDatabase
from admin.office.notices.resolving import resolve
from admin.office.notices.sending import SILENT_AFTER
from admin.office.notices.telling import (
    BillIsOld,
    NotTold,
    Teller,
    compose,
    fingerprint,
    stop_if_paid,
    tell,
    tell_again,
)
from admin.office.notices.work import NoticeWork
from admin.storage.office import slips
from fiscal_server.clock import VirtualClock
from tests.mail_server import HANGS
from tests.storage.letters_scene import DUE, PUBLISHED, Story, in_moscow, open_story


@pytest.fixture
async def story(database: str, clock: VirtualClock) -> AsyncIterator[Story]:
    async with open_story(database, clock) as story:
        yield story


async def test_a_letter_goes_at_once_and_again_each_working_day_until_somebody_calls(story: Story) -> None:
    await story.tell(await story.draft(3_640_000))
    await story.work.look()
    await story.work.look()
    (first,) = story.box.mails
    assert (first["To"], first["Subject"]) == ("olga@example.ru", "ООО «Кафе»: налоги до 28.04.2026, 36 400,00 ₽")
    assert first["Date"].datetime == PUBLISHED
    await story.until(in_moscow(23, 11))
    begun = await story.rows("select begun_at, repeat from office.notice_attempt order by attempt")
    assert begun == [(PUBLISHED, 0), *((in_moscow(day), day - 20) for day in (21, 22, 23))]
    assert story.box.mails[-1]["Subject"].startswith("Напоминаем: ООО")
    assert len({mail["Message-ID"] for mail in story.box.mails}) == 4
    assert len({story.box.link(place) for place in range(4)}) == 4
    calls = "from office.task where obligation_id is null"  # the others are the cases of the plan
    ((title, owner, role),) = await story.rows(f"select title, owner_id, role {calls}")
    assert (owner, role, title) == (story.anna, "lead", "Позвонить: налоги до 28.04.2026, 36\xa0400,00\xa0₽")
    ((note,),) = await story.rows("select note from office.task_event")
    assert "Ольга, +79000000001, olga@example.ru" in note
    await story.until(in_moscow(28, 20))
    days = [mail["Date"].datetime.day for mail in story.box.mails]
    assert days == [20, 21, 22, 23, 24, 27, 28]  # nothing on Saturday and Sunday
    await story.until(in_moscow(29, 12))
    assert (await story.states(), len(story.box.mails)) == ([("escalated", "head")], 7)
    assert await story.rows(f"select count(*) {calls}") == [(1,)]
    async with story.office.change() as db:
        await stop_if_paid(db, story.teller, story.cafe, DUE)
    assert await story.rows(f"select state, closed_at is null {calls}") == [("open", True)], "it is not paid yet"
    async with story.office.change() as db:
        await db.execute("update office.slip set state = 'paid'")
        await stop_if_paid(db, story.teller, story.cafe, DUE)
    assert await story.rows(f"select state, closed_at is null {calls}") == [("done", False)]


@pytest.mark.parametrize("closed", ["done", "not_required"])
async def test_a_call_closed_by_hand_goes_back_to_work_when_the_next_rung_finds_nothing_confirmed(
    story: Story, closed: str
) -> None:
    await story.tell(await story.draft(3_640_000))
    await story.until(in_moscow(23, 11))
    calls = "from office.task where obligation_id is null"
    async with story.office.change() as db:
        await db.execute("update office.task set state = $1, closed_at = $2 where obligation_id is null",
                         closed, in_moscow(23, 12))  # fmt: skip
    await story.until(in_moscow(24, 20))
    assert await story.rows(f"select state {calls}") == [(closed,)], "letters between two rungs ask for no call"
    await story.until(in_moscow(28, 20))
    assert await story.states() == [("sent", "head")]
    assert await story.rows(f"select state, closed_at is null {calls}") == [("in_progress", True)]
    told = await story.rows("select transition, state, note from office.task_event order by id")
    assert [row[:2] for row in told] == [("open", "open"), ("reopen", "in_progress")]
    assert "скажите и руководителю" in told[1][2]


async def test_a_call_that_was_cancelled_rests_for_this_bill_and_another_sum_asks_anew(story: Story) -> None:
    await story.tell(await story.draft(3_640_000))
    await story.until(in_moscow(23, 11))
    calls = "select state from office.task where obligation_id is null order by id"
    async with story.office.change() as db:
        await db.execute("update office.task set state = 'cancelled', closed_at = $1 where obligation_id is null",
                         in_moscow(23, 12))  # fmt: skip
    await story.until(in_moscow(27, 12))
    assert await story.states() == [("sent", "head")]
    assert await story.rows(calls) == [("cancelled",)]
    await story.tell(await story.draft(3_590_000))
    await story.until(in_moscow(28, 20))
    assert await story.rows(calls) == [("cancelled",), ("open",)]


async def test_a_call_closed_by_hand_rests_once_the_client_has_confirmed(story: Story) -> None:
    await story.tell(await story.draft(3_640_000))
    await story.until(in_moscow(23, 11))
    async with story.office.change() as db:
        await db.execute("update office.task set state = 'done', closed_at = $1 where obligation_id is null",
                         in_moscow(23, 12))  # fmt: skip
        await db.execute("update office.notice set state = 'acknowledged', next_attempt_at = null")
    await story.until(in_moscow(29, 12))
    assert await story.rows("select state from office.task where obligation_id is null") == [("done",)]


async def test_a_process_that_dies_in_a_conversation_leaves_a_question_and_no_second_letter(story: Story) -> None:
    await story.tell(await story.draft(100))
    story.box.answers = [HANGS]
    looking = asyncio.create_task(story.work.look())
    await story.box.reached.wait()
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
    after = NoticeWork(story.panel, story.settings, story.office.clock)
    await after.look()
    assert (await story.outcomes(), story.box.mails) == ([None], [])
    await story.office.clock.advance(SILENT_AFTER.total_seconds() + 1)
    await after.look()
    assert (await story.outcomes(), story.box.mails) == (["unknown"], [])
    story.work = after
    await story.until(in_moscow(21, 10))
    assert (await story.outcomes(), len(story.box.mails)) == (["unknown", "accepted"], 1)


async def test_a_server_that_hangs_up_after_the_text_is_not_asked_again_the_same_day(story: Story) -> None:
    story.box.answers = [None]
    await story.tell(await story.draft(100))
    await story.until(in_moscow(20, 20))
    assert (await story.outcomes(), story.box.mails) == (["unknown"], [])
    ((notice, attempt),) = await story.rows("select notice_id, attempt from office.notice_attempt")
    async with story.office.change() as db:
        assert await resolve(db, notice, attempt, Outcome.LOST, "Анна", in_moscow(20, 18))
        assert not await resolve(db, notice, attempt, Outcome.ARRIVED, "Анна", in_moscow(20, 18))
    await story.until(in_moscow(21, 11))
    assert (await story.outcomes(), len(story.box.mails)) == (["lost", "accepted"], 1)
    assert await story.rows("select repeat from office.notice_attempt") == [(0,), (0,)]


async def test_a_letter_that_is_found_lost_after_the_next_one_went_does_not_go_again(story: Story) -> None:
    story.box.answers = [None]
    await story.tell(await story.draft(100))
    await story.until(in_moscow(21, 11))
    assert (await story.outcomes(), len(story.box.mails)) == (["unknown", "accepted"], 1)
    ((notice,),) = await story.rows("select id from office.notice")
    async with story.office.change() as db:
        assert await resolve(db, notice, 1, Outcome.LOST, "Анна", in_moscow(21, 11))
    await story.until(in_moscow(21, 20))
    assert (await story.outcomes(), len(story.box.mails)) == (["lost", "accepted"], 1)


async def test_of_two_who_tell_of_the_same_day_at_once_the_second_looks_again(story: Story) -> None:
    drafts = await story.draft(100), await story.draft(200, "RU-NDFL-PAY-A")
    async with story.office.change() as db:
        shown = [fingerprint(await compose(db, story.teller, [one])) for one in drafts]

    async def tell_second() -> None:
        async with story.office.change() as db:
            await tell(db, story.teller, [drafts[1]], shown[1])

    async with story.office.change() as db:
        await tell(db, story.teller, [drafts[0]], shown[0])
        second = asyncio.create_task(tell_second())
        here = "database = (select oid from pg_database where datname = current_database())"
        waits = f"select 1 from pg_locks where not granted and {here}"
        async with story.panel.read() as watching:
            while not await watching.fetchval(waits):
                assert not second.done()
    with pytest.raises(BillIsOld):
        await second
    assert await story.rows("select count(*) from office.notice where superseded_by is null") == [(1,)]


async def test_a_server_that_asks_to_come_again_is_asked_again_and_one_that_refuses_is_not(story: Story) -> None:
    story.box.answers = ["451 later", "451 later"]
    await story.tell(await story.draft(100))
    await story.until(in_moscow(20, 18))
    assert (await story.outcomes(), len(story.box.mails)) == (["deferred", "deferred", "accepted"], 1)
    story.box.refused["olga@example.ru"] = "550 5.1.1 no such user"
    await story.until(in_moscow(22, 12))
    assert (await story.outcomes())[3:] == ["refused"]
    assert await story.states() == [("escalated", "call")]
    assert await story.rows("select answer from office.notice_attempt where outcome = 'refused'") == [
        ("550 5.1.1 no such user",)
    ]
    ((note,),) = await story.rows("select note from office.task_event")
    assert note.startswith("Письмо не доходит: нужен другой адрес.")


async def test_two_panels_send_a_letter_once(story: Story, database: str) -> None:
    panel = PanelDatabase(database, story.office.clock)
    other = NoticeWork(panel, story.settings, story.office.clock)
    await story.contact("Пётр", "petr@example.ru", "pl")
    await story.tell(await story.draft(100))
    await asyncio.gather(story.work.look(), other.look(), story.work.look(), other.look())
    assert sorted(mail["To"] for mail in story.box.mails) == ["olga@example.ru", "petr@example.ru"]
    await panel.close()


async def test_slips_of_a_day_are_one_bill_and_another_sum_takes_its_place(story: Story) -> None:
    first = await story.draft(3_640_000)
    await story.tell(first)
    await story.work.look()
    await story.tell(await story.draft(150_000, "RU-NDFL-PAY-A"))
    await story.work.look()
    assert "37 900,00" in story.box.mails[-1]["Subject"].replace("\u00a0", " ")
    assert await story.states() == [("superseded", "none"), ("sent", "none")]
    await story.tell(await story.draft(3_590_000))
    assert [state for state, _ in await story.states()] == ["superseded", "superseded", "scheduled"]
    versions = "select version, amount_kopecks, state from office.slip where obligation_id = ("
    versions += "select obligation_id from office.slip where id = $1) order by version"
    assert await story.rows(versions, first) == [(1, 3_640_000, "superseded"), (2, 3_590_000, "published")]


async def test_what_is_paid_or_withdrawn_is_not_told_again(story: Story) -> None:
    tax, other = await story.draft(100), await story.draft(200, "RU-NDFL-PAY-A")
    await story.tell(tax, other)
    async with story.office.change() as db:
        assert await slips.set_state(db, other, ["published"], "cancelled") == DUE
        await tell_again(db, story.teller, story.cafe, DUE)
    assert [state for state, _ in await story.states()] == ["superseded", "scheduled"]
    async with story.office.change() as db:
        assert await slips.set_state(db, tax, ["published"], "paid") == DUE
        assert await slips.set_state(db, tax, ["published"], "paid") is None
        await stop_if_paid(db, story.teller, story.cafe, DUE)
    await story.work.look()
    assert [state for state, _ in await story.states()] == ["superseded", "cancelled"]
    assert story.box.mails == []


async def test_nothing_to_pay_is_said_once_and_asks_for_nothing(story: Story) -> None:
    await story.tell(await story.draft(0))
    await story.until(in_moscow(29, 12))
    (mail,) = story.box.mails
    assert mail["Subject"] == "ООО «Кафе»: до 28.04.2026 налогов к уплате нет"
    assert "/confirm/" not in mail.get_content()
    assert await story.states() == [("sent", "none")]
    assert await story.rows("select id from office.task where obligation_id is null") == []


async def test_a_letter_of_the_evening_waits_for_the_morning_of_its_reader(story: Story) -> None:
    await story.contact("Wei", "", "en")
    async with story.office.change() as db:
        await db.execute("update office.contact set time_zone = 'Asia/Vladivostok' where name = 'Ольга'")
    await story.tell(await story.draft(100))  # 23:05 there
    await story.until(datetime(2026, 4, 21, 0, 30, tzinfo=UTC))
    assert [mail["Date"].datetime for mail in story.box.mails] == [datetime(2026, 4, 21, tzinfo=UTC)]


async def test_who_cannot_be_told_is_named_and_what_was_not_shown_is_not_told(story: Story) -> None:
    draft = await story.draft(100)
    async with story.office.change() as db:
        with pytest.raises(BillIsOld):
            await tell(db, story.teller, [draft], "0" * 64)
    async with story.office.change() as db:
        await db.execute("update office.contact set emails = '{}'")
        with pytest.raises(NotTold, match="некому написать"):
            await compose(db, story.teller, [draft])
    await story.contact("Пётр", "petr@example.ru")
    late = Teller(story.office.db.ids, in_moscow(28, 19, 1), story.settings.zone)
    async with story.office.change() as db:
        with pytest.raises(NotTold, match="срок уже прошёл"):
            await compose(db, late, [draft])


async def test_what_is_no_draft_any_more_is_said_and_not_silently_left_out(story: Story) -> None:
    drafts = [await story.draft(100), await story.draft(200, "RU-NDFL-PAY-A")]
    async with story.office.change() as db:
        await slips.set_state(db, drafts[0], ["draft"], "cancelled")
        with pytest.raises(NotTold, match="уже не черновики"):
            await compose(db, story.teller, drafts)
        assert await compose(db, story.teller, drafts[1:])


async def test_slips_and_letters_of_other_clients_are_out_of_sight(story: Story) -> None:
    draft, boris = await story.draft(100), await story.office.person("Борис")
    await story.tell(draft)
    await story.work.look()
    for person, count in ((story.anna, 1), (boris, 0)):
        async with story.office.look(person) as db:
            for table in ("slip", "notice", "notice_attempt"):
                assert await db.fetchval(f"select count(*) from office.{table}") == count, table
    async with story.office.change(boris) as db:
        assert await compose(db, story.teller, [draft]) == []
        assert await slips.set_state(db, draft, ["published"], "paid") is None
    for statement in ("update office.notice_attempt set message_id = ''", "delete from office.notice"):
        async with story.office.change() as db:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await db.execute(statement)
