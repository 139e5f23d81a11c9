"""What a re-planning would move and cancel, told by obligation: one row for all clients that it does the same to."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import msgspec

from accounting.office.contract_work import PREFIX
from accounting.office.obligation_words import name_of
from accounting.office.pack_files import COUNTRIES, shipped_pack
from accounting.office.planning import ObligationKey
from accounting.receipts.wording import unknown_year
from admin.office.planning import Prepared

TOLD: Final = 200
"""More rows than a person reads."""


class ToldChange(msgspec.Struct, frozen=True, kw_only=True):
    """``now`` None: it goes. ``document``: the act that set the new day, if one did. ``clients``: their numbers."""

    was: date
    name: str
    code: str
    period: str
    now: date | None
    document: str
    clients: tuple[int, ...]
    unknown: tuple[int, ...] = ()
    """Years whose days off are not known, and on which ``now`` hangs."""


def told_changes(prepared: Prepared) -> list[ToldChange]:
    """In the order of the days that stood before; what is created is no surprise and is counted only."""
    names = names_by_code(prepared)
    found: dict[tuple[date, str, str, date | None, str, tuple[int, ...]], list[int]] = {}
    for moved in prepared.change.moved:
        what = moved.obligation.what
        document = what.one_off.document if what.one_off is not None else ""
        kept = (moved.was, what.template.code, what.period_key(), what.due, document, what.unknown)
        found.setdefault(kept, []).append(int(moved.obligation.client))
    for gone in prepared.change.cancelled:
        found.setdefault((gone.was, gone.key.code, _period(gone.key), None, "", ()), []).append(int(gone.key.client))
    work = prepared.work.change
    for one in work.moved:
        kept = (one.was, one.work.code, one.work.period, one.work.due, "", ())
        found.setdefault(kept, []).append(int(one.work.organisation))
    for key, was in work.cancelled:
        found.setdefault((was, key.code, key.period, None, "", ()), []).append(int(key.organisation))
    told = [
        ToldChange(
            was=was, name=names.get(code, code), code=code, period=period, now=now, document=document,
            clients=tuple(clients), unknown=unknown,
        )
        for (was, code, period, now, document, unknown), clients in found.items()
    ]  # fmt: skip
    return sorted(told, key=lambda one: (one.was, one.name, one.period, one.clients))


def told_to_clients(prepared: Prepared) -> list[ToldChange]:
    """Payments that stay because clients know their sums, with what the plan would have made of them; by day."""
    names = names_by_code(prepared)
    found: dict[tuple[date, str, str, date | None], list[int]] = {}
    for one in prepared.change.conflicts:
        if one.is_told:
            found.setdefault((one.was, one.key.code, _period(one.key), one.becomes), []).append(int(one.key.client))
    told = [
        ToldChange(
            was=was, name=names.get(code, code), code=code, period=period, now=now, document="", clients=tuple(clients)
        )
        for (was, code, period, now), clients in found.items()
    ]
    return sorted(told, key=lambda one: (one.was, one.name, one.period, one.clients))


def doubts_of(prepared: Prepared) -> list[str]:
    """What to know of the new days: the years on whose days off they hang and which nobody has told this server."""
    new = (*prepared.change.created, *(one.obligation for one in prepared.change.moved))
    return [unknown_year(year) for year in sorted({year for one in new for year in one.what.unknown})]


def names_by_code(prepared: Prepared) -> Mapping[str, str]:
    """How obligations of all calendars, and the work of these clients' contracts, are called for the reader."""
    names = {one.code: name_of(one) for country in COUNTRIES for one in shipped_pack(country).templates}
    for code, name in prepared.work.of.services.items():
        names[PREFIX + code] = name
    return names


def _period(key: ObligationKey) -> str:
    return f"{key.period}/{key.instalment}" if key.instalment else key.period
