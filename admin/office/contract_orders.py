"""Steps of a contract, each in one transaction with its story: what it needs is asked, what it does is done at once."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.office.contract_fees import fee_to_follow
from accounting.office.contract_steps import IN_FORCE, STEPS, ContractFacts, status_after, what_hinders, what_is_missing
from accounting.office.contracts import closes_on, following_term, last_day
from accounting.receipts.wording import day_text
from admin.office import planning, words
from admin.office.contract_forms import day_or_none
from admin.office.contract_numbers import add_numbered
from admin.office.contract_terms import contract_of
from admin.office.contract_texts.making import TextFault, fault_of
from admin.office.contract_words import METHODS, SIDES
from admin.office.forms import FormRefused, choice_of, day_of, text_of
from admin.office.intake import Who
from admin.storage.office import contracts, organisations, profiles
from admin.storage.office.contracts import ContractCard, ContractEvent, ContractOrigin, NewContract, Signature
from admin.texts import say
from fiscal_server.storage.pool import ReadConnection, WriteConnection

_PLANNED_AFTER = frozenset({"sign", "activate", "suspend", "resume", "give_notice", "close"})
"""Steps that change what contracts serve or make: the client's plan is made anew."""
_OLD_TEXTS: Final = {
    "agreed": "Текст договора устарел: потом изменились условия, услуги или реквизиты. Составьте его заново.",
    "sent": "Текст договора устарел: потом изменились условия, услуги или реквизиты. "
    "Верните договор в черновик и составьте текст заново.",
}


async def tell(
    db: WriteConnection, event_id: int, card: ContractCard, who: Who, step: str, status: str, note: str = ""
) -> None:  # fmt: skip
    """A line of the story."""
    event = ContractEvent(who.now, who.person, step, status, note)
    await contracts.add_event(db, event_id, (card.id, card.organisation_id), event, who.person_id)


async def text_fault_of(db: ReadConnection | WriteConnection, card: ContractCard) -> TextFault | None:
    """What keeps a contract from being sent or signed by the first side; of every other None.

    One that was sent without a text was so while the office had no template: it is signed as it went.
    """
    if card.status not in ("agreed", "sent") or await contracts.signatures_of(db, card.id):
        return None
    fault = await fault_of(db, card.id)
    return None if card.status == "sent" and fault is TextFault.MISSING else fault


async def facts_of(db: WriteConnection, card: ContractCard, today: date, reason: str = "") -> ContractFacts:
    """What is known when a step is taken."""
    client = card.organisation_id
    spans = (await profiles.profiles_of(db, [client])).get(client, ())
    fault = await text_fault_of(db, card)
    return ContractFacts(
        status=card.status, number=card.number, starts_on=card.starts_on, last_day=last_day(contract_of(card)),
        lines=len(await contracts.lines_of(db, [card.id])),
        signed=frozenset(await contracts.signatures_of(db, card.id)),
        has_profile=any(span.holds_on(today) for span in spans),
        has_lead=any(one.role == "lead" for one in await organisations.served_by(db, client, today)),
        lacks_text=fault is TextFault.MISSING, text_is_old=fault is TextFault.OUTDATED, reason=reason,
    )  # fmt: skip


async def take_step(
    db: WriteConnection, take_ids: Callable[[int], list[int]], contract_id: int, form: FormMultiDict, who: Who
) -> tuple[ContractCard, str] | None:
    """The contract as it stood before, and where it stands; None for one out of sight. Raises FormRefused."""
    card, step = await contracts.lock_contract(db, contract_id), str(form.get("step", ""))
    if card is None:
        return None
    if step not in STEPS or card.status not in STEPS[step].sources:
        text = "Из состояния «{state}» так нельзя: посмотрите ещё раз."
        raise FormRefused(say(text, state=say(words.CONTRACT_STATUSES[card.status])))
    note = text_of(form, "note", 1000)
    facts = await facts_of(db, card, who.today, note)
    if step in ("send", "sign") and facts.text_is_old:
        raise FormRefused(say(_OLD_TEXTS[card.status]))
    if hindrance := what_hinders(step, facts, who.today):
        day = facts.starts_on if step == "activate" else facts.last_day
        raise FormRefused(say(hindrance, day=day_text(day) if day else "—"))
    missing = what_is_missing(step, facts)
    if missing:
        raise FormRefused(say("Не хватает: {what}.", what=", ".join(say(one) for one in missing)))
    side = ""
    if step == "sign":
        side = await _sign(db, card, form, who)
        note = say(SIDES[side])
    status = status_after(step, facts, side)
    notice_on = ends_on = None
    if step == "give_notice":
        notice_on = day_of(form, "notice_on")
        ends_on = closes_on(contract_of(card), notice_on)
    await contracts.move_contract(db, card.id, status, who.now, notice_on, ends_on)
    await tell(db, take_ids(1)[0], card, who, step, status, note)
    if step in _PLANNED_AFTER and status != card.status:
        reason = planning.Who(person_id=who.person_id, person=who.person, reason="contract", now=who.now)
        await planning.apply(db, take_ids, who.today, reason, organisation_id=card.organisation_id)
    return card, status


