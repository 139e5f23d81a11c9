"""Templates of contracts, whom they name, and the texts made of them."""

import hashlib
from datetime import datetime

import msgspec

from admin.storage.office.handbooks import Author
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_contract_texts", "admin.storage")


class PartyDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What contracts say of a side beside its name and numbers; empty: nobody has said it."""

    address: str = ""
    bank: str = ""
    contact: str = ""
    acts_by: str = ""
    """«директора Ивановой Анны Петровны, действующей на основании устава»"""
    signer_post: str = ""
    signer: str = ""
    """«А. П. Иванова»"""


class OwnDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Who the office is in its contracts."""

    name: str = ""
    inn: str = ""
    kpp: str = ""
    ogrn: str = ""
    place: str = ""
    """Where contracts are made: a town."""
    party: PartyDetails = PartyDetails()


class NewTemplate(msgspec.Struct, frozen=True):
    """What a version says."""

    name: str
    text: str


class TemplateVersion(NewTemplate, frozen=True):
    """A version as it was written."""

    version: int
    author: str
    created_at: datetime


class ContractTemplate(msgspec.Struct, frozen=True):
    """A template with its newest version. ``archived_at``: no contract is made of it any more."""

    id: int
    language: str
    archived_at: datetime | None
    version: int
    name: str
    text: str
    author: str
    created_at: datetime


class NewText(msgspec.Struct, frozen=True, kw_only=True):
    """A text that has been made, of a version of a template."""

    id: int
    contract_id: int
    organisation_id: int
    template_id: int
    template_version: int
    html: str
    pdf: bytes


class ContractText(msgspec.Struct, frozen=True):
    """A text as it was made. ``html`` holds elements of the text alone."""

    id: int
    template_id: int
    template_version: int
    template: str
    language: str
    html: str
    sha256: bytes
    author: str
    created_at: datetime


async def list_templates(db: ReadConnection) -> list[ContractTemplate]:
    """Those in use first."""
    return [ContractTemplate(*row) for row in await db.fetch(SQL["list_contract_templates"])]


async def template_by_id(db: ReadConnection | WriteConnection, template_id: int) -> ContractTemplate | None:
    """None for one that there is not."""
    row = await db.fetchrow(SQL["contract_template_by_id"], template_id)
    return None if row is None else ContractTemplate(*row)


async def versions_of(db: ReadConnection, template_id: int, limit: int) -> list[TemplateVersion]:
    """Newest first."""
    rows = await db.fetch(SQL["contract_template_versions"], template_id, limit)
    return [msgspec.convert(dict(row), TemplateVersion) for row in rows]


async def add_template(db: WriteConnection, template_id: int, language: str, new: NewTemplate, author: Author) -> None:
    """With its first version."""
    await db.execute(SQL["add_contract_template"], template_id, language)
    await write_template(db, template_id, new, author, 0)


async def write_template(db: WriteConnection, template_id: int, new: NewTemplate, author: Author, since: int) -> bool:
    """Another version; False when one was written since version ``since`` was read."""
    written = await db.fetchval(
        SQL["write_contract_template"], template_id, since, new.name, new.text, author.id, author.name, author.now
    )
    return written is not None


async def put_away(db: WriteConnection, template_id: int, at: datetime | None) -> None:
    """No contract is made of it from now on; None: it is in use again."""
    await db.execute(SQL["put_contract_template_away"], template_id, at)


async def own_details(db: ReadConnection | WriteConnection) -> tuple[int, OwnDetails]:
    """Version and details; 0 and nothing while nobody has written any."""
    row = await db.fetchrow(SQL["own_details"])
    return (0, OwnDetails()) if row is None else (row[0], msgspec.convert(row[1], OwnDetails))


async def write_own_details(db: WriteConnection, new: OwnDetails, author: Author, since: int) -> bool:
    """False when they were written since version ``since`` was read."""
    details = msgspec.to_builtins(new)
    written = await db.fetchval(
        SQL["write_own_details"], since, details, author.id, author.name, author.now
    )  # fmt: skip
    return written is not None


async def details_of(db: ReadConnection | WriteConnection, organisation_id: int) -> PartyDetails:
    """What contracts say of a client; of one out of sight nothing."""
    found = await db.fetchval(SQL["contract_details_of_organisation"], organisation_id)
    return msgspec.convert(found or {}, PartyDetails)


async def set_details(
    db: WriteConnection, organisation_id: int, version: int, new: PartyDetails, now: datetime, by: int | None
) -> bool:
    """False when the client was changed since ``version`` was read."""
    details = msgspec.to_builtins(new)
    changed = await db.fetchval(SQL["set_contract_details"], organisation_id, version, details, now, by)
    return changed is not None


async def add_text(db: WriteConnection, new: NewText, author: Author) -> None:
    """Kept for good. Raises InsufficientPrivilegeError for a contract that is on its way to be signed."""
    await db.execute(
        SQL["add_contract_text"], new.id, new.contract_id, new.organisation_id, new.template_id, new.template_version,
        new.html, new.pdf, hashlib.sha256(new.pdf).digest(), author.id, author.name, author.now,
    )  # fmt: skip


async def texts_of(db: ReadConnection | WriteConnection, contract_id: int, limit: int) -> list[ContractText]:
    """Newest first; of a client out of sight none."""
    return [ContractText(*row) for row in await db.fetch(SQL["contract_texts"], contract_id, limit)]


async def has_templates(db: ReadConnection | WriteConnection) -> bool:
    """Whether the office has a template in use, so that texts are made here."""
    return bool(await db.fetchval(SQL["contract_templates_in_use"]))


async def template_of(db: ReadConnection | WriteConnection, text: ContractText) -> ContractTemplate:
    """The version that a text was made of, whatever the template says by now."""
    row = await db.fetchrow(SQL["contract_template_as_used"], text.template_id, text.template_version)
    assert row is not None, "versions stay"
    return ContractTemplate(*row)


async def pdf_of(db: ReadConnection, contract_id: int, text_id: int) -> bytes | None:
    """The paper; None for one that there is not, or that is of a client out of sight."""
    found: bytes | None = await db.fetchval(SQL["contract_text_pdf"], text_id, contract_id)
    return found
