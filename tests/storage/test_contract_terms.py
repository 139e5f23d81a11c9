"""Ends and fees of contracts in the database are those of the rules, and every list goes by them."""

import random
from datetime import date, timedelta

import msgspec
import pytest

from accounting.office.contract_annex import ChangeKind
from accounting.office.contract_fees import fee_on, introductory_spans
from accounting.office.contract_steps import IN_FORCE, RENEWING
from accounting.office.contracts import ends_within, known_end
from accounting.office.counting import months_after
from admin.office.contract_orders import renewal_of, warnings_of
from admin.office.contract_terms import contract_of
from admin.office.contract_work import load_contracts
from admin.office.intake import Who
from admin.storage.office import annexes, attention, contracts, realisation
from admin.storage.office.annexes import NewAnnex, NewChange
from admin.storage.office.contracts import ContractCard, ContractFilter, ContractOrigin, NewContract
from tests.clients import SINCE, Clients

DAY = timedelta(days=1)
STATUSES = ("draft", "agreed", "cancelled", *IN_FORCE)
CARD = ContractCard(
    id=1, version=1, organisation_id=1, short_name="Кафе", status="active", dated=SINCE, starts_on=SINCE, lead_id=None,
    calculation_id=None, renews_contract_id=None, original_returned_on=SINCE, notice_on=None, closes_on=None,
    renewed_by=None,
)  # fmt: skip


def some_day(rng: random.Random, first: int = 2023, last: int = 2028) -> date:
    """Often one at the end of a month, of February most."""
    year = rng.randint(first, last)
    edge = date(year, rng.choice((1, 3, 3, 4, 5, 11, 12)), 1) - rng.randint(0, 3) * DAY
    return rng.choice((edge, date(year, 1, 1) + rng.randint(0, 364) * DAY))


def some_terms(rng: random.Random) -> ContractCard:
    """When it begins and ends, in any state."""
    starts_on, status = some_day(rng, 2023, 2025), rng.choice(STATUSES)
    ends_on = rng.choice(
        (None, starts_on + rng.randint(0, 900) * DAY, months_after(starts_on, rng.randint(1, 24)) - DAY)
    )
    has_notice = status == "terminating" or (status == "closed" and rng.random() < 0.8)
    return msgspec.structs.replace(
        CARD, status=status, starts_on=starts_on, ends_on=ends_on, dated=starts_on,
        renews_by_months=rng.choice((None, 1, 3, 12, 7)) if ends_on else None,
        closes_on=starts_on + rng.randint(-5, 1200) * DAY if has_notice else None,
    )  # fmt: skip


async def test_ends_of_the_database_are_those_of_the_rule(office: Clients) -> None:
    rng = random.Random(8)
    asked = [(some_terms(rng), some_day(rng)) for _ in range(4000)]
    asked = [(card, max(day, card.starts_on or day)) for card, day in asked]
    columns = [[card.ends_on for card, _ in asked], [card.closes_on for card, _ in asked],
               [card.renews_by_months for card, _ in asked], [card.status for card, _ in asked],
               [day for _, day in asked]]  # fmt: skip
    async with office.look() as db:
        rows = await db.fetch(
            "select office.known_end(a, b, c, d, e) from "
            "unnest($1::date[], $2::date[], $3::int[], $4::text[], $5::date[]) with ordinality t (a, b, c, d, e, n) "
            "order by n", *columns,
        )  # fmt: skip
    for (card, day), (found,) in zip(asked, rows, strict=True):
        assert found == known_end(contract_of(card), day), (card, day)


