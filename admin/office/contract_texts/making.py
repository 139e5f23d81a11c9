"""A text of a contract made of a template, the contract and both sides: page and paper at once, or nothing."""

import asyncio
from enum import StrEnum

import msgspec
from markupsafe import Markup

from accounting.receipts.wording import in_language
from admin.office.contract_texts.fields import FIELDS, LINES, Table, Written, table_of, values_of
from admin.office.contract_texts.filling import Filled, TextRefused, fill
from admin.storage.office import catalogue, contract_texts, contracts, organisations
from admin.storage.office.contract_texts import ContractTemplate, NewText
from admin.storage.office.contracts import ContractCard
from admin.storage.office.handbooks import Author
from admin.texts import say
from fiscal_server.storage.pool import ReadConnection, WriteConnection

OPEN: frozenset[str] = frozenset({"draft", "agreed"})
"""States in which a text may be made; the database holds it too."""


class TextFault(StrEnum):
    """What is wrong about the text that a contract is to be signed with."""

    MISSING = "missing"
    OUTDATED = "outdated"
    """The contract, its services or one of the sides say something else by now."""


class Made(msgspec.Struct, frozen=True):
    """A text before it is kept. ``title``: in the language of the template."""

    filled: Filled
    title: str

    def html(self) -> str:
        """As it would be kept."""
        return self.filled.html()


async def written_of(db: ReadConnection | WriteConnection, card: ContractCard) -> Written:
    """All that a text may say of a contract in sight."""
    client = await organisations.organisation_by_id(db, card.organisation_id)
    if client is None:
        raise LookupError(f"the client of contract {card.id} is out of sight")
    _, own = await contract_texts.own_details(db)
    services = await catalogue.services_by_code(db)
    return Written(
        card=card, lines=await contracts.lines_of(db, [card.id]), client=client, own=own,
        services={code: one.name for code, one in services.items()},
        details=await contract_texts.details_of(db, card.organisation_id),
    )  # fmt: skip


def compose(template: ContractTemplate, written: Written) -> Made:
    """Values in the language of the template, mistakes in that of the call. Raises TextRefused."""
    with in_language(template.language):
        values, table = values_of(written), table_of(written)
        title = say("Договор № {number}", number=written.card.number)
    return Made(fill(template.text, values, table), title)


async def fault_of(db: ReadConnection | WriteConnection, contract_id: int) -> TextFault | None:
    """None when the newest text says what it would say if it were made now, of the version that it was made of: another
    wording of the template changes no contract. None as well in an office that makes its texts elsewhere."""
    card = await contracts.contract_by_id(db, contract_id)
    if card is None or not await contract_texts.has_templates(db):
        return None
    newest = await contract_texts.texts_of(db, contract_id, 1)
    if not newest:
        return TextFault.MISSING
    try:
        now = compose(await contract_texts.template_of(db, newest[0]), await written_of(db, card)).html()
    except TextRefused:  # something that the text says is empty by now
        return TextFault.OUTDATED
    return None if now == newest[0].html else TextFault.OUTDATED


def sample_of(template_text: str) -> Markup:
    """A template with the names of its fields in their places. Raises TextRefused."""
    values = {name: f"[{say(label)}]" for name, label in FIELDS.items()}
    heads = (say("Услуга"), say("Как часто"), say("Сколько"), say("Цена"))
    return Markup(fill(template_text, values, Table(heads, ((f"[{say(FIELDS[LINES])}]", "…", "…", "…"),))).html())


async def make(
    db: WriteConnection, number: int, card: ContractCard, template: ContractTemplate, author: Author
) -> bool:
    """Kept, page and paper; False when the newest text says the same already. Raises TextRefused."""
    from admin.office.contract_texts.paper import draw_pdf  # the renderer is large: only for who asks for it

    made = compose(template, await written_of(db, card))
    html = made.html()
    newest = await contract_texts.texts_of(db, card.id, 1)
    if newest and (newest[0].html, newest[0].template_id, newest[0].template_version) == (
        html, template.id, template.version,
    ):  # fmt: skip
        return False
    pdf = await asyncio.to_thread(draw_pdf, made.filled, made.title, template.language)
    new = NewText(
        id=number, contract_id=card.id, organisation_id=card.organisation_id, template_id=template.id,
        template_version=template.version, html=html, pdf=pdf,
    )  # fmt: skip
    await contract_texts.add_text(db, new, author)
    return True
