"""What is done about annexes of a contract: changes written down, both marks, and with the second one their effect."""

from collections.abc import Callable
from datetime import timedelta

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.office.contract_annex import ANNEXED, AnnexFacts, ChangeKind, LineSpan, annex_misses, why_not
from admin.office import planning
from admin.office.contract_forms import day_or_none, read_line
from admin.office.contract_numbers import next_annex_number
from admin.office.contract_orders import tell
from admin.office.contract_words import METHODS, SIDES
from admin.office.forms import FormRefused, choice_of, day_of, number_of, text_of
from admin.office.intake import Who
from admin.office.tariff_forms import money_or_none
from admin.storage.office import annexes, catalogue, contracts
from admin.storage.office.annexes import Annex, NewAnnex, NewChange, StoredChange
from admin.storage.office.contracts import ContractCard, Signature, StoredLine
from admin.texts import say
from fiscal_server.storage.pool import WriteConnection

_ONE_DAY = timedelta(days=1)


def _read(form: FormMultiDict, number: str) -> NewAnnex:
    subject = text_of(form, "subject", 2000)
    return NewAnnex(number=text_of(form, "number", 60) or number, dated=day_of(form, "dated"), subject=subject)


async def add_annex(
    db: WriteConnection, numbers: tuple[int, int], card: ContractCard, form: FormMultiDict, who: Who
) -> None:
    """The draft of an annex to a contract that is held, by its number and that of the event. Raises FormRefused."""
    if card.status not in ANNEXED:
        raise FormRefused(say("Соглашение делают к подписанному договору, который действует."))
    new = _read(form, await next_annex_number(db, card, who.today))
    annex_id, event_id = numbers
    if not await annexes.add_annex(db, annex_id, (card.id, card.organisation_id), new, who.now, who.person_id):
        raise FormRefused(say("Соглашение с номером {number} у договора уже есть.", number=new.number))
    await tell(db, event_id, card, who, "annex", card.status, new.number)


async def edit_annex(db: WriteConnection, card: ContractCard, annex: Annex, form: FormMultiDict, who: Who) -> NewAnnex:
    """Number, day and words of a draft that nobody has signed. Raises FormRefused."""
    new = _read(form, annex.number)
    others = {one.number for one in await annexes.annexes_of(db, card.id) if one.id != annex.id}
    if new.number in others:
        raise FormRefused(say("Соглашение с номером {number} у договора уже есть.", number=new.number))
    if not await annexes.change_annex(db, annex.id, number_of(form, "version"), new, who.now):
        raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
    return new


def span_of(line: StoredLine) -> LineSpan:
    """When a line serves."""
    return LineSpan(starts_on=line.starts_on, ends_on=line.ends_on, is_one_off=line.period == "event")


async def read_change(db: WriteConnection, card: ContractCard, form: FormMultiDict) -> NewChange:
    """One change, judged by the lines as they are. Raises FormRefused."""
    kind = ChangeKind(choice_of(form, "kind", {one.value: one for one in ChangeKind}))
    day = day_of(form, "on_day")
    if kind is ChangeKind.ADD:
        line, ends = read_line(form, dict(await catalogue.services_by_code(db))), day_or_none(form, "line_ends")
        if ends is not None and ends < day:
            raise FormRefused(say("Последний день раньше первого."))
        return NewChange(kind=kind, on_day=day, ends_on=ends, line=line)
    line_id = None if kind is ChangeKind.FEE else number_of(form, "line")
    price = None if kind is ChangeKind.END else money_or_none(form, "price")
    if kind is not ChangeKind.END and price is None:
        raise FormRefused(say("Укажите новую сумму."))
    lines = {line.id: span_of(line) for line in await contracts.lines_of(db, [card.id])}
    wrong = why_not(kind, day, line_id, lines)
    if wrong:
        raise FormRefused(say("Так изменить нельзя: {why}.", why=say(wrong)))
    return NewChange(kind=kind, on_day=day, line_id=line_id, price_kopecks=price)


