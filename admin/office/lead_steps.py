"""The steps of a lead: what each needs, who may be the same, and who is forgotten."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.office.contract_offer import regular_fee
from accounting.office.leads import ALIKE_BP, TRANSITIONS, is_neglected, likeness_bp
from accounting.office.price import PriceCalculation
from accounting.working_days import BusinessCalendar, CalendarRules
from admin.office import words
from admin.office.forms import FormRefused, about, choice_of, clean_email, clean_phone, day_of, tax_number_of, text_of
from admin.office.intake import Who
from admin.storage.office import leads
from admin.storage.office.leads import Details, Known, Lead, LeadEvent, Move, NewLead
from admin.tables.asked import kopecks_or_none
from admin.texts import say
from fiscal_server.storage.pool import WriteConnection

STATES: Final = {
    "new": "новый",
    "contacted": "поговорили",
    "qualified": "знаем, что нужно",
    "calculated": "посчитали цену",
    "proposal_sent": "отправили предложение",
    "negotiating": "договариваемся",
    "deferred": "отложен",
    "won": "стал клиентом",
    "lost": "отказался",
    "merged": "повтор",
}
STEPS: Final = {
    "log_contact": "Поговорили",
    "qualify": "Узнали, что нужно",
    "calculate": "Посчитали цену",
    "send_proposal": "Отправили предложение",
    "reply": "Ответили",
    "convert": "Сделать клиентом",
    "defer": "Отложить",
    "lose": "Отказался",
    "merge": "Это повтор",
    "reopen": "Вернуть",
}
TWINS: Final = 300
"""As many leads are offered to be named as the one that another repeats."""
LEGAL_FORMS: Final = {"unknown": "неизвестно", **words.KINDS}
SOURCES: Final = {
    "recommendation": "посоветовали",
    "site": "сайт",
    "advertisement": "реклама",
    "partner": "партнёр",
    "event": "мероприятие",
    "other": "другое",
}


class ListedLead(msgspec.Struct, frozen=True):
    """A lead with the mark that nobody cares for it."""

    one: Lead
    neglected: bool


class MayBeTheSame(Exception):
    """Nothing was done: somebody is known already who may be the same, each with why, a msgid."""

    def __init__(self, found: list[tuple[Known, str]]) -> None:
        super().__init__(len(found))
        self.found = found


def marked(found: Iterable[Lead], today: date) -> list[ListedLead]:
    """By the working days of Russia, where the office is."""
    calendar = BusinessCalendar(CalendarRules())
    return [
        ListedLead(one, is_neglected(one.state, one.state_since, one.next_action_on, today, calendar)) for one in found
    ]


def read_lead(form: FormMultiDict, today: date) -> NewLead:
    """A new lead. Raises FormRefused."""
    details = read_details(form, today)
    organisation = text_of(form, "organisation_name")
    refuse_nobody(details, organisation)
    what_next, next_on = next_action_of(form)
    return NewLead(
        organisation_name=organisation,
        legal_form=choice_of(form, "legal_form", LEGAL_FORMS),
        tax_system=text_of(form, "tax_system"),
        tax_number=tax_number_of(form, "RU"),
        activity=text_of(form, "activity"),
        region=text_of(form, "region"),
        source=choice_of(form, "source", SOURCES),
        features=text_of(form, "features", 2000),
        next_action=what_next,
        next_action_on=next_on,
        **msgspec.structs.asdict(details),
    )


def refuse_nobody(details: Details, organisation: str) -> None:
    """A lead is somebody with a name who can be reached. Raises FormRefused."""
    if not (details.name or organisation):
        raise FormRefused(say("Укажите имя или название организации."))
    if details.phone is None and details.email is None and not details.messenger:
        raise FormRefused(say("Укажите телефон, почту или мессенджер."))


def read_details(form: FormMultiDict, today: date) -> Details:
    """What may be learned at any time, until today. Raises FormRefused."""
    surname, name = text_of(form, "surname"), text_of(form, "name")
    consent_on = day_of(form, "consent_on") if form.get("consent_on") else None
    if consent_on is not None and consent_on > today:
        raise FormRefused(about("consent_on", say("Этот день ещё не наступил.")))
    return Details(
        surname=surname if name else "",
        name=name or surname,
        patronymic=text_of(form, "patronymic"),
        messenger=text_of(form, "messenger"),
        source_detail=text_of(form, "source_detail"),
        needs=text_of(form, "needs", 2000),
        expected_start=day_of(form, "expected_start") if form.get("expected_start") else None,
        consent_on=consent_on,
        phone=clean_phone(text_of(form, "phone")),
        email=clean_email(text_of(form, "email")),
    )


def kept_details(lead: Lead) -> dict[str, str]:
    """What stands in the form of details, by the names of its fields."""
    known = {name: getattr(lead, name) for name in Details.__struct_fields__}
    return {name: value.isoformat() if isinstance(value, date) else value or "" for name, value in known.items()}


def kept_next(lead: Lead) -> dict[str, str]:
    """What stands in the form of the next action."""
    on = lead.next_action_on
    return {"what_next": lead.next_action or "", "what_next_on": on.isoformat() if on else ""}


def next_action_of(form: FormMultiDict) -> tuple[str | None, date | None]:
    """What is to be done next and when: both or neither. Raises FormRefused."""
    what = text_of(form, "what_next") or None
    on = day_of(form, "what_next_on") if form.get("what_next_on") else None
    if (what is None) != (on is None):
        raise FormRefused(say("Укажите и что сделать дальше, и когда."))
    return what, on


def may_be_the_same(new: NewLead, known: Iterable[Known]) -> list[tuple[Known, str]]:
    """Those with the same tax number, telephone or address, and those with such a name; with why, a msgid."""
    found = []
    for one in known:
        if new.tax_number is not None and new.tax_number == one.tax_number:
            found.append((one, "тот же ИНН"))
        elif new.phone in one.phones:
            found.append((one, "тот же телефон"))
        elif new.email in one.emails:
            found.append((one, "та же почта"))
        elif any(
            likeness_bp(own, name) >= ALIKE_BP for own in (new.organisation_name, new.name) if own for name in one.names
        ):
            found.append((one, "похожее название"))
    return found


def reached_like(lead: Lead, new: Details, known: Iterable[Known]) -> list[tuple[Known, str]]:
    """Others with the telephone or address that a lead did not have before; with why, a msgid."""
    phone = new.phone if new.phone != lead.phone else None
    email = new.email if new.email != lead.email else None
    own = {(False, lead.id), (True, lead.organisation_id)}
    others = [one for one in known if (one.is_client, one.id) not in own]
    return may_be_the_same(NewLead(source=lead.source, phone=phone, email=email), others)


def twins_of(lead: Lead, known: Iterable[Known]) -> list[Known]:
    """Leads that a lead may repeat: those that look like it first, then the others by name."""
    others = [one for one in known if not one.is_client and one.id != lead.id]
    alike = {one.id for one, _ in may_be_the_same(lead, others)}
    return sorted(others, key=lambda one: (one.id not in alike, one.names))[:TWINS]


def read_move(step: str, lead: Lead, form: FormMultiDict, today: date) -> Move:
    """What a step says of the lead, checked against what it needs. Raises FormRefused."""
    transition = TRANSITIONS.get(step)
    if transition is None or step == "convert" or lead.state not in transition.sources:
        text = "Из состояния «{state}» так нельзя: посмотрите ещё раз."
        raise FormRefused(say(text, state=say(STATES[lead.state])))
    return _READERS.get(step, _plain)(transition.to, lead, form, today)


def _plain(to: str, lead: Lead, form: FormMultiDict, today: date) -> Move:
    return Move(state=to)


def _log_contact(to: str, lead: Lead, form: FormMultiDict, today: date) -> Move:
    if not text_of(form, "note", 2000):
        raise FormRefused(say("Запишите, о чём говорили."))
    return Move(state=to)


def _qualify(to: str, lead: Lead, form: FormMultiDict, today: date) -> Move:
    tax_system = text_of(form, "tax_system") or lead.tax_system
    activity, region = text_of(form, "activity") or lead.activity, text_of(form, "region") or lead.region
    legal_form = choice_of(form, "legal_form", LEGAL_FORMS)
    if legal_form == "unknown" or not (tax_system and activity and region):
        raise FormRefused(say("Нужны форма, налогообложение, занятие и регион: без них цену не посчитать."))
    return Move(state=to, legal_form=legal_form, tax_system=tax_system, activity=activity, region=region)


def _calculate(to: str, lead: Lead, form: FormMultiDict, today: date) -> Move:
    fee = kopecks_or_none(text_of(form, "fee"))
    if not fee:
        raise FormRefused(say("Укажите цену в месяц: 19800,00."))
    until = day_of(form, "offer_until")
    if until < today:
        raise FormRefused(say("Срок предложения уже прошёл."))
    return Move(state=to, fee_kopecks=fee, offer_until=until)


def _send(to: str, lead: Lead, form: FormMultiDict, today: date) -> Move:
    if lead.offer_until is None or lead.offer_until < today:
        raise FormRefused(say("Срок расчёта прошёл: посчитайте цену ещё раз."))
    return Move(state=to)


def _defer(to: str, lead: Lead, form: FormMultiDict, today: date) -> Move:
    wake_on = day_of(form, "wake_on")
    if wake_on <= today:
        raise FormRefused(say("Отложить можно только на день, который ещё не наступил."))
    return Move(state=to, former_state=lead.state, wake_on=wake_on)


def _lose(to: str, lead: Lead, form: FormMultiDict, today: date) -> Move:
    reason = text_of(form, "note", 2000)
    if not reason:
        raise FormRefused(say("Запишите, почему отказался."))
    return Move(state=to, lost_reason=reason)


def _merge(to: str, lead: Lead, form: FormMultiDict, today: date) -> Move:
    text = text_of(form, "duplicate_of")
    if not (text.isascii() and text.isdecimal() and len(text) < 19) or int(text) == lead.id:
        raise FormRefused(say("Выберите, кого повторяет эта запись."))
    return Move(state=to, duplicate_of=int(text))


_READERS: Final[dict[str, Callable[[str, Lead, FormMultiDict, date], Move]]] = {
    "log_contact": _log_contact,
    "qualify": _qualify,
    "calculate": _calculate,
    "send_proposal": _send,
    "defer": _defer,
    "lose": _lose,
    "merge": _merge,
}
"""Steps that need something."""


async def price_is_known(
    db: WriteConnection, event_id: int, lead_id: int, calculation: PriceCalculation, who: Who
) -> None:
    """A saved price is the step «посчитали цену»; of one that was offered before it is the new offer."""
    lead = await leads.lock_lead(db, lead_id, who.today)
    if lead is None or lead.state not in ("qualified", "calculated", "proposal_sent", "negotiating"):
        return
    state = "calculated" if lead.state == "qualified" else lead.state
    move = Move(state=state, fee_kopecks=regular_fee(calculation), offer_until=calculation.valid_until)
    await leads.move_lead(db, lead_id, move, who.today)
    await leads.add_event(
        db, event_id, lead_id, LeadEvent(who.now, who.person, "calculate", state, calculation.plan), who.person_id
    )


async def take_step(
    db: WriteConnection, event_id: int, lead_id: int, step: str, form: FormMultiDict, who: Who
) -> Lead | None:
    """The lead as it stood before; None for one that is not in sight. Raises FormRefused."""
    lead = await leads.lock_lead(db, lead_id, who.today)
    if lead is None:
        return None
    move = read_move(step, lead, form, who.today)
    if move.duplicate_of is not None and await leads.lead_by_id(db, move.duplicate_of, who.today) is None:
        raise FormRefused(say("Выберите, кого повторяет эта запись."))
    await leads.move_lead(db, lead_id, move, who.today)
    if form.get("what_next") or form.get("what_next_on"):
        await leads.set_next_action(db, lead_id, *next_action_of(form))
    event = LeadEvent(who.now, who.person, step, move.state, text_of(form, "note", 2000))
    await leads.add_event(db, event_id, lead_id, event, who.person_id)
    return lead
