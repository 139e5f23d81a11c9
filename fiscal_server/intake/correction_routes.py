"""Which cassette the documents of an order to correct or to restore go to."""

from fiscal_server.intake.batch import Problem
from fiscal_server.storage import kkts
from fiscal_server.storage.pool import WriteConnection


async def route_of_order(db: WriteConnection, merchant_id: int, cassette: str | None) -> int | None:
    """The cassette that an order names, else the one of all the merchant's receipts; None while there is none."""
    if cassette is None:
        return await kkts.route_of_merchant(db, merchant_id)
    return await kkts.find_cassette(db, merchant_id, cassette)


async def unknown_cassette(db: WriteConnection, merchant_id: int, cassette: str | None) -> list[Problem]:
    """What is wrong with the name that an order gives, if anything."""
    if cassette is None or await kkts.find_cassette(db, merchant_id, cassette) is not None:
        return []
    there = ", ".join(f"{one.name!r}" for one in await kkts.list_cassettes(db, merchant_id)) or "none"
    return [Problem("unknown_cassette", f"there is no cassette {cassette!r}; there are: {there}", "cassette")]
