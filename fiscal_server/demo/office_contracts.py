"""Contracts of the invented office: priced by its tariff, and standing where contracts of an office stand."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

import msgspec

from accounting.office.contract_offer import offered_lines, regular_fee
from accounting.office.contract_steps import ContractFacts, status_after, what_hinders, what_is_missing
from accounting.office.counting import months_after
from accounting.office.numbering import CONTRACT_RULE, read_rule
from accounting.office.price import PriceCalculation, calculate
from accounting.office.tariff_texts import read_plan
from admin.office.contract_words import SIDES
from admin.storage.office import catalogue, contracts, numbers, prices
from admin.storage.office.catalogue import NewTariff
from admin.storage.office.contracts import ContractEvent, ContractOrigin, NewContract, Signature
from admin.storage.office.prices import PriceFor
from admin.texts import say
from fiscal_server.demo import office_tariffs
from fiscal_server.demo.office_making import Client, Gathered, Making, working_day
from fiscal_server.demo.office_tariffs import EARLIER, PLAN, SERVICES
from fiscal_server.demo.office_world import PEOPLE

_DIRECTOR, _MANAGER = 0, 1


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a contract: its steps, each so many days after the one before. ``new``: of this month."""

    steps: tuple[tuple[str, int], ...]
    new: bool = False
    ends: str = ""
    """``soon``: it ends without a renewal; ``renews``: it renews by itself soon; empty: no end."""


class Agreed(msgspec.Struct, frozen=True, kw_only=True):
    """With whom, what becomes of it, at which price, and the day on it."""

    client: Client
    story: Story
    calculation: PriceCalculation
    dated: date


_SIGNED: Final = (("agree", 2), ("send", 1), ("sign office", 0), ("sign client", 4), ("activate", 0))
_USUAL: Final = Story(steps=_SIGNED)
_UNUSUAL: Final = {
    3: Story(steps=_SIGNED, ends="soon"),
    7: Story(steps=(), new=True),
    11: Story(steps=(("agree", 2), ("send", 1), ("sign office", 1)), new=True),
    13: Story(steps=_SIGNED, ends="renews"),
    19: Story(steps=(("agree", 2), ("send", 1), ("sign client", 2)), new=True),
    23: Story(steps=(*_SIGNED, ("suspend", -15))),
    31: Story(steps=(("agree", 1),), new=True),
    36: Story(steps=(("agree", 1), ("send", 2)), new=True),
    47: Story(steps=(*_SIGNED, ("give_notice", -9))),
}
"""By place among fifty clients; negative days count back from today."""
_WITHOUT: Final = 44
"""Whoever stands here is served and has no contract at all."""
_REASONS: Final = {"suspend": "не платит второй месяц", "give_notice": "клиент берёт бухгалтера в штат"}


def has_contract(place: int) -> bool:
    """Whether both have signed: then the plan asks the contract."""
    story = _UNUSUAL.get(place % 50, _USUAL)
    return place % 50 != _WITHOUT and len(story.steps) >= len(_SIGNED)


async def make_catalogue(making: Making) -> dict[str, int]:
    """Services and the tariff: the version contracts were priced by, the one in force, a draft. Numbers by version."""
    by = making.workers[_DIRECTOR]
    for number, one in zip(making.take(len(SERVICES)), SERVICES, strict=True):
        await catalogue.add_service(making.db, number, one)
    numbers = {}
    first, second, third = making.start - timedelta(days=800), making.start + timedelta(days=60), making.today
    for name, plan, since in (("old", EARLIER, first), ("now", PLAN, second), ("draft", PLAN, third)):
        number = making.take(1)[0]
        new = NewTariff(code=office_tariffs.CODE, name=office_tariffs.NAME, valid_from=since.replace(day=1), plan=plan)
        await catalogue.write_tariff(making.db, number, new, making.at(since), by)
        written = await catalogue.tariff_by_id(making.db, number)
        if name != "draft" and written is not None:
            await catalogue.activate_tariff(making.db, written)
        numbers[name] = number
    return numbers


async def make_contracts(making: Making, clients: Sequence[Client], tariffs: dict[str, int]) -> dict[int, int]:
    """Of every client but a few; numbers of their rows by places of the clients."""
    rng = making.chance("contracts")
    plan = read_plan(EARLIER, office_tariffs.NAME, 1, making.start)
    gathered = Gathered()
    agreed: list[Agreed] = []
    for client in clients:
        place = client.place
        answers = office_tariffs.answers_of(client.company, place, rng)
        age, delay = rng.randint(14, 60), rng.randint(0, 2)
        if place % 50 == _WITHOUT:
            continue
        story = _UNUSUAL.get(place % 50, _USUAL)
        dated = making.today - timedelta(days=12) if story.new else making.start - timedelta(days=30 * age)
        if story.ends:
            dated = _term(making, place)[0] - timedelta(days=12)
        dated = working_day(dated - timedelta(days=delay))
        calculation = calculate(plan, answers, dated + timedelta(days=30))
        agreed.append(Agreed(client=client, story=story, calculation=calculation, dated=dated))
    taken: set[str] = set()
    made = {}
    for one in sorted(agreed, key=lambda one: (one.dated, one.client.place)):
        number = read_rule(CONTRACT_RULE).series(one.dated).next_number(taken)
        taken.add(number)
        made[one.client.place] = await _contract(making, gathered, one, number, tariffs["old"])
    await gathered.send(making.db)
    return made


