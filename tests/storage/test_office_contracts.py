"""Contracts in the database: what they serve, the work they make once, and who sees them; prices that never change."""

from datetime import date

import asyncpg
import msgspec
import pytest

from accounting.office.contract_annex import ChangeKind
from accounting.office.contract_fees import fee_on
from accounting.office.contract_offer import OfferedLine
from accounting.office.contracts import Contract, FeeChange, Indexation
from accounting.office.price import calculate
from accounting.office.tariff_starter import STARTER
from accounting.office.tariff_texts import read_plan
from admin.office import planning
from admin.office.planning import Who
from admin.storage.office import annexes, catalogue, contract_files, contracts, organisations, prices
from admin.storage.office.annexes import NewAnnex, NewChange
from admin.storage.office.catalogue import NewTariff, Service
from admin.storage.office.contract_files import NewFile
from admin.storage.office.contracts import ContractFilter, ContractOrigin, NewContract, Signature
from admin.storage.office.prices import PriceFor
from admin.storage.office.schedule import Run
from fiscal_server.clock import VirtualClock
from tests.clients import SINCE, Clients

BOOKS = OfferedLine(service="books", due_rule="M+1:WD03", obligations=("RU-USN*",), price_kopecks=1_980_000)


async def plan(office: Clients, *, only_new: bool = False) -> Run:
    who = Who(person_id=None, person="Анна", reason="проверка", now=office.clock.now())
    async with office.change() as db:
        return await planning.apply(db, office.db.ids.take, office.today, who, only_new=only_new)


async def contract(office: Clients, client: int, *, signed: bool = True, lines: tuple[OfferedLine, ...] = (BOOKS,),
                   ends_on: date | None = None) -> int:  # fmt: skip
    """A contract since 2025, signed by both."""
    number, now = office.db.ids.next(), office.clock.now()
    new = NewContract(number=f"{number}", dated=SINCE, starts_on=SINCE, ends_on=ends_on, fee_kopecks=1_980_000)
    async with office.change() as db:
        assert await contracts.add_contract(db, number, client, new, ContractOrigin(), now, None)
        numbers = office.db.ids.take(len(lines))
        await contracts.add_lines(db, numbers, (number, client), lines, (SINCE, None))
        if signed:
            for side in ("office", "client"):
                assert await contracts.add_signature(db, number, client, Signature(side, SINCE, "paper"), now, None)
            await contracts.move_contract(db, number, "active", now)
    return number


async def outside(office: Clients) -> dict[str, bool]:
    async with office.look() as db:
        rows = await db.fetch("select code, is_outside_contract from office.obligation where state = 'planned'")
    return dict(rows)


async def test_what_no_signed_contract_serves_is_marked_and_unmarked_when_one_does(office: Clients) -> None:
    client = await office.client("Кафе")
    number = await contract(office, client, signed=False)
    await plan(office)
    assert not any((await outside(office)).values())  # nobody asks before the first one is signed
    now = office.clock.now()
    async with office.change() as db:
        await contracts.move_contract(db, number, "signed", now)
    await plan(office)
    marks = await outside(office)
    assert not marks["RU-USN-ADV"]
    assert marks["RU-RSV"]
    payroll = OfferedLine(service="payroll", obligations=("RU-RSV", "RU-NDFL*"))
    async with office.change() as db:
        await contracts.add_lines(db, office.db.ids.take(1), (number, client), [payroll], (SINCE, None))
    await plan(office)
    assert not (await outside(office))["RU-RSV"]


async def test_contracts_make_their_own_work_once_and_take_it_back_with_a_notice(office: Clients) -> None:
    client = await office.client("Кафе")
    number = await contract(office, client)
    first = await plan(office)
    assert first.created > 3
    second = await plan(office)
    assert (second.created, second.moved, second.cancelled) == (0, 0, 0)
    query = "select period, due from office.obligation where code = 'W:books' and state = 'planned' order by due"
    async with office.look() as db:
        acts = [tuple(row) for row in await db.fetch(query)]
        told = await db.fetchval(
            "select d.passports -> 'ru' from office.obligation b join office.due_date d on d.id = b.due_date_id"
            " where b.code = 'W:books' limit 1"
        )
    assert acts[0] == ("2026-01", date(2026, 2, 4))
    assert (told["rule"], told["law"]) == ("M+1:WD03", f"Договор {number}")
    async with office.change() as db:
        await contracts.move_contract(db, number, "terminating", office.clock.now(), office.today, date(2026, 2, 28))
    await plan(office)
    async with office.look() as db:
        assert [row[0] for row in await db.fetch(query)] == ["2026-01", "2026-02"]
        codes = await db.fetch("select distinct code from office.obligation where starts_with(code, 'W:')")
    assert [row[0] for row in codes] == ["W:books"], "its end is no work: it is told while nothing follows"


