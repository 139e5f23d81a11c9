"""People of clients. One person may belong to several clients: contact and link are rows of their own."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_contacts", "admin.storage")


class NewContact(msgspec.Struct, frozen=True, kw_only=True):
    """A person; the first telephone and the first address are the main ones."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    language: str = "ru"
    preferred_channel: str = "email"
    notes: str = ""


class ContactLink(msgspec.Struct, frozen=True, kw_only=True):
    """What a person is to a client. ``receives``: slips, document_requests, invoices, news."""

    role: str
    receives: tuple[str, ...] = ()
    can_acknowledge: bool = False
    can_sign: bool = False


class ListedContact(NewContact, frozen=True, kw_only=True):
    """A contact of one client; ``others``: to how many other clients in sight the person belongs."""

    id: int
    role: str
    receives: tuple[str, ...]
    can_acknowledge: bool
    can_sign: bool
    link_id: int
    others: int

    def takes_slips(self) -> bool:
        """Whether a tax notice can be sent to them and confirmed by them."""
        return "slips" in self.receives and self.can_acknowledge


async def add_contact(db: WriteConnection, contact_id: int, contact: NewContact, now: datetime, by: int | None) -> None:
    """Somebody new."""
    await db.execute(
        SQL["add_contact"], contact_id, contact.name, list(contact.phones), list(contact.emails), contact.language,
        contact.preferred_channel, contact.notes, now, by,
    )  # fmt: skip


async def contact_by_reach(db: WriteConnection, phones: Sequence[str], emails: Sequence[str]) -> int | None:
    """Somebody in sight who has one of these telephones or addresses already."""
    found: int | None = await db.fetchval(SQL["contacts_by_reach"], list(phones), list(emails))
    return found


async def link_contact(
    db: WriteConnection,
    link_id: int,
    organisation_id: int,
    contact_id: int,
    link: ContactLink,
    since: date,
    now: datetime,
    by: int | None,
) -> None:
    """From a day on; whoever belongs to the client already stays as they are."""
    await db.execute(
        SQL["link_contact"], link_id, organisation_id, contact_id, link.role, list(link.receives), link.can_acknowledge,
        link.can_sign, since, now, by,
    )  # fmt: skip


async def contacts_on(db: ReadConnection | WriteConnection, organisation_id: int, day: date) -> list[ListedContact]:
    """By name."""
    rows = await db.fetch(SQL["contacts_on"], organisation_id, day)
    return [msgspec.convert(dict(row), ListedContact) for row in rows]


async def close_link(db: WriteConnection, organisation_id: int, link_id: int, since: date) -> bool:
    """The person leaves the client; False when they had before."""
    return await db.fetchval(SQL["close_contact_link"], link_id, organisation_id, since) is not None
