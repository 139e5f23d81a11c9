"""Which cassette the documents of an order to correct or to restore go to."""

from typing import Final

from accounting.receipts.codes import FfdVersion
from fiscal_server.intake.batch import Problem
from fiscal_server.storage import kkts
from fiscal_server.storage.pool import WriteConnection

_NAMES: Final = {FfdVersion.FFD_1_05: "1.05", FfdVersion.FFD_1_1: "1.1", FfdVersion.FFD_1_2: "1.2"}


async def route_of_order(db: WriteConnection, merchant_id: int, cassette: str | None) -> int | None:
    """The cassette that an order names, else the one of all the merchant's receipts; None while there is none."""
    if cassette is None:
        return await kkts.route_of_merchant(db, merchant_id)
    return await kkts.find_cassette(db, merchant_id, cassette)


async def unfit_cassette(db: WriteConnection, merchant_id: int, cassette: str | None, ffd: FfdVersion) -> list[Problem]:
    """What is wrong with the cassette that an order names, if anything: there is none of this name, or its FN makes
    documents of another format than the one that the merchant's are drawn up in.
    """
    if cassette is None:
        return []
    found = await kkts.find_cassette(db, merchant_id, cassette)
    if found is None:
        there = ", ".join(f"{one.name!r}" for one in await kkts.list_cassettes(db, merchant_id)) or "none"
        return [Problem("unknown_cassette", f"there is no cassette {cassette!r}; there are: {there}", "cassette")]
    registered = await kkts.ffd_of_cassette(db, merchant_id, found)
    if registered is None or registered == ffd:
        return []
    reason = (
        f"the FN of cassette {cassette!r} is registered for FFD {_NAMES[FfdVersion(registered)]}, the documents of this"
        f" order would be of FFD {_NAMES[ffd]}: name another cassette, or change `ffd` of the merchant's rules"
    )
    return [Problem("cassette_of_another_ffd", reason, "cassette")]