async def add(office: Clients, client: int, card: ContractCard, fees: list[tuple[date, int]] | None = None) -> int:
    """The contract of a card, with annexes that change its fee, each signed."""
    number, now = office.db.ids.next(), office.clock.now()
    new = NewContract(**{name: getattr(card, name) for name in NewContract.__struct_fields__} | {"number": f"{number}"})
    async with office.change() as db:
        assert await contracts.add_contract(db, number, client, new, ContractOrigin(), now, None)
        await contracts.move_contract(db, number, card.status, now, None, card.closes_on)
        for place, (day, fee) in enumerate(fees or ()):
            annex, change = office.db.ids.take(2)
            assert await annexes.add_annex(
                db, annex, (number, client), NewAnnex(number=f"{place}", dated=SINCE), now, None
            )
            draft = await annexes.annex_by_id(db, number, annex)
            assert draft is not None
            new_fee = NewChange(kind=ChangeKind.FEE, on_day=day, price_kopecks=fee)
            assert await annexes.add_change(db, change, draft, new_fee)
            await annexes.move_annex(db, annex, "signed", now)
    return number


def some_price(rng: random.Random, card: ContractCard) -> ContractCard:
    """With a fee, introductory months (of another fee, now and then) and an indexation, each or none."""
    stages, behind, fee = [], 0, rng.randint(1, 3_000_000)
    for _ in range(rng.randint(0, 3)):
        length = rng.randint(1, 6)
        stages.append([behind + 1, behind + length, rng.randint(0, fee)])
        behind += length
    stages.append([behind + 1, None, fee if rng.random() < 0.8 else fee + 1])
    terms = rng.choice(({"stages": stages}, {"stages": stages}, {"stages": []}, {}))
    rate, month = rng.choice(((None, None), (rng.randint(1, 3000), rng.randint(1, 12)), (750, 1)))
    return msgspec.structs.replace(
        card, fee_kopecks=fee, terms=terms, indexation_bp=rate, indexation_month=month,
        starts_on=None if rng.random() < 0.1 else card.starts_on,
    )  # fmt: skip


async def test_fees_of_the_database_are_those_of_the_rule(office: Clients) -> None:
    rng, client = random.Random(38), await office.client("Кафе")
    numbers = []
    for _ in range(120):
        card = some_price(rng, some_terms(rng))
        numbers.append(
            await add(office, client, card, [(some_day(rng), rng.randint(0, 9)) for _ in range(rng.randint(0, 3))])
        )
    async with office.look() as db:
        for number in numbers:
            card_found = await contracts.contract_by_id(db, number)
            assert card_found is not None
            rules = contract_of(card_found, await contracts.fee_changes_of(db, number))
            turns = [
                rules.starts_on,
                *(one.since for one in rules.fee_changes),
                *(one.first for one in introductory_spans(rules)),
            ]
            turns += [span.last + DAY for span in introductory_spans(rules)]
            for day in (*turns, *(turn - DAY for turn in turns), *(some_day(rng) for _ in range(25))):
                assert await contracts.fee_on(db, number, day) == fee_on(rules, day), (card_found, rules, day)


async def marked(office: Clients, mark: str | None, day: date) -> dict[int, date | None]:
    """The register on a day: contracts with their ends."""
    wanted = ContractFilter(mark=mark)
    async with office.look() as db:
        rows = await contracts.list_contracts(db, wanted, day, None, upwards=False, limit=500, money=True)
        assert await contracts.count_contracts(db, wanted, day) == len(rows)
    return {row.id: row.known_end for row in rows}


async def held_in(office: Clients, first: date) -> set[int]:
    """Contracts of a month."""
    async with office.look() as db:
        days = (first, months_after(first, 1) - DAY)
        return {row.id for row in await realisation.contracts_of_month(db, None, days, 500, money=False)}


