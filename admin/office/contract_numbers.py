"""Numbers by the office's rule: the next one is given under a lock when a draft is made; own ones may be typed.

A number that was typed ahead of the counter is passed over when the counter gets there: it opens no gap. Gaps are made
by people alone, with a reason.
"""

from datetime import date, datetime
from typing import Final

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.office.mistakes import BadText
from accounting.office.numbering import ANNEX_RULE, CONTRACT_RULE, NumberRule, Series, read_rule
from admin.office.forms import FormRefused, text_of
from admin.office.tariff_forms import whole_of
from admin.storage.office import annexes, contracts, numbers
from admin.storage.office.contracts import ContractCard, ContractOrigin, NewContract
from admin.storage.office.numbers import Skip
from admin.texts import say
from fiscal_server.storage.pool import ReadConnection, WriteConnection

KINDS: Final = {"contract": CONTRACT_RULE, "annex": ANNEX_RULE}
"""What is numbered, and how until the office says otherwise."""
_MOST: Final = 999_999


async def rule_of(db: ReadConnection | WriteConnection, kind: str) -> NumberRule:
    """As the office has written it."""
    written = (await numbers.rules(db)).get(kind, KINDS[kind])
    return read_rule(written, of_annexes=kind == "annex")


async def series_on(db: ReadConnection | WriteConnection, day: date) -> Series:
    """The one that contracts of a day are numbered in."""
    return (await rule_of(db, "contract")).series(day)


async def next_contract_number(db: ReadConnection | WriteConnection, day: date) -> str:
    """What the next contract of a day is called unless somebody says otherwise or is faster."""
    return await numbers.next_of(db, await series_on(db, day))


async def next_annex_number(db: ReadConnection | WriteConnection, card: ContractCard, day: date) -> str:
    """The same of an annex, within its contract."""
    taken = [one.number for one in await annexes.annexes_of(db, card.id)]
    return (await rule_of(db, "annex")).series(day, card.number).next_number(taken)


async def _number(db: WriteConnection, wanted: str, day: date) -> str:
    """The number of a draft. Numbers are held. Raises FormRefused when another contract has what was typed."""
    await numbers.hold(db)
    if not wanted:
        return await next_contract_number(db, day)
    if await numbers.is_taken(db, wanted):
        raise FormRefused(say("Номер {number} уже есть у другого договора.", number=wanted))
    return wanted


async def add_numbered(
    db: WriteConnection, contract_id: int, organisation_id: int, new: NewContract, origin: ContractOrigin,
    now: datetime, by: int | None,
) -> bool:  # fmt: skip
    """A draft with its number; False when its lead or the contract it follows has one. Raises FormRefused."""
    number = await _number(db, new.number, new.dated)
    numbered = msgspec.structs.replace(new, number=number)
    if not await contracts.add_contract(db, contract_id, organisation_id, numbered, origin, now, by):
        return False
    await numbers.take(db, number, contract_id)
    return True


async def renumbered(db: WriteConnection, card: ContractCard, new: NewContract) -> NewContract:
    """What a draft says, with a number: its own one, the one typed, or the next for none. Raises FormRefused, also when
    it is no draft any more."""
    if card.status != "draft":
        raise FormRefused(say("Карточку только что изменили: посмотрите её ещё раз."))
    if new.number and new.number == card.number:
        return new
    await numbers.free(db, card.id)
    number = await _number(db, new.number, new.dated)
    await numbers.take(db, number, card.id)
    return msgspec.structs.replace(new, number=number)


def read_number_rules(form: FormMultiDict) -> dict[str, str]:
    """By kind. Raises FormRefused."""
    found = {}
    for kind in KINDS:
        found[kind] = text_of(form, kind)
        try:
            read_rule(found[kind], of_annexes=kind == "annex")
        except BadText as wrong:
            raise FormRefused(say("Правило «{rule}»: {why}.", rule=found[kind], why=wrong.reason())) from None
    return found


async def skip_to(
    db: WriteConnection, skip_id: int, form: FormMultiDict, today: date, person: str, now: datetime
) -> Skip:
    """The counter goes on from another number. Raises FormRefused for one it has passed, and without a reason."""
    wanted, reason = whole_of(form, "first_count"), text_of(form, "reason", 500)
    if not reason:
        raise FormRefused(say("Напишите причину."))
    await numbers.hold(db)
    series = await series_on(db, today)
    upcoming = series.count_of(await numbers.next_of(db, series)) or 0
    if not upcoming < wanted <= _MOST:
        raise FormRefused(say("Счётчик идёт только вперёд: сейчас он на {count}.", count=upcoming))
    one = Skip(series.name(), wanted - 1, reason, person, now)
    await numbers.add_skip(db, skip_id, one)
    return one
