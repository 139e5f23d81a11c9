"""Texts of contracts in the database: never rewritten, not made again when signed, seen with their client."""

from datetime import date

import asyncpg
import pytest

from admin.storage.office import contract_texts, contracts
from admin.storage.office.contract_texts import NewTemplate, NewText, OwnDetails, PartyDetails
from admin.storage.office.contracts import ContractOrigin, NewContract, Signature
from admin.storage.office.handbooks import Author
from fiscal_server.storage.pool import WriteConnection
from tests.clients import Clients

DAY = date(2026, 1, 12)


def author(office: Clients) -> Author:
    return Author(None, "Анна", office.clock.now())


async def template(office: Clients) -> int:
    number = office.db.ids.next()
    async with office.change() as db:
        await contract_texts.add_template(db, number, "ru", NewTemplate("Договор", "один"), author(office))
    return number


async def contract(office: Clients, client: int) -> int:
    number, now = office.db.ids.next(), office.clock.now()
    async with office.change() as db:
        assert await contracts.add_contract(db, number, client, NewContract(dated=DAY), ContractOrigin(), now, None)
    return number


def text(office: Clients, client: int, of: int, made_of: int, version: int = 1) -> NewText:
    return NewText(id=office.db.ids.next(), contract_id=of, organisation_id=client, template_id=made_of,
                   template_version=version, html="<p>один</p>", pdf=b"%PDF-1")  # fmt: skip


async def refused(db: WriteConnection, statement: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction():
            await db.execute(statement)


async def test_a_version_is_written_by_whoever_has_read_the_newest_and_stays(office: Clients) -> None:
    number = await template(office)
    async with office.change() as db:
        assert await contract_texts.write_template(db, number, NewTemplate("Договор", "два"), author(office), 1)
        assert not await contract_texts.write_template(db, number, NewTemplate("Договор", "три"), author(office), 1)
        found = await contract_texts.template_by_id(db, number)
        assert found is not None
        assert (found.version, found.text) == (2, "два")
        assert [one.text for one in await contract_texts.versions_of(db, number, 9)] == ["два", "один"]
        assert await contract_texts.own_details(db) == (0, OwnDetails())
        own = OwnDetails(name="ООО «Учёт»", party=PartyDetails(signer="А. П. Иванова"))
        assert await contract_texts.write_own_details(db, own, author(office), 0)
        assert not await contract_texts.write_own_details(db, own, author(office), 0)
        assert await contract_texts.own_details(db) == (1, own)
        for table in ("contract_template_text", "own_details", "contract_text"):
            await refused(db, f"update office.{table} set author = ''")
            await refused(db, f"delete from office.{table}")


async def test_what_is_the_office_s_own_is_read_by_all_and_written_by_those_who_see_everybody(office: Clients) -> None:
    number, anna = await template(office), await office.person("Анна")
    async with office.change(anna) as db:
        assert [one.id for one in await contract_texts.list_templates(db)] == [number]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction():
                await contract_texts.write_template(db, number, NewTemplate("Договор", "два"), author(office), 1)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction():
                await contract_texts.write_own_details(db, OwnDetails(), author(office), 0)
        await contract_texts.put_away(db, number, office.clock.now())
    async with office.look() as db:
        (one,) = await contract_texts.list_templates(db)
    assert one.archived_at is None


@pytest.mark.parametrize("side", ["office", "client"])
async def test_a_text_is_made_until_a_side_signs(office: Clients, side: str) -> None:
    made_of, client = await template(office), await office.client("Кафе")
    number = await contract(office, client)
    async with office.change() as db:
        await contract_texts.add_text(db, text(office, client, number, made_of), author(office))
        await contracts.move_contract(db, number, "agreed", office.clock.now())
        await contract_texts.add_text(db, text(office, client, number, made_of), author(office))
        now = office.clock.now()
        assert await contracts.add_signature(db, number, client, Signature(side, DAY, "paper"), now, None)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction():
                await contract_texts.add_text(db, text(office, client, number, made_of), author(office))
        assert len(await contract_texts.texts_of(db, number, 9)) == 2


async def test_what_is_with_the_client_to_be_signed_is_not_made_again_nor_of_a_version_that_is_not(
    office: Clients,
) -> None:
    made_of, client = await template(office), await office.client("Кафе")
    number = await contract(office, client)
    async with office.change() as db:
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            async with db.transaction():
                await contract_texts.add_text(db, text(office, client, number, made_of, 2), author(office))
        await contracts.move_contract(db, number, "sent", office.clock.now())
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction():
                await contract_texts.add_text(db, text(office, client, number, made_of), author(office))


async def test_a_text_is_seen_with_its_client(office: Clients) -> None:
    anna, boris = await office.person("Анна"), await office.person("Борис")
    made_of, client = await template(office), await office.client("Кафе", lead=anna)
    number = await contract(office, client)
    new = text(office, client, number, made_of)
    async with office.change(anna) as db:
        await contract_texts.add_text(db, new, author(office))
        assert await contract_texts.set_details(db, client, 1, PartyDetails(bank="р/с"), office.clock.now(), anna)
        assert not await contract_texts.set_details(db, client, 1, PartyDetails(), office.clock.now(), anna)
    async with office.look(anna) as db:
        assert await contract_texts.pdf_of(db, number, new.id) == new.pdf
        assert (await contract_texts.details_of(db, client)).bank == "р/с"
    async with office.change(boris) as db:
        assert await contract_texts.texts_of(db, number, 9) == []
        assert await contract_texts.pdf_of(db, number, new.id) is None
        assert await contract_texts.details_of(db, client) == PartyDetails()
        assert not await contract_texts.set_details(db, client, 2, PartyDetails(), office.clock.now(), boris)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction():
                await contract_texts.add_text(db, text(office, client, number, made_of), author(office))
