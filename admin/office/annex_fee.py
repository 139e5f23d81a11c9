"""What an annex does to the fee of a month: said on its card, lest a new price be taken for a new fee."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import msgspec

from accounting.office.contract_annex import ChangeKind, FeeEffect, fee_effect
from admin.storage.office import contracts
from admin.storage.office.annexes import StoredChange
from admin.storage.office.contracts import StoredLine
from fiscal_server.storage.pool import ReadConnection

_ONE_DAY = timedelta(days=1)


class FeeOfAnnex(msgspec.Struct, frozen=True):
    """``day``: the first one of the change; sums in kopecks, the same ones where the fee stays."""

    effect: FeeEffect
    day: date
    before_kopecks: int
    kopecks: int


async def fee_of_annex(
    db: ReadConnection, contract_id: int, changes: Sequence[StoredChange], lines: Mapping[int, StoredLine]
) -> FeeOfAnnex | None:
    """None where neither services nor the fee change. For those who may see fees."""
    effect = fee_effect((one.kind, _is_in_fee(one, lines)) for one in changes)
    if effect is None:
        return None
    if effect is not FeeEffect.BECOMES:
        day = min(one.on_day for one in changes)
        fee = await contracts.fee_on(db, contract_id, day)
        return FeeOfAnnex(effect, day, fee, fee)
    new = next(one for one in changes if one.kind is ChangeKind.FEE)
    before = await contracts.fee_on(db, contract_id, new.on_day - _ONE_DAY)
    return FeeOfAnnex(effect, new.on_day, before, new.price_kopecks or 0)


def _is_in_fee(one: StoredChange, lines: Mapping[int, StoredLine]) -> bool:
    line = one.line if one.line is not None else lines.get(one.line_id or 0)
    return line is not None and line.in_fee
