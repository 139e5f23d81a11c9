"""What people of the invented office did with its cases: steps that the rules allow, some late, some still open."""

import random
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from accounting.office.cases import STEPS, Case, Place, hindrance
from admin.storage.office.case_bulk import Ended, Spent, Steppable, Told

_LATE_REASONS: Final = (
    "документы пришли поздно",
    "клиент не подписал",
    "ошибка в коде",
    "не работал оператор отчётности",
)
_COMMENTS: Final = ("Сверил с банком.", "Клиент прислал документы.", "Проверила, всё сходится.", "Спросил у клиента.")

_WORKED: Final = ("", "", "", "сверка с клиентом", "исправляла проводки", "звонила в налоговую")


def live(
    cases: Sequence[Steppable], today: date, zone: tzinfo, seed: int, take_ids: Callable[[int], list[int]]
) -> tuple[list[Ended], list[Told]]:
    """What was due is mostly closed, a little of it late; what is due soon is in all states."""
    rng = random.Random(seed)
    ended: list[Ended] = []
    told: list[Told] = []
    for one in cases:
        steps = _way(rng, one, today)
        if not steps:
            continue
        day = one.target_date or one.legal_date or today
        late = one.legal_date is not None and steps[-1] in ("accept", "complete") and rng.random() < 0.03
        last = min((one.legal_date or day) + timedelta(days=rng.randint(1, 4)) if late else day, today)
        reason = rng.choice(_LATE_REASONS) if late else None
        moments = _moments(rng, last, len(steps) + 1, zone)
        state = _walk(one, steps, last, reason)
        ids = take_ids(len(steps) + 1)
        for name, number, moment in zip(steps, ids, moments, strict=False):
            told.append(_line(rng, one, name, number, moment, reason))
        if rng.random() < 0.2:
            told.append(Told(ids[-1], one.id, moments[-1], one.owner_id, one.owner or "", None, state,
                             rng.choice(_COMMENTS)))  # fmt: skip
        closed = state in ("done", "not_required")
        ended.append(Ended(one.id, state, reason, moments[len(steps) - 1] if closed else None))
    return ended, told


def spend(
    cases: Sequence[Steppable], ended: Sequence[Ended], rng: random.Random, take_ids: Callable[[int], list[int]]
) -> list[Spent]:
    """Time on some of what is closed, half of it with a word."""
    by_number = {one.id: one for one in cases}
    spent: list[Spent] = []
    for end in ended:
        chance, minutes, note = rng.random(), rng.randrange(10, 185, 5), rng.choice(_WORKED)
        one = by_number[end.case_id]
        if chance > 0.15 or end.closed_at is None or one.owner_id is None:
            continue
        number = take_ids(1)[0]
        spent.append(
            Spent(number, one.id, one.organisation_id, one.owner_id, one.owner or "", end.closed_at.date(), minutes,
                  note, end.closed_at)
        )  # fmt: skip
    return spent


def _way(rng: random.Random, one: Steppable, today: date) -> list[str]:
    """Names of steps. What is long past is closed; of what is due now some is not."""
    review = ["submit_for_review", "approve"] if one.reviewer_id is not None and one.reviewer_id != one.owner_id else []
    sending = ["submit", "accept"] if review else ["make_ready", "submit", "accept"]
    whole = ["start", *review, *sending] if one.is_submitted else ["start", *review, "complete"]
    day = one.target_date or today
    if rng.random() < 0.02:
        return ["waive"]
    if day < today - timedelta(days=21) or rng.random() < 0.55 + 0.03 * min((today - day).days, 14):
        return whole if day <= today else whole[: rng.randint(0, 2)]
    if rng.random() < 0.2:
        return ["start", "wait"]
    return whole[: rng.randint(0, len(whole) - 1)]


def _walk(one: Steppable, steps: Sequence[str], last: date, reason: str | None) -> str:
    """Where the steps lead; the rules are asked about each, so that no story tells what could not be."""
    state = one.state
    for name in steps:
        case = Case(state=state, has_reviewer=one.reviewer_id is not None, is_submitted=one.is_submitted,
                    legal_date=one.legal_date)  # fmt: skip
        place = {Place.REVIEWER} if name == "approve" else {Place.EXECUTOR}
        against = hindrance(case, name, place, text="…", today=last, late_reason=reason or "")
        if against is not None:
            raise ValueError(f"a case that is {state} cannot {name}: {against}")
        state = STEPS[name].to
    return state


def _moments(rng: random.Random, last: date, count: int, zone: tzinfo) -> list[datetime]:
    """Ascending, in working hours of the last days before."""
    days = sorted(last - timedelta(days=rng.randint(0, 3)) for _ in range(count))
    hours = sorted(rng.randint(0, 8 * 60 - 1) for _ in range(count))
    return sorted(
        datetime.combine(day, time(9 + minutes // 60, minutes % 60), zone)
        for day, minutes in zip(days, hours, strict=True)
    )


def _line(rng: random.Random, one: Steppable, name: str, number: int, moment: datetime, reason: str | None) -> Told:
    by_reviewer = name == "approve"
    person_id, person = (one.reviewer_id, one.reviewer) if by_reviewer else (one.owner_id, one.owner)
    note = "нулевой период" if name == "waive" else (reason or "") if STEPS[name].to == "done" else ""
    if name == "wait":
        note = rng.choice(("выписку", "акты", "подпись"))
    return Told(number, one.id, moment, person_id, person or "", name, STEPS[name].to, note)


def months_until(first: date, last: date) -> Iterator[date]:
    """First days of months, both ends included."""
    day = first.replace(day=1)
    while day <= last:
        yield day
        day = (day + timedelta(days=32)).replace(day=1)
