"""What people do to a case: steps, parts, comments; each in one transaction with its line of the story."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Final

import msgspec
from msgspec import structs

from accounting.office.cases import STEPS, Hindrance, Place, Step, hindrance, may_close_part, steps_of
from admin.office.powers import backing_of
from admin.permissions import Action, Role, may
from admin.storage.office import case_bulk, case_time, cases
from admin.storage.office.case_bulk import Told
from admin.storage.office.cases import By, CaseCard, Change
from fiscal_server.storage.pool import WriteConnection

REASONS: Final = {
    Hindrance.STATE: "Дело уже стоит иначе: посмотрите ещё раз.",
    Hindrance.PLACE: "Этот шаг делает другой человек.",
    Hindrance.TEXT: "Напишите, почему.",
    Hindrance.CHECKLIST: "Сначала закройте все пункты списка.",
    Hindrance.PARTS: "Не все исполнители закрыли свою часть.",
    Hindrance.REVIEW: "Сначала дело должен проверить проверяющий.",
    Hindrance.OWN_WORK: "Проверить должен не тот, кто делал.",
    Hindrance.SUBMITTED: "Этот шаг не для такого дела.",
    Hindrance.OBLIGATION: "Обязательство по закону не отменяют: отметьте, что оно не требуется.",
    Hindrance.BLOCKED: "Сначала закройте дело, которого ждёт это.",
    Hindrance.POWER: "Для этого органа нет действующей доверенности: запишите её на карточке клиента.",
    Hindrance.LATE: "Срок прошёл: напишите, почему поздно.",
}
"""Msgids."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody at a case. ``people``: whom they are today; empty: whoever sits at the machine, who may all."""

    person_id: int | None
    people: tuple[int, ...]
    roles: tuple[Role, ...]


class StepRefused(Exception):
    """``why`` says what stands against it."""

    def __init__(self, why: Hindrance) -> None:
        super().__init__(why)
        self.why = why


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a step says."""

    text: str = ""
    late_reason: str = ""
    waiting_for: str | None = None
    waiting_until: date | None = None


def places_at(card: CaseCard, actor: Actor) -> set[Place]:
    """What somebody is to a case. Whoever has a part of it is its executor; one that is nobody's is anybody's.

    At a machine whose panel asks nobody to sign in there is one pair of eyes: it does, and it checks.
    """
    one = card.one
    executors = {one.owner_id, *(part.person_id for part in card.parts)} - {None}
    return places_of(actor, one.state, executors, one.reviewer_id, one.assigner_id)


def places_of(
    actor: Actor, state: str, executors: Collection[int | None], reviewer_id: int | None, assigner_id: int | None
) -> set[Place]:
    """The same of what a list knows."""
    if actor.person_id is None:
        return {Place.REVIEWER if state == "review" else Place.EXECUTOR, Place.ASSIGNER}
    found = set[Place]()
    if not executors or set(executors) & set(actor.people):
        found.add(Place.EXECUTOR)
    if reviewer_id in actor.people:
        found.add(Place.REVIEWER)
    if assigner_id in actor.people:
        found.add(Place.ASSIGNER)
    if may(actor.roles, Action.CHANGE_CLIENTS):
        found.add(Place.HEAD)
    return found


def steps_for(card: CaseCard, actor: Actor) -> list[Step]:
    """Steps that somebody may take now."""
    return steps_of(card.rules(), places_at(card, actor))


async def take_step(
    db: WriteConnection, take_ids: Callable[[int], list[int]], card: CaseCard, name: str, actor: Actor, said: Said,
    by: By, today: date,
) -> Step:  # fmt: skip
    """Raises StepRefused, and KeyError for a step that there is not."""
    rules = card.rules()
    if STEPS[name].powered:
        backing = await backing_of(db, card.one, today)
        rules = structs.replace(rules, lacks_power=backing is not None and backing.is_lacking)
    against = hindrance(rules, name, places_at(card, actor), text=said.text, late_reason=said.late_reason, today=today)
    if against is not None:
        raise StepRefused(against)
    step = STEPS[name]
    change = Change(
        state=step.to,
        waiting_for=said.waiting_for if name == "wait" else None,
        waiting_until=said.waiting_until if name == "wait" else None,
        late_reason=said.late_reason or None,
        closed_at=by.now if step.to in ("done", "not_required", "cancelled") else None,
    )
    if not await cases.move_case(db, card.one, change):
        raise StepRefused(Hindrance.STATE)
    note = said.text or said.late_reason
    await cases.add_event(db, take_ids(1)[0], card.one, by, transition=name, state=step.to, note=note)
    if change.closed_at is not None:
        await _free(db, take_ids, card, by)
    return step


async def _free(db: WriteConnection, take_ids: Callable[[int], list[int]], card: CaseCard, by: By) -> None:
    """Stories of the cases that waited for this one alone say that they do no more."""
    freed = await case_time.freed_by(db, card.one.id)
    told = [
        Told(number, one.id, by.now, by.person_id, by.person, "freed", one.state, card.one.title)
        for number, one in zip(take_ids(len(freed)) if freed else [], freed, strict=True)
    ]
    await case_bulk.tell(db, told)


async def close_part(
    db: WriteConnection, take_ids: Callable[[int], list[int]], card: CaseCard, actor: Actor, by: By, today: date
) -> str | None:
    """Somebody, or whoever they stand in for, has done their part; the last one that the mode asks for closes the case,
    unless something else is to be done or said first.

    The state it stands in; None: it is not their turn, or it is done.
    """
    parts = card.rules().parts
    person_id = next((one for one in actor.people if may_close_part(card.one.mode, parts, one)), None)
    if card.rules().is_closed or person_id is None or not await cases.close_part(db, card.one.id, person_id, by.now):
        return None
    await cases.add_event(db, take_ids(1)[0], card.one, by, transition="part", state=card.one.state, note="")
    after = await cases.read_case(db, card.one.id, today)
    assert after is not None, "it is locked"
    if hindrance(after.rules(), "complete", places_at(after, actor), late_reason="", today=today) is not None:
        return after.one.state
    return (await take_step(db, take_ids, after, "complete", actor, Said(), by, today)).to


async def comment(
    db: WriteConnection, take_ids: Callable[[int], list[int]], card: CaseCard, text: str, by: By,
    people: Mapping[int, str],
) -> list[int]:  # fmt: skip
    """What somebody says; gives who was named in it."""
    named = mentioned(text, people)
    await cases.add_event(
        db, take_ids(1)[0], card.one, by, transition=None, state=card.one.state, note=text, mentions=named
    )
    return named


def mentioned(text: str, people: Mapping[int, str]) -> list[int]:
    """Whom «@Анна Петрова», or «@Анна» where there is one, means. The longest name that fits counts."""
    found: list[int] = []
    for place in re.finditer("@", text):
        rest = text[place.end() :].casefold()
        names = [(name.casefold(), one) for one, name in people.items()]
        full = [(name, one) for name, one in names if _begins(rest, name)]
        first = [(name, one) for name, one in names if _begins(rest, name.partition(" ")[0])]
        if full:
            found.append(max(full, key=lambda pair: len(pair[0]))[1])
        elif len(first) == 1:
            found.append(first[0][1])
    return list(dict.fromkeys(found))


def _begins(text: str, name: str) -> bool:
    return bool(name) and text.startswith(name) and not text[len(name) : len(name) + 1].isalnum()