async def add_change(
    db: WriteConnection, change_id: int, card: ContractCard, annex: Annex, form: FormMultiDict
) -> NewChange:
    """Another change of an annex that nobody has signed. Raises FormRefused."""
    if not annex.is_open:
        raise FormRefused(say("Соглашение уже подписано одной из сторон: в нём ничего не меняют."))
    new = await read_change(db, card, form)
    if not await annexes.add_change(db, change_id, annex, new):
        raise FormRefused(say("Это соглашение уже меняет то же самое."))
    return new


async def sign_annex(
    db: WriteConnection, take_ids: Callable[[int], list[int]], card: ContractCard, annex: Annex, form: FormMultiDict,
    who: Who,
) -> bool:  # fmt: skip
    """The mark of one side; whether it is in force with it. Contract held. Raises FormRefused."""
    changes = (await annexes.changes_of(db, card.id)).get(annex.id, [])
    facts = AnnexFacts(contract_status=card.status, state=annex.state, changes=len(changes), subject=annex.subject)
    missing = annex_misses(facts)
    if missing:
        raise FormRefused(say("Не хватает: {what}.", what=", ".join(say(one) for one in missing)))
    side, on = choice_of(form, "side", SIDES), day_of(form, "signed_on")
    if on > who.today:
        raise FormRefused(say("День подписи ещё не наступил."))
    mark = Signature(side, on, choice_of(form, "method", METHODS))
    if not await annexes.add_signature(db, annex, mark, who.now, who.person_id):
        raise FormRefused(say("Эта сторона уже подписала."))
    note = f"{annex.number}: {say(SIDES[side])}"
    await tell(db, take_ids(1)[0], card, who, "annex_sign", card.status, note)
    if len(await annexes.signatures_of(db, annex.id)) < len(SIDES):
        return False
    await _come_into_force(db, take_ids, card, annex, changes)
    await annexes.move_annex(db, annex.id, "signed", who.now)
    await tell(db, take_ids(1)[0], card, who, "annex_in_force", "amended", annex.number)
    reason = planning.Who(person_id=who.person_id, person=who.person, reason="contract", now=who.now)
    await planning.apply(db, take_ids, who.today, reason, organisation_id=card.organisation_id)
    return True


async def _come_into_force(
    db: WriteConnection, take_ids: Callable[[int], list[int]], card: ContractCard, annex: Annex,
    changes: list[StoredChange],
) -> None:  # fmt: skip
    """What it says of the lines is done; the lines may have changed since it was written. Raises FormRefused."""
    lines = {line.id: line for line in await contracts.lines_of(db, [card.id])}
    spans = {number: span_of(line) for number, line in lines.items()}
    place = (card.id, card.organisation_id)
    for one in changes:
        wrong = why_not(one.kind, one.on_day, one.line_id, spans)
        if wrong:
            raise FormRefused(say("Так изменить нельзя: {why}.", why=say(wrong)))
        if one.line is not None:
            await contracts.add_lines(db, take_ids(1), place, [one.line], (one.on_day, one.ends_on), annex.id)
        elif one.kind is ChangeKind.END and one.line_id is not None:
            await contracts.end_line(db, card.id, one.line_id, one.on_day)
        elif one.kind is ChangeKind.PRICE and one.line_id is not None:
            old = lines[one.line_id]
            await contracts.end_line(db, card.id, old.id, one.on_day - _ONE_DAY)
            following = msgspec.structs.replace(old, price_kopecks=one.price_kopecks)
            await contracts.add_lines(db, take_ids(1), place, [following], (one.on_day, old.ends_on), annex.id)


async def cancel_annex(
    db: WriteConnection, event_id: int, card: ContractCard, annex: Annex, form: FormMultiDict, who: Who
) -> None:
    """It will not be signed. Raises FormRefused for one in force, and without a reason."""
    note = text_of(form, "note", 1000)
    if annex.state != "draft":
        raise FormRefused(say("Соглашение уже подписано или отменено."))
    if not note:
        raise FormRefused(say("Напишите причину."))
    await annexes.move_annex(db, annex.id, "cancelled", who.now)
    await tell(db, event_id, card, who, "annex_cancel", card.status, f"{annex.number}: {note}")