async def test_every_list_goes_by_the_same_end(office: Clients) -> None:
    rng, anna = random.Random(1), await office.person("Анна")
    client = await office.client("Кафе", lead=anna)
    cards = [some_terms(rng) for _ in range(150)]
    held = {await add(office, client, card): card for card in cards}
    rules = {number: contract_of(card) for number, card in held.items()}
    unsettled = [number for number, card in held.items() if card.status in RENEWING]
    for day in (date(2025, 1, 31), date(2025, 2, 28), date(2026, 3, 1), date(2028, 2, 29)):
        ends = {number: known_end(one, max(day, one.starts_on)) for number, one in rules.items()}
        begun = {number for number, one in rules.items() if one.starts_on <= day}
        assert {number: end for number, end in (await marked(office, None, day)).items() if number in begun} == {
            number: end for number, end in ends.items() if number in begun
        }
        assert (await marked(office, "ends", day)).keys() & begun == {
            number for number in begun & {*unsettled} if ends_within(rules[number], day)
        }
        over = {number for number in unsettled if (end := ends[number]) is not None and end < day}
        assert (await marked(office, "over", day)).keys() & begun == over & begun
        said = {
            number
            for number in unsettled
            if any("Срок договора прошёл" in one for one in warnings_of(held[number], day))
        }
        assert said == over
        async with office.look() as db:
            told = {one.contract_id: one for one in await attention.concerns_of(db, [anna], day, 500)}
        assert {number for number, one in told.items() if one.kind == "contract_over"} & begun == over & begun
        assert all(one.day == ends[number] for number, one in told.items() if one.kind != "contract_renews")
        month = day.replace(day=1)
        of_month = [number for number, card in held.items() if card.status in IN_FORCE
                    and rules[number].starts_on < months_after(month, 1)]  # fmt: skip
        last = {number: known_end(rules[number], max(month, rules[number].starts_on)) for number in of_month}
        assert await held_in(office, month) == {number for number in of_month if (last[number] or date.max) >= month}


@pytest.mark.parametrize("status", ["terminating", "closed"])
async def test_a_contract_that_had_renewed_before_the_notice_ends_on_its_day(office: Clients, status: str) -> None:
    client, closes_on = await office.client("Кафе"), date(2026, 8, 15)
    card = msgspec.structs.replace(
        CARD, status=status, ends_on=date(2025, 12, 31), renews_by_months=12, closes_on=closes_on
    )
    number = await add(office, client, card)
    assert await marked(office, None, date(2026, 3, 1)) == {number: closes_on}
    assert await held_in(office, date(2026, 8, 1)) == {number}
    assert await held_in(office, date(2026, 9, 1)) == set()
    async with office.look() as db:
        (one,) = (await load_contracts(db, [client])).working
    assert known_end(one, date(2026, 3, 1)) == closes_on
    (warned,) = warnings_of(msgspec.structs.replace(card, status="terminating"), closes_on - 10 * DAY)
    assert "10" in warned


@pytest.mark.parametrize(
    ("terms", "days", "fee"),
    [
        ({"ends_on": date(2025, 12, 31)}, (date(2026, 1, 1), date(2026, 12, 31)), 1_100_000),
        ({"ends_on": date(2025, 12, 31), "renews_by_months": 12}, (date(2027, 1, 1), date(2027, 12, 31)), 1_210_000),
        (
            {
                "ends_on": date(2025, 12, 31),
                "renews_by_months": 6,
                "closes_on": date(2026, 2, 10),
                "status": "terminating",
            },
            (date(2026, 2, 11), date(2026, 8, 10)),
            1_100_000,
        ),
        ({"closes_on": date(2025, 3, 31), "status": "terminating"}, (date(2025, 4, 1), None), 1_000_000),
    ],
)
async def test_a_renewal_follows_the_running_term_with_the_fee_of_its_own_first_day(
    office: Clients, terms: dict[str, object], days: tuple[date, date | None], fee: int
) -> None:
    stages = {"stages": [[1, 6, 700_000], [7, None, 1_000_000]], "documents": "до 5-го"}
    card = msgspec.structs.replace(
        CARD, fee_kopecks=1_000_000, indexation_bp=1000, indexation_month=1, terms=stages, **terms
    )
    client = await office.client("Кафе")
    number = await add(office, client, card)
    who = Who(person_id=None, person="Анна", today=date(2026, 1, 12), now=office.clock.now())
    async with office.change() as db:
        stands = await contracts.lock_contract(db, number)
        assert stands is not None
        following = await contracts.contract_by_id(db, await renewal_of(db, office.db.ids.take, stands, who))
    assert following is not None
    assert (following.starts_on, following.ends_on) == days
    assert following.fee_kopecks == fee
    assert following.terms == {"documents": "до 5-го"}
