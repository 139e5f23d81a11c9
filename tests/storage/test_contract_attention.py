"""Contracts that end or renew by themselves stand in the inbox and the letter of the morning until they are seen to."""

from datetime import date, timedelta

import pytest

from accounting.office.contracts import Contract, last_day_for_notice, terms_of
from admin.office.concerns import path_of
from admin.office.digest import write_letter
from admin.storage.office import attention, contracts, organisations
from admin.storage.office.attention import ENDS_AHEAD, RENEWALS_AHEAD
from admin.storage.office.contracts import ContractOrigin, NewContract
from tests.clients import SINCE, Clients

Told = set[tuple[str, date]]


async def agreed(office: Clients, client: int, ends_on: date, status: str = "active", *, renews: int | None = None,
                 follows: int | None = None, closes_on: date | None = None) -> int:  # fmt: skip
    number, now = office.db.ids.next(), office.clock.now()
    new = NewContract(
        number=f"Д-{number}", dated=SINCE, starts_on=SINCE, ends_on=ends_on, renews_by_months=renews, notice_days=30
    )
    async with office.change() as db:
        origin = ContractOrigin(renews_contract_id=follows)
        assert await contracts.add_contract(db, number, client, new, origin, now, None)
        await contracts.move_contract(db, number, status, now, closes_on=closes_on)
    return number


async def told(office: Clients, person: int, day: date) -> Told:
    async with office.look() as db:
        return {(one.kind, one.day) for one in await attention.concerns_of(db, [person], day, 100)}


async def test_a_contract_that_ends_is_told_sixty_days_ahead_until_the_next_one_is_signed(office: Clients) -> None:
    anna, olga = await office.person("Анна"), await office.person("Ольга")
    client, last = await office.client("ООО «Кафе»", None, lead=anna), date(2026, 5, 31)
    number = await agreed(office, client, last)
    assert await told(office, anna, last - ENDS_AHEAD - timedelta(days=1)) == set()
    for day in (last - ENDS_AHEAD, last):
        assert await told(office, anna, day) == {("contract_ends", last)}
    assert await told(office, anna, last + timedelta(days=1)) == {("contract_over", last)}
    assert await told(office, olga, last) == set()
    async with office.change() as db:
        await organisations.assign(db, office.db.ids.next(), client, olga, "manager", SINCE, office.clock.now(), None)
    assert await told(office, olga, last) == {("contract_ends", last)}, "a manager's matter too"
    following = await agreed(office, client, date(2027, 5, 31), "draft", follows=number)
    assert await told(office, anna, last) == {("contract_ends", last)}
    async with office.change() as db:
        await contracts.move_contract(db, following, "signed", office.clock.now())
    assert await told(office, anna, last) == set()


@pytest.mark.parametrize("renews", [1, 6, 12])
async def test_a_contract_that_renews_by_itself_is_told_until_the_last_day_to_say_no(
    office: Clients, renews: int
) -> None:
    anna, first_end = await office.person("Анна"), date(2026, 1, 31)
    await agreed(office, await office.client("ООО «Кафе»", None, lead=anna), first_end, renews=renews)
    rules = Contract(id="", client="", starts_on=SINCE, ends_on=first_end, renews_by_months=renews, notice_days=30)
    days = sorted(
        day for term in terms_of(rules, date(2029, 1, 1)) if (day := last_day_for_notice(rules, term)) is not None
    )
    for day in (date(2025, 11, 1), *days[:9], days[1] + timedelta(days=1), days[2] - RENEWALS_AHEAD, date(2027, 3, 1)):
        upcoming = next(one for one in days if one >= day)
        expected: Told = {("contract_renews", upcoming)} if upcoming - day <= RENEWALS_AHEAD else set()
        assert await told(office, anna, day) == expected, day


async def test_after_a_notice_a_contract_is_told_when_it_is_to_be_closed(office: Clients) -> None:
    anna, last = await office.person("Анна"), date(2026, 2, 14)
    client = await office.client("ООО «Кафе»", None, lead=anna)
    await agreed(office, client, date(2026, 12, 31), "terminating", renews=12, closes_on=last)
    for status in ("draft", "sent", "closed", "cancelled"):
        await agreed(office, client, date(2026, 2, 10), status)
    assert await told(office, anna, last) == set()
    assert await told(office, anna, last + timedelta(days=1)) == {("contract_over", last)}


async def test_the_letter_of_the_morning_names_contracts_and_where_they_are_seen_to(office: Clients) -> None:
    anna, day = await office.person("Анна"), office.today
    client = await office.client("ООО «Кафе»", None, lead=anna)
    number = await agreed(office, client, day + timedelta(days=10))
    renewing = await agreed(office, client, day + timedelta(days=40), renews=12)
    async with office.look() as db:
        concerns = await attention.concerns_of(db, [anna], day, 100)
        letter = await write_letter(db, (anna,), day, "ru", "http://panel")
    assert {path_of(one) for one in concerns} == {f"/contracts/{renewing}", f"/contracts/{number}"}
    assert letter is not None
    told_day = f"{day + timedelta(days=10):%d.%m.%Y}"
    assert f"– {told_day} ООО «Кафе»: договор Д-{number} заканчивается, следующий не подписан" in letter.text
    assert f"договор Д-{renewing} продлится сам: последний день отказаться" in letter.text
