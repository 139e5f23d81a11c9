"""The demo's course: devices, server, companies, a month of events, and then waiting until all is with the operator."""

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from fiscal_server.clock import SystemClock
from fiscal_server.commands.keys import create_api_key
from fiscal_server.commands.run import Installation, everything
from fiscal_server.demo import devices
from fiscal_server.demo.audit import Numbers, disagreements, read_numbers
from fiscal_server.demo.client import post_batch
from fiscal_server.demo.devices import EmulatedOperator, EmulatedSlot
from fiscal_server.demo.standstill import read_standstill
from fiscal_server.demo.world import Company
from fiscal_server.dispatch.enrol import Enrolment, Papers, enrol, registration_of
from fiscal_server.new_merchant import NewMerchant, create_merchant
from fiscal_server.settings import Settings, is_loopback, make_data_dir
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, connect
from fiscal_server.supervisor import Supervisor
from kkt_drivers.ffd.rnm import registration_number

_POLL_S = 0.2
_COUNTS = 100


class Stage(msgspec.Struct, frozen=True):
    """A demo that runs: where everything is."""

    installation: Installation
    database: Database
    slots: list[EmulatedSlot]
    operator: EmulatedOperator
    keys: list[str]  # an API key for each company


def demo_settings(settings: Settings) -> Settings:
    """The demo keeps to a folder of its own, whatever database is configured, and begins anew each time."""
    login = settings.admin_login and not is_loopback(settings.admin_host)
    return msgspec.structs.replace(settings, data_dir=settings.data_dir / "demo", database_url=None, admin_login=login)


def clear(folder: Path) -> None:
    """Forget the last demo. The lock file stays: somebody may hold it."""
    for name in ("postgres", "devices", "log"):
        shutil.rmtree(folder / name, ignore_errors=True)


@asynccontextmanager
async def stage(
    supervisor: Supervisor, settings: Settings, companies: list[Company], *, realistic: bool
) -> AsyncIterator[Stage]:
    """Start everything and enrol the companies with their cassettes."""
    make_data_dir(settings)
    folder = settings.data_dir / "devices"
    folder.mkdir(exist_ok=True)
    operator = await devices.start_operator(supervisor, folder)
    cassettes = await asyncio.gather(
        *(
            devices.start_cassette(
                supervisor,
                folder,
                n,
                devices.EmulatedFns(devices.capacity_for(company.payments), company.rules.get("ffd", "1.2"), realistic),
            )
            for n, company in enumerate(companies, 1)
        )
    )
    async with everything(supervisor, settings) as installation:
        database = await connect(installation.dsn, SystemClock(), size=4)
        try:
            keys = [
                await _enrol_company(database, company, slots, operator)
                for company, slots in zip(companies, cassettes, strict=True)
            ]
            yield Stage(installation, database, [slot for slots in cassettes for slot in slots], operator, keys)
        finally:
            await database.close()


async def _enrol_company(
    database: Database, company: Company, slots: list[EmulatedSlot], operator: EmulatedOperator
) -> str:
    given = NewMerchant(name=company.name, rules=company.rules, place=company.place, address=company.address)
    merchant = await create_merchant(database, given)
    for slot in slots:
        serial = slot.fn_number[-8:]
        papers = Papers(
            serial=serial,
            registration_number=registration_number("0000000001", company.rules["inn"], serial),
            ofd_inn=devices.OPERATOR_INN,
            ofd_name=devices.OPERATOR_NAME,
        )
        enrolment = Enrolment(
            merchant_id=merchant.id,
            cassette="main",
            address=slot.address,
            ofd_address=operator.address,
            registration=registration_of(merchant, papers),
        )
        await enrol(database, SystemClock(), enrolment)
    return await create_api_key(database, merchant.id, "demo billing", scopes=tuple(Scope))


async def send_month(
    stage: Stage, companies: list[Company], sent: Callable[[int], None], stopping: Callable[[], bool]
) -> None:
    """Post every batch of both companies in order; ``sent`` is told how many events went in."""
    clock, url = SystemClock(), stage.installation.api_url

    async def send(key: str, company: Company) -> None:
        for n, body in enumerate(company.batches):
            text = json.dumps(body).encode()
            if not await post_batch(url, key, f"demo-{n}", text, clock=clock, stopping=stopping):
                return
            sent(len(body["events"]))

    await asyncio.gather(*(send(key, company) for key, company in zip(stage.keys, companies, strict=True)))


async def wait_delivered(
    database: Database, seen: Callable[[Numbers], None], stopping: Callable[[], bool]
) -> list[str]:
    """Until every computed receipt is with the operator, or waits for a person; no sentence then.

    Ends as well when no slot can work any more: the sentences say what stands still, and why.
    """
    while True:
        try:
            still = await read_standstill(database)  # before the numbers: when nothing moves, they are the last ones
            numbers = await read_numbers(database)
        except DATABASE_ERRORS:  # the supervisor is bringing it back
            if stopping():
                raise
        else:
            seen(numbers)
            receipts = numbers.receipts
            if receipts.computed == receipts.ofd_acked + receipts.refused or stopping():
                return []
            if still is not None:
                return still or [f"the operator did not take {receipts.registered - receipts.ofd_acked} receipts"]
        await asyncio.sleep(_POLL_S)


async def count_twice(stage: Stage, stopping: Callable[[], bool]) -> tuple[Numbers, list[str]]:
    """The database's numbers, and what the emulators' own memories say otherwise.

    Slots go on closing shifts and archives after the last receipt: a document that is in an FN and not yet recorded is
    no disagreement, so both sides are read again for a while before they are said to differ.
    """
    for attempt in range(_COUNTS):
        numbers = await read_numbers(stage.database)
        wrong = disagreements(numbers, stage.slots, stage.operator)
        draining = any(count.state == "DRAINING" for count in numbers.per_fn)
        if (not wrong and not draining) or attempt == _COUNTS - 1 or stopping():
            break
        await asyncio.sleep(_POLL_S)
    return numbers, wrong


def elapsed_since(start: float) -> float:
    """Seconds, to the tenth."""
    return round(time.monotonic() - start, 1)