async def test_what_is_left_to_do_of_a_closed_contract_stays_and_only_a_person_takes_work_back(
    office: Clients, clock: VirtualClock
) -> None:
    number = await contract(office, await office.client("Кафе"))
    await plan(office)
    works = "select period from office.obligation where code = 'W:books' and state = 'planned' order by due"
    async with office.change() as db:
        before = [row[0] for row in await db.fetch(works)]
        await contracts.move_contract(db, number, "terminating", clock.now(), office.today, date(2026, 1, 31))
    assert (await plan(office, only_new=True)).cancelled == 0
    async with office.look() as db:
        assert [row[0] for row in await db.fetch(works)] == before
    await clock.advance(18 * 86_400)
    async with office.change() as db:
        await contracts.move_contract(db, number, "closed", clock.now())
    assert (await plan(office)).cancelled == len(before) - 1
    async with office.look() as db:
        assert [row[0] for row in await db.fetch(works)] == ["2026-01"], "it is due on the 4th of February"


async def test_work_of_a_line_is_for_the_role_of_its_service_and_follows_the_catalogue_until_begun(
    office: Clients,
) -> None:
    people = {role: await office.person(role) for role in ("lead", "tax", "primary", "payroll")}
    client, service = await office.client("Кафе", lead=people["lead"]), office.db.ids.next()
    closing = Service(code="books", name="Закрытие месяца", default_role="primary", due_rule="M+1:WD03")
    async with office.change() as db:
        for role in ("tax", "primary", "payroll"):
            number = office.db.ids.next()
            await organisations.assign(db, number, client, people[role], role, SINCE, office.clock.now(), None)
        assert await catalogue.add_service(db, service, closing)
    await contract(office, client)
    await plan(office)
    query = """
        select distinct t.role, p.name from office.task t join office.obligation b on b.id = t.obligation_id
        join office.person p on p.id = t.owner_id where b.code = 'W:books' order by t.role"""
    async with office.look() as db:
        assert [tuple(row) for row in await db.fetch(query)] == [("primary", "primary")]
    async with office.change() as db:
        first = await db.fetchval("select min(id) from office.task where title = 'Закрытие месяца'")
        await db.execute("update office.task set state = 'in_progress' where id = $1", first)
        assert await catalogue.change_service(db, service, 1, msgspec.structs.replace(closing, default_role="payroll"))
    await plan(office)
    async with office.look() as db:
        assert [tuple(row) for row in await db.fetch(query)] == [("payroll", "payroll"), ("primary", "primary")]
        assert await db.fetchval("select role from office.task where id = $1", first) == "primary"


@pytest.mark.parametrize("indexed", [Indexation(rate_bp=750, month=3), Indexation(rate_bp=1, month=1), None])
async def test_the_fee_of_a_list_is_the_fee_of_the_rules(office: Clients, indexed: Indexation | None) -> None:
    number, client, now = office.db.ids.next(), await office.client("Кафе"), office.clock.now()
    changes = (FeeChange(date(2026, 7, 1), 2_500_001), FeeChange(date(2028, 3, 1), 3_000_000))
    rules = Contract(id="", client="", starts_on=SINCE, fee_kopecks=1_985_000, indexation=indexed, fee_changes=changes)
    new = NewContract(
        number="1", dated=SINCE, starts_on=SINCE, fee_kopecks=rules.fee_kopecks,
        indexation_bp=indexed and indexed.rate_bp, indexation_month=indexed and indexed.month,
    )  # fmt: skip
    async with office.change() as db:
        assert await contracts.add_contract(db, number, client, new, ContractOrigin(), now, None)
        for place, one in enumerate(changes):
            annex, change = office.db.ids.take(2)
            said = NewAnnex(number=str(place), dated=SINCE, subject="")
            assert await annexes.add_annex(db, annex, (number, client), said, now, None)
            draft = await annexes.annex_by_id(db, number, annex)
            assert draft is not None
            fee = NewChange(kind=ChangeKind.FEE, on_day=one.since, price_kopecks=one.fee_kopecks)
            assert await annexes.add_change(db, change, draft, fee)
            await annexes.move_annex(db, annex, "signed", now)
        for day in (
            SINCE,
            *(date(year, month, last) for year in range(2025, 2031) for month, last in ((2, 28), (3, 1), (7, 1))),
        ):
            assert await contracts.fee_on(db, number, day) == fee_on(rules, day), day


