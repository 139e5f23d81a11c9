"""Payments whose sums clients were told and that a plan would move or cancel: whoever leads the client decides.

The plan leaves them as the client knows them. A case says so, once for each new day: withdraw the slip, and the next
plan moves or cancels the payment; tell the client otherwise; or leave it.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime

from accounting.office.obligation_words import name_of_planned
from accounting.office.plan_changes import Conflict
from accounting.office.planning import ObligationKey
from accounting.receipts.wording import day_text
from admin.storage.office import calls, schedule
from admin.storage.office.schedule import Kept
from admin.texts import say
from fiscal_server.storage.pool import WriteConnection


async def ask_about_told(
    db: WriteConnection,
    take_ids: Callable[[int], list[int]],
    conflicts: Iterable[Conflict],
    kept: Mapping[ObligationKey, Kept],
    at: tuple[date, datetime],
    person: str,
) -> None:
    """A case for the lead about each; what was asked before is not asked again.

    ``at``: today, and the moment; ``person``: who plans.
    """
    today, now = at
    about = {kept[one.key].id: one for one in conflicts if one.is_told}
    for told in await schedule.told_obligations(db, list(about)) if about else ():
        one = about[told.id]
        title = say("Клиенту уже сказано: {name}", name=name_of_planned(told.code))
        due = min(one.was, one.becomes or one.was)
        call = calls.Asked(told.slip_id, told.organisation_id, title, _note(one), due, person)
        await calls.ask_once(db, take_ids, call, today, now)


def _note(one: Conflict) -> str:
    was = day_text(one.was)
    if one.becomes is None:
        return say("По пересчёту платежа {was} больше нет. Отзовите платёжку или оставьте её.", was=was)
    return say(
        "По пересчёту срок {was} теперь {day}. Отзовите платёжку и пересчитайте сроки или оставьте её.",
        was=was, day=day_text(one.becomes),
    )  # fmt: skip
