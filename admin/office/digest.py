"""The letter of the morning: what is late, due, to be checked, unconfirmed; to whoever wants one."""

from datetime import date
from typing import Final

import msgspec

from accounting.receipts.wording import day_text, in_language
from admin.office.case_words import CASE_STATES
from admin.office.concerns import words_of
from admin.pages.office.case_table import title_of
from admin.storage.office import attention, case_lists
from admin.storage.office.case_lists import ListedCase
from admin.texts import say
from fiscal_server.storage.pool import ReadConnection

LINES: Final = 20


class Letter(msgspec.Struct, frozen=True):
    """What is sent."""

    subject: str
    text: str


async def write_letter(
    db: ReadConnection,
    people: tuple[int, ...],
    day: date,
    language: str,
    panel_address: str,
    *,
    even_empty: bool = False,
) -> Letter | None:
    """Of somebody and those they stand in for; None when nothing is to be done, unless that is to be said too."""
    due = await case_lists.due_of(db, people, day, LINES * 10)
    review = await case_lists.to_review(db, people, LINES * 10)
    concerns = await attention.concerns_of(db, people, day, LINES * 10)
    if not due and not review and not concerns:
        return _nothing_to_do(day, language, panel_address) if even_empty else None
    late = [one for one in due if one.legal_date is not None and one.legal_date < day]
    others = [one for one in due if one not in late]
    with in_language(language):
        parts = [say("Здравствуйте! Ваши дела на {day}:", day=day_text(day))]
        for title, found in (("Просрочено", late), ("Сегодня и раньше", others), ("Проверить", review)):
            if found:
                parts.append(f"{say(title)}: {len(found)}\n" + "\n".join(_line(one) for one in found[:LINES]))
        if concerns:
            lines = "\n".join(f"– {day_text(one.day)} {one.short_name}: {words_of(one)}" for one in concerns[:LINES])
            parts.append(f"{say('Не забыть')}: {len(concerns)}\n{lines}")
        parts.append(f"{panel_address}/tasks/mine")
        subject = say("Дела на {day}: {count}", day=day_text(day), count=len(due) + len(review) + len(concerns))
        return Letter(subject, "\n\n".join(parts) + "\n")


def _nothing_to_do(day: date, language: str, panel_address: str) -> Letter:
    with in_language(language):
        text = say("Здравствуйте! На {day} у вас дел нет.", day=day_text(day))
        return Letter(say("Дел на {day} нет", day=day_text(day)), f"{text}\n\n{panel_address}/tasks/mine\n")


def _line(one: ListedCase) -> str:
    day = one.legal_date or one.target_date
    told = "" if day is None else f"{day_text(day)} "
    return f"– {told}{one.short_name}: {title_of(one)} ({say(CASE_STATES[one.state])})"
