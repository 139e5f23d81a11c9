"""The catalogue of services, and tariffs in versions: a version is never changed, the next one takes its place."""

from datetime import date, datetime
from typing import Any

import msgspec

from accounting.office.contract_offer import OfferedService
from accounting.office.tariff_texts import WrittenPlan
from fiscal_server.storage.pool import ReadConnection, WriteConnection
from fiscal_server.storage.queries import load_queries

SQL = load_queries("office_catalogue", "admin.storage")


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What the office does. ``period`` to ``shift``: what a line of a contract begins with."""

    code: str
    name: str
    area: str = "tax"
    unit: str = "month"
    default_role: str = "lead"
    is_cyclic: bool = True
    norm_minutes: int = 0
    obligations: tuple[str, ...] = ()
    is_active: bool = True
    period: str = "month"
    months: tuple[int, ...] = ()
    due_rule: str = ""
    shift: str = "none"
    price_kopecks: int = 0

    def offered(self) -> OfferedService:
        """As a price becomes a line of a contract."""
        return OfferedService(
            code=self.code, period=self.period, months=self.months, due_rule=self.due_rule, shift=self.shift,
            obligations=self.obligations,
        )  # fmt: skip


class StoredService(Service, frozen=True, kw_only=True):
    """With its number; ``version`` guards against two changes at once."""

    id: int
    version: int


class Tariff(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a tariff. ``status``: draft, active, retired."""

    id: int
    code: str
    version: int
    name: str
    status: str
    valid_from: date
    valid_to: date | None
    plan: WrittenPlan
    created_at: datetime


def _tariff(row: Any) -> Tariff:
    return msgspec.convert(dict(row), Tariff)


async def list_services(db: ReadConnection | WriteConnection) -> list[StoredService]:
    """Those that are done first."""
    return [msgspec.convert(dict(row), StoredService) for row in await db.fetch(SQL["list_services"])]


async def services_by_code(db: ReadConnection | WriteConnection) -> dict[str, StoredService]:
    """All, also those that are done no longer: contracts name them still."""
    return {one.code: one for one in await list_services(db)}


def _columns(one: Service) -> tuple[Any, ...]:
    return (
        one.name, one.area, one.unit, one.default_role, one.is_cyclic, one.norm_minutes, list(one.obligations),
        one.is_active, one.period, list(one.months), one.due_rule, one.shift, one.price_kopecks,
    )  # fmt: skip


async def add_service(db: WriteConnection, service_id: int, one: Service) -> bool:
    """False when the code is taken."""
    return await db.fetchval(SQL["add_service"], service_id, one.code, *_columns(one)) is not None


async def change_service(db: WriteConnection, service_id: int, version: int, one: Service) -> bool:
    """False when it was changed since ``version`` was read; the code stays."""
    return await db.fetchval(SQL["change_service"], service_id, version, one.code, *_columns(one)) is not None


async def newest_tariffs(db: ReadConnection) -> list[Tariff]:
    """Of each tariff what is in force and what is being written."""
    return [_tariff(row) for row in await db.fetch(SQL["newest_plans"])]


async def tariff_by_id(db: ReadConnection | WriteConnection, tariff_id: int) -> Tariff | None:
    """A version."""
    row = await db.fetchrow(SQL["plan_by_id"], tariff_id)
    return None if row is None else _tariff(row)


async def hold_versions(db: WriteConnection, code: str) -> list[Tariff]:
    """The same, and nobody else writes one until the transaction ends."""
    await db.execute(SQL["lock_plans"], code)
    return await versions_of(db, code)


async def versions_of(db: ReadConnection | WriteConnection, code: str) -> list[Tariff]:
    """Newest first."""
    return [_tariff(row) for row in await db.fetch(SQL["versions_of_plan"], code)]


class NewTariff(msgspec.Struct, frozen=True, kw_only=True):
    """What the next version says."""

    code: str
    name: str
    valid_from: date
    plan: WrittenPlan


async def write_tariff(db: WriteConnection, tariff_id: int, new: NewTariff, now: datetime, by: int | None) -> int:
    """The number of the new version, a draft; the draft before it is over."""
    await db.execute(SQL["lock_plans"], new.code)
    await db.execute(SQL["retire_plans"], new.code, "draft", new.valid_from)
    plan = msgspec.to_builtins(new.plan)
    return int(await db.fetchval(SQL["add_plan"], tariff_id, new.code, new.name, new.valid_from, plan, now, by))


async def activate_tariff(db: WriteConnection, one: Tariff) -> bool:
    """What was in force gives way on the day from which this one holds. False: it is no draft any more."""
    await db.execute(SQL["lock_plans"], one.code)
    now = await tariff_by_id(db, one.id)
    if now is None or now.status != "draft":
        return False
    await db.execute(SQL["retire_plans"], one.code, "active", one.valid_from)
    return await db.fetchval(SQL["activate_plan"], one.id) is not None
