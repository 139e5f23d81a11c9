"""Papers of the invented office: contracts, powers of attorney, handbooks, sums to pay, and who may become a client."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec

from accounting.office.contract_offer import OfferedLine
from accounting.office.powers import PowerKind
from admin.storage.office import contracts, handbooks, leads, powers, slips
from admin.storage.office.contracts import ContractOrigin, NewContract, Signature
from admin.storage.office.handbooks import Author, NewEntry, NewHandbook, Place
from admin.storage.office.leads import NewLead
from admin.storage.office.powers import NewPower
from admin.storage.office.slips import NewSlip
from fiscal_server.storage.pool import WriteConnection

LEADS: Final = 60
_SUMS_SINCE: Final = timedelta(days=30)
_SUMS_UNTIL: Final = timedelta(days=40)
_TOLD_UNTIL: Final = timedelta(days=10)
_LEAD_NAMES: Final = ("Пекарня", "Автосервис", "Салон красоты", "Магазин тканей", "Мастерская", "Студия")
_SERVICE_MAP: Final = "Банк разносим по вторникам.\n\nДокументы спрашиваем до пятого числа, ждём в чате."


class Paperwork(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes, from when on, and where numbers of rows come from. ``since``: when clients came."""

    db: WriteConnection
    take: Callable[[int], list[int]]
    now: datetime
    today: date
    since: date
    person_id: int
    person: str


async def write_papers(work: Paperwork, clients: Sequence[int], owners: Sequence[int]) -> None:
    """Of each client; what is said hangs on its place. ``owners``: whose leads there are, in turn."""
    book = work.take(1)[0]
    author = Author(work.person_id, work.person, work.now)
    new = NewHandbook(name="Карта обслуживания", owner_id=None, show_in_card=True)
    await handbooks.add_handbook(work.db, book, new, author)
    for place, client in enumerate(clients):
        await _contract(work, client, place)
        await _powers(work, client, place)
        entry = NewEntry(text=_SERVICE_MAP, review_by=work.today + timedelta(days=30 + place % 200))
        await handbooks.write_entry(work.db, work.take(1)[0], Place(book, client), entry, author, 0)
        await _sums(work, client, place)
    await _leads(work, owners)


async def _contract(work: Paperwork, client: int, place: int) -> None:
    """Signed by both, of everything that the law asks."""
    number, line = work.take(2)
    new = NewContract(
        number=f"БО-{place + 1}", dated=work.since, starts_on=work.since, fee_kopecks=900_000 + place % 20 * 50_000
    )
    await contracts.add_contract(work.db, number, client, new, ContractOrigin(), work.now, work.person_id)
    all_of_it = OfferedLine(service="Бухгалтерия", obligations=("*",))
    await contracts.add_lines(work.db, [line], (number, client), [all_of_it], (work.since, None))
    for side in ("office", "client"):
        signature = Signature(side=side, signed_on=work.since, method="paper")
        await contracts.add_signature(work.db, number, client, signature, work.now, work.person_id)
    await contracts.move_contract(work.db, number, "active", work.now)


async def _powers(work: Paperwork, client: int, place: int) -> None:
    """Electronic, before each authority that reports go to; some end soon."""
    for body in ("FNS", "SFR", "ROSSTAT"):
        new = NewPower(
            kind=PowerKind.ELECTRONIC, body=body, number=f"{place + 1:08d}", representative=work.person, powers="",
            issued_on=work.since, valid_to=work.today + timedelta(days=40 + place % 300),
        )  # fmt: skip
        await powers.add_power(work.db, work.take(1)[0], client, new, work.now, work.person_id)


async def _sums(work: Paperwork, client: int, place: int) -> None:
    """What was due is paid, what is due soon is told, the rest waits as drafts."""
    told = []
    for owed in await slips.payable_obligations(work.db, client, work.today - _SUMS_SINCE):
        if owed.due > work.today + _SUMS_UNTIL:
            break
        number = work.take(1)[0]
        new = NewSlip(obligation_id=owed.id, amount_kopecks=(place % 90 + 10) * 123_400)
        await slips.add_slip(work.db, number, new, work.now, work.person_id)
        if owed.due <= work.today + _TOLD_UNTIL:
            told.append((number, owed.due))
    await slips.publish(work.db, [number for number, _ in told])
    for number, due in told:
        if due < work.today:
            await slips.set_state(work.db, number, ("published",), "paid")


async def _leads(work: Paperwork, owners: Sequence[int]) -> None:
    for place, number in enumerate(work.take(LEADS)):
        new = NewLead(
            name=f"Контакт {place + 1}", organisation_name=f"{_LEAD_NAMES[place % len(_LEAD_NAMES)]} № {place + 1}",
            legal_form="org", phone=f"+7900000{place:04d}", email=f"lead{place}@client.example", source="site",
            owner_id=owners[place % len(owners)], next_action="Позвонить",
            next_action_on=work.today + timedelta(days=place % 14 - 2),
        )  # fmt: skip
        day = work.today - timedelta(days=place % 20)
        await leads.add_lead(work.db, number, new, day, work.now, work.person_id)