async def _contract(making: Making, gathered: Gathered, one: Agreed, called: str, tariff: int) -> int:
    """The number of its row. ``called``: the number that it has from its draft on."""
    client, story, calculation, dated = one.client, one.story, one.calculation, one.dated
    who, (price_id, number) = making.who(_MANAGER, dated), making.take(2)
    author = (who.person_id, who.person)
    await prices.save_price(
        gathered.db, price_id, PriceFor(organisation_id=client.number), tariff, calculation, who.now, author
    )
    new = _terms(making, one, called)
    origin = ContractOrigin(tariff_plan_id=tariff, calculation_id=price_id)
    card = (number, client.number)
    await contracts.add_contract(gathered.db, number, client.number, new, origin, who.now, who.person_id)
    await numbers.take(gathered.db, called, number)
    services = {each.code: each.offered() for each in SERVICES}
    lines = offered_lines(calculation, services)
    assert new.starts_on is not None, "every contract here begins"
    await contracts.add_lines(gathered.db, making.take(len(lines)), card, lines, (new.starts_on, None))
    event = ContractEvent(who.now, who.person, "create", "draft", calculation.plan)
    await contracts.add_event(gathered.db, making.take(1)[0], card, event, who.person_id)
    method = "paper" if client.place % 3 else "qualified"
    await _steps(making, gathered, card, new, story, len(lines), method)
    is_back = method == "qualified" or client.place % 7 != 5  # the paper of one in seven is still with the client
    if has_contract(client.place) and is_back:
        await contracts.original_is_back(gathered.db, number, dated + timedelta(days=20), making.now)
    return number


def _terms(making: Making, one: Agreed, called: str) -> NewContract:
    place, story, calculation, dated = one.client.place, one.story, one.calculation, one.dated
    starts_on, ends_on = _term(making, place) if story.ends else (months_after(dated.replace(day=1), 1), None)
    return NewContract(
        number=called, dated=dated, starts_on=starts_on,
        ends_on=ends_on, renews_by_months=12 if story.ends == "renews" else None,
        fee_kopecks=regular_fee(calculation), indexation_bp=700 if place % 3 == 0 else None,
        indexation_month=1 if place % 3 == 0 else None,
        terms={"payment_terms": "до 10 числа следующего месяца", "documents": "до 5 числа следующего месяца",
               "stages": [[each.first_month, each.last_month, each.total_kopecks] for each in calculation.stages]},
    )  # fmt: skip


def _term(making: Making, place: int) -> tuple[date, date]:
    """Two years that end before long."""
    last = making.today + timedelta(days=45 + place % 10)
    return months_after(last + timedelta(days=1), -24), last


async def _steps(
    making: Making, gathered: Gathered, card: tuple[int, int], new: NewContract, story: Story, lines: int, method: str
) -> None:  # fmt: skip
    """The steps as people took them; the rules are asked about each."""
    day, status, signed = new.dated, "draft", set[str]()
    for name, days in story.steps:
        step, _, side = name.partition(" ")
        later = making.today + timedelta(days=days) if days < 0 else day + timedelta(days=days)
        day = min(working_day(later), making.today)
        if step == "activate" and new.starts_on is not None:
            day = max(day, new.starts_on)
        who, note = making.who(_MANAGER, day), _REASONS.get(step, "")
        facts = ContractFacts(
            status=status, number=new.number, starts_on=new.starts_on, last_day=None, lines=lines,
            signed=frozenset(signed), has_profile=True, has_lead=True, reason=note,
        )  # fmt: skip
        missing = what_hinders(step, facts, day) or what_is_missing(step, facts)
        if missing:
            raise ValueError(f"a contract that is {status} cannot {step}: {missing}")
        status = status_after(step, facts, side)
        if step == "sign":
            signed.add(side)
            note = say(SIDES[side])
            one = Signature(side, day, method)
            await contracts.add_signature(gathered.db, *card, one, who.now, who.person_id)
        notice_on = day if step == "give_notice" else None
        closes_on = None if notice_on is None else notice_on + timedelta(days=new.notice_days)
        await contracts.move_contract(gathered.db, card[0], status, who.now, notice_on, closes_on)
        event = ContractEvent(who.now, PEOPLE[_MANAGER].name, step, status, note)
        await contracts.add_event(gathered.db, making.take(1)[0], card, event, who.person_id)