async def _sign(db: WriteConnection, card: ContractCard, form: FormMultiDict, who: Who) -> str:
    side, on = choice_of(form, "side", SIDES), day_of(form, "signed_on")
    if on > who.today:
        raise FormRefused(say("День подписи ещё не наступил."))
    one = Signature(side, on, choice_of(form, "method", METHODS))
    if not await contracts.add_signature(db, card.id, card.organisation_id, one, who.now, who.person_id):
        raise FormRefused(say("Эта сторона уже подписала."))
    return side


async def renewal_of(db: WriteConnection, take_ids: Callable[[int], list[int]], card: ContractCard, who: Who) -> int:
    """The draft that follows a contract: from the day after its running term, as long, with the same lines. Made once.

    It begins with the fee of its own first day, without introductory months. Raises FormRefused for a contract without
    an end, or not in force.
    """
    if card.renewed_by is not None:
        return card.renewed_by
    if card.status not in IN_FORCE:
        text = "Договор «{state}»: продлевают подписанный."
        raise FormRefused(say(text, state=say(words.CONTRACT_STATUSES[card.status])))
    contract = contract_of(card, await contracts.fee_changes_of(db, card.id))
    days = following_term(contract, who.today)
    if days is None:
        raise FormRefused(say("У договора нет последнего дня: продлевать нечего."))
    starts_on, ends_on = days
    new = NewContract(
        dated=who.today, starts_on=starts_on, ends_on=ends_on, renews_by_months=card.renews_by_months,
        notice_days=card.notice_days, fee_kopecks=fee_to_follow(contract, starts_on),
        indexation_bp=card.indexation_bp, indexation_month=card.indexation_month,
        terms={k: v for k, v in card.terms.items() if k != "stages"},
    )  # fmt: skip
    number = take_ids(1)[0]
    origin = ContractOrigin(renews_contract_id=card.id)
    await add_numbered(db, number, card.organisation_id, new, origin, who.now, who.person_id)
    lines = [one for one in await contracts.lines_of(db, [card.id]) if one.ends_on is None and one.period != "event"]
    await contracts.add_lines(db, take_ids(len(lines)), (number, card.organisation_id), lines, (starts_on, None))
    follower = msgspec.structs.replace(card, id=number)
    await tell(db, take_ids(1)[0], follower, who, "create", "draft", card.number)
    await tell(db, take_ids(1)[0], card, who, "renew", card.status)
    return number


def warnings_of(card: ContractCard, today: date) -> list[str]:
    """What is to be done about a contract before it is too late; in the language of the call."""
    found: list[str] = []
    if card.status not in ("signed", "active", "suspended", "terminating"):
        return found
    end = last_day(contract_of(card))
    if end is not None and end < today:
        found.append(say("Срок договора прошёл: работа идёт без договора."))
    elif end is not None and end - today <= timedelta(days=60):
        found.append(say("До конца договора дней: {count}.", count=(end - today).days))
    if card.original_returned_on is None and card.status != "terminating":
        found.append(say("Оригинал с подписью клиента ещё не вернулся."))
    return found


async def add_draft(db: WriteConnection, ids: tuple[int, int], client_id: int, who: Who, wanted: str = "") -> None:
    """An empty draft of a client, by the number that is wanted or the next one; its id and that of the event are given.

    Raises FormRefused.
    """
    number, event_id = ids
    new = NewContract(dated=who.today, number=wanted)
    await add_numbered(db, number, client_id, new, ContractOrigin(), who.now, who.person_id)
    event = ContractEvent(who.now, who.person, "create", "draft", "")
    await contracts.add_event(db, event_id, (number, client_id), event, who.person_id)


async def give_back_original(
    db: WriteConnection, event_id: int, card: ContractCard, form: FormMultiDict, who: Who
) -> None:
    """The paper with the client's signature is here. Raises FormRefused."""
    on = day_or_none(form, "returned_on") or who.today
    if on > who.today:
        raise FormRefused(say("Этот день ещё не наступил."))
    await contracts.original_is_back(db, card.id, on, who.now)
    await tell(db, event_id, card, who, "original", card.status)