async def test_a_contract_is_seen_with_its_client_and_its_money_by_those_who_may(office: Clients) -> None:
    anna, boris = await office.person("Анна"), await office.person("Борис")
    client = await office.client("Кафе", lead=anna)
    number = await contract(office, client, ends_on=date(2026, 2, 1))
    body = b"%PDF-1.7 " + bytes(3_000_000)
    new = NewFile(id=office.db.ids.next(), contract_id=number, organisation_id=client, name="договор.pdf",
                  media_type="application/pdf", size=len(body), sha256=b"", form_key="k")  # fmt: skip
    async with office.change(anna) as db:
        assert await contract_files.add_file(db, new, body, office.clock.now(), anna)
        assert not await contract_files.add_file(db, new, body, office.clock.now(), anna)
    async with office.look(anna) as db:
        (row,) = await contracts.list_contracts(
            db, ContractFilter(mark="ends"), office.today, None, upwards=False, limit=5, money=False
        )
        assert (row.number, row.fee_kopecks, row.signed_by_us) == (str(number), None, SINCE)
        assert await contracts.count_contracts(db, ContractFilter(mark="client"), office.today) == 0
        assert (await contracts.lines_of(db, [number], money=False))[0].price_kopecks is None
        (file,) = await contract_files.files_of(db, number)
        pieces = [await contract_files.piece_of(db, file.id, place) for place in range(4)]
        assert b"".join(piece for piece in pieces if piece) == body
    async with office.look(boris) as db:
        assert await contracts.contract_by_id(db, number) is None
        assert await contract_files.file_by_id(db, number, file.id) is None
        assert await contract_files.piece_of(db, file.id, 0) is None
    async with office.change() as db:
        assert await contracts.drop_line(db, number, (await contracts.lines_of(db, [number]))[0].id) is None


async def test_a_saved_price_cannot_be_changed_and_a_tariff_only_goes_on(office: Clients) -> None:
    client, now = await office.client("Кафе"), office.clock.now()
    tariff = NewTariff(code="usn", name="УСН стандарт", valid_from=SINCE, plan=STARTER)
    first, second, price = office.db.ids.take(3)
    async with office.change() as db:
        assert await catalogue.write_tariff(db, first, tariff, now, None) == 1
        stored = await catalogue.tariff_by_id(db, first)
        assert stored is not None
        assert await catalogue.activate_tariff(db, stored)
        assert not await catalogue.activate_tariff(db, stored)
        assert await catalogue.write_tariff(db, second, tariff, now, None) == 2
    calculation = calculate(read_plan(STARTER, "УСН стандарт", 1, SINCE), {"employees": 4}, date(2026, 3, 1))
    async with office.change() as db:
        whom = PriceFor(organisation_id=client)
        await prices.save_price(db, price, whom, first, calculation, now, (None, "Анна"))
        (saved,) = await prices.prices_of(db, whom)
        assert saved.calculation == calculation
        assert (saved.subject, saved.fee_kopecks) == ("Кафе", 1_180_000)
        for statement in (
            "update office.price_calculation set calculation = '{}'",
            "delete from office.price_calculation",
            "update office.tariff_plan set plan = '{}'",
            "update office.contract_event set note = ''",
            "delete from office.contract_file",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with db.transaction():
                    await db.execute(statement)
    async with office.look() as db:
        assert [(one.version, one.status) for one in await catalogue.versions_of(db, "usn")] == [
            (2, "draft"), (1, "active"),
        ]  # fmt: skip
        assert len(await catalogue.newest_tariffs(db)) == 2
