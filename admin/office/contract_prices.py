"""What a draft costs: its own sums where they are typed, else those of its price calculation or of the catalogue."""

import msgspec
from litestar.datastructures import FormMultiDict

from accounting.office.contract_offer import offered_lines, regular_fee
from admin.office.forms import FormRefused
from admin.office.meanwhile import refuse_if_changed, tick_words
from admin.office.tariff_forms import money_or_none, money_text, whole_of
from admin.storage.office import catalogue, contracts, prices
from admin.storage.office.contracts import ContractCard, StoredLine
from admin.texts import say
from fiscal_server.storage.pool import ReadConnection, WriteConnection


async def calculated_fee(db: ReadConnection | WriteConnection, card: ContractCard) -> int | None:
    """A month of the price that the contract was made of, kopecks; None without one."""
    saved = None if card.calculation_id is None else await prices.price_by_id(db, card.calculation_id)
    return None if saved is None else regular_fee(saved.calculation)


async def _calculated(db: WriteConnection, card: ContractCard, line: StoredLine) -> int:
    services = await catalogue.services_by_code(db)
    saved = None if card.calculation_id is None else await prices.price_by_id(db, card.calculation_id)
    if saved is not None:
        offered = offered_lines(saved.calculation, {code: one.offered() for code, one in services.items()})
        for one in offered:
            if (one.service, one.in_fee) == (line.service, line.in_fee):
                return one.price_kopecks
    return services[line.service].price_kopecks if line.service in services else 0


def kept_line(line: StoredLine) -> dict[str, str]:
    """What stands in the form of a line's price, by the names of its fields."""
    price = money_text(line.price_kopecks) or "0"
    return {"quantity": str(line.quantity), "price": price, "in_fee": "1" if line.in_fee else ""}


async def reprice_line(
    db: WriteConnection, card: ContractCard, line_id: int, form: FormMultiDict
) -> tuple[StoredLine, StoredLine]:
    """A line of a draft that is held, before and after; an empty price is the calculated one. Raises FormRefused."""
    old = next((line for line in await contracts.lines_of(db, [card.id]) if line.id == line_id), None)
    if card.status != "draft" or old is None:
        raise FormRefused(say("Договор уже согласован: верните его в черновик."))
    labels = {"price": "Цена", "in_fee": "Входит в плату за месяц"}
    refuse_if_changed(form, kept_line(old), labels, tick_words(kept_line(old), "in_fee"))
    price = money_or_none(form, "price")
    new = msgspec.structs.replace(
        old,
        quantity=max(1, min(whole_of(form, "quantity", 1), 10_000)),
        price_kopecks=await _calculated(db, card, old) if price is None else price,
        in_fee=form.get("in_fee") == "1",
    )
    await contracts.drop_line(db, card.id, line_id)
    days = (old.starts_on, old.ends_on)
    await contracts.add_lines(db, [line_id], (card.id, card.organisation_id), [new], days)
    return old, new
