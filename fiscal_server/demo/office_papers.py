"""Papers of the invented office: who it is, the template of its contracts and texts made of it, annexes, a file."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, cast

from litestar.datastructures import FormMultiDict

from accounting.office.counting import months_after
from admin.office import annex_orders
from admin.office.contract_texts import making as texts
from admin.office.contract_texts.reading import sample_text
from admin.office.intake import Who
from admin.office.tariff_forms import money_text
from admin.storage.office import annexes, contract_texts, contracts, handbooks, organisations
from admin.storage.office.contract_texts import NewTemplate, OwnDetails, PartyDetails
from admin.storage.office.contracts import ContractCard
from admin.storage.office.handbooks import Author, Place
from fiscal_server.demo.office_making import Client, Making, working_day
from fiscal_server.demo.office_world import PEOPLE
from fiscal_server.storage.pool import ReadConnection

_DIRECTOR, _MANAGER = 0, 1
_OWN: Final = OwnDetails(
    name="ООО «Учёт и порядок»", inn="9900000000", kpp="990001001", ogrn="1029900000008", place="Тверь",
    party=PartyDetails(
        address="170000, Тверь, улица Образцовая, 1", bank="р/с 40702810000000000000 в банке-примере, БИК 040000000",
        contact="office@office.example, +7 000 700 00 00", signer_post="Директор", signer="И. П. Левченко",
        acts_by="директора Левченко Ирины Павловны, действующей на основании устава",
    ),
)  # fmt: skip
"""Nobody's: the numbers have their check digits, region 99 gives none out."""
_TEMPLATE: Final = "Бухгалтерское обслуживание"
_WRITTEN: Final = (7, 31)
"""Places of the clients whose drafts have a text."""
_IN_FORCE, _HALF_SIGNED, _CANCELLED = 4, 5, 8
"""Places of the clients whose contracts are changed by an annex, and how it stands."""
_LIST: Final = ("Документ;Когда\nВыписка банка;каждый понедельник\n"
                "Авансовые отчёты;до 5-го числа\nАкты сверки;раз в квартал\n")  # fmt: skip


async def make_papers(making: Making, clients: Sequence[Client], agreed: dict[int, int]) -> None:
    """``agreed``: numbers of contracts by places of their clients."""
    author = Author(making.workers[_MANAGER], PEOPLE[_MANAGER].name, making.at(making.today - timedelta(days=9)))
    by_place = {one.place: one for one in clients if one.place in agreed}
    await _annexes(making, agreed)
    await contract_texts.write_own_details(making.db, _OWN, author, 0)
    template = making.take(1)[0]
    await contract_texts.add_template(making.db, template, "ru", NewTemplate(_TEMPLATE, sample_text()), author)
    for place in _WRITTEN:
        if place in by_place:
            await _text(making, by_place[place], agreed[place], template, author)
    await _file(making, clients[0])


async def _text(making: Making, client: Client, contract: int, template: int, author: Author) -> None:
    """Page and paper of a draft; the client has said who it is."""
    name = client.contact.name
    details = PartyDetails(
        address="170000, Тверь, улица Примерная, 5", bank="р/с 40702810000000000000 в банке-примере, БИК 040000000",
        contact=client.contact.emails[0], signer_post="Директор", signer=name,
        acts_by=f"директора ({name}), действующего на основании устава",
    )  # fmt: skip
    one = await organisations.organisation_by_id(making.db, client.number)
    assert one is not None, "a client that was made a moment ago"
    await contract_texts.set_details(making.db, client.number, one.version, details, making.now, author.id)
    card = await _card(making, contract)
    found = await contract_texts.template_by_id(making.db, template)
    assert found is not None, "a template that was made a moment ago"
    await texts.make(making.db, making.take(1)[0], card, found, author)


async def _card(making: Making, contract: int) -> ContractCard:
    card = await contracts.contract_by_id(making.db, contract)
    assert card is not None, "a contract that was made a moment ago"
    return card


async def _annexes(making: Making, agreed: dict[int, int]) -> None:
    """One in force, one that only we have signed, one that came to nothing."""
    who = making.who(_MANAGER, working_day(making.today - timedelta(days=14)))
    first = months_after(making.today.replace(day=1), 1)
    if _IN_FORCE in agreed:
        await _dearer(making, agreed[_IN_FORCE], first, who)
    if _HALF_SIGNED in agreed:
        card = await _card(making, agreed[_HALF_SIGNED])
        annex = await _draft(making, card, "Плата вносится до 15 числа.", who)
        added = {"kind": "add", "on_day": first.isoformat(), "own_service": "Воинский учёт", "period": "month",
                 "due_rule": "M+1:WD05", "shift": "none", "price": "1500"}  # fmt: skip
        await _change(making, card, annex, added)
        await _sign(making, card, annex, "office", who)
    if _CANCELLED in agreed:
        card = await _card(making, agreed[_CANCELLED])
        annex = await _draft(making, card, "Отчёты в статистику сдаёт клиент.", who)
        found = await annexes.annex_by_id(making.db, card.id, annex)
        assert found is not None, "an annex that was made a moment ago"
        said = FormMultiDict({"note": "клиент передумал"})
        await annex_orders.cancel_annex(making.db, making.take(1)[0], card, found, said, who)


async def _dearer(making: Making, contract: int, first: date, who: Who) -> None:
    """The first service and the month cost a tenth more from a day on; both have signed."""
    card = await _card(making, contract)
    annex = await _draft(making, card, "", who)
    line = next(one for one in await contracts.lines_of(making.db, [contract]) if one.price_kopecks)
    more = (line.price_kopecks or 0) // 1000 * 100
    price, fee = (money_text(sum_ + more) for sum_ in (line.price_kopecks or 0, card.fee_kopecks or 0))
    on = first.isoformat()
    await _change(making, card, annex, {"kind": "price", "line": str(line.id), "on_day": on, "price": price})
    await _change(making, card, annex, {"kind": "fee", "on_day": on, "price": fee})
    for side in ("office", "client"):
        await _sign(making, card, annex, side, who)


async def _draft(making: Making, card: ContractCard, subject: str, who: Who) -> int:
    form = FormMultiDict({"dated": who.today.isoformat(), "subject": subject})
    number, event_id = making.take(2)
    await annex_orders.add_annex(making.db, (number, event_id), card, form, who)
    return number


async def _change(making: Making, card: ContractCard, annex: int, form: dict[str, str]) -> None:
    found = await annexes.annex_by_id(making.db, card.id, annex)
    assert found is not None, "an annex that was made a moment ago"
    await annex_orders.add_change(making.db, making.take(1)[0], card, found, FormMultiDict(form))


async def _sign(making: Making, card: ContractCard, annex: int, side: str, who: Who) -> None:
    found = await annexes.annex_by_id(making.db, card.id, annex)
    assert found is not None, "an annex that was made a moment ago"
    form = FormMultiDict({"side": side, "signed_on": who.today.isoformat(), "method": "paper"})
    await annex_orders.sign_annex(making.db, making.take, card, found, form, who)


async def _file(making: Making, client: Client) -> None:
    """Beside what is known of the first client."""
    book = next(
        (one for one in await handbooks.list_handbooks(cast(ReadConnection, making.db)) if one.owner_id is None), None
    )
    assert book is not None, "handbooks are made before"
    lead = client.company.served["lead"]
    author = Author(making.workers[lead], PEOPLE[lead].name, making.now)
    place = Place(book.id, client.number)
    await handbooks.add_file(making.db, making.take(1)[0], place, "перечень документов.csv", _LIST.encode(), author)
