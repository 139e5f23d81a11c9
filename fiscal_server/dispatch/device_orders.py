"""What people order of this node: look which devices are plugged in, register an FN and put it into a cassette.

An order is carried out beside the KKTs at work and answered once. One that a process died over is done again by its
successor: looking changes nothing, an FN that was registered but joined no cassette is found so and joins it, and one
that joined already is a slot with the number of the order.
"""

import asyncio
from typing import Any, Final

import msgspec
import structlog

from fiscal_server.clock import Clock
from fiscal_server.dispatch.enrol import CannotEnrol, Enrolment, Papers, enrol, registration_of
from fiscal_server.dispatch.replacement import Replacement
from fiscal_server.storage.device_orders import (
    DeviceOrderKind,
    KktPapers,
    OpenDeviceOrder,
    answer_device_order,
    open_device_orders,
)
from fiscal_server.storage.merchants import read_merchant
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, WriteConnection
from kkt_drivers.devices import FoundFn, address_with_timezone, find_devices, probe
from kkt_drivers.errors import CodecError, KktError, KktRefused
from kkt_drivers.ffd.rnm import is_registration_number

log = structlog.get_logger()

Answer = dict[str, Any]

SLOWEST_S: Final = 120.0
"""An FN is registered in seconds; a device that takes longer will not do it."""


class FoundHere(msgspec.Struct, frozen=True, kw_only=True):
    """A device as the answer to find_devices lists it."""

    address: str
    title: str
    place: str
    state: str
    reason: str
    fn: FoundFn | None


class DeviceOrders:
    """The orders to one node, each a task of its own."""

    def __init__(self, db: Database, clock: Clock, node: int) -> None:
        self._db = db
        self._clock = clock
        self._node = node
        self._running: dict[int, asyncio.Task[None]] = {}

    async def begin(self, db: WriteConnection) -> None:
        """Take up what has come since; called in every round."""
        self._running = {number: task for number, task in self._running.items() if not task.done()}
        for order in await open_device_orders(db, self._node):
            if order.id not in self._running:
                self._running[order.id] = asyncio.create_task(self._answer(order))

    async def end(self) -> None:
        """Leave what is not done to the next process."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _answer(self, order: OpenDeviceOrder) -> None:
        try:
            answer = await self._carry_out(order)
            async with self._db.write() as db:
                await answer_device_order(db, order, answer, self._clock.now())
        except DATABASE_ERRORS as error:
            log.warning("device_order_waits", order=order.id, reason=f"{type(error).__name__}: {error}")
            return
        log.info("device_order_answered", order=order.id, kind=order.kind, asked_by=order.asked_by, answer=answer)

    async def _carry_out(self, order: OpenDeviceOrder) -> Answer:
        try:
            async with asyncio.timeout(SLOWEST_S):
                if order.kind is DeviceOrderKind.FIND_DEVICES:
                    return {"done": await self._find(order.merchant_id)}
                assert order.details is not None, "an order to add a KKT says which one"
                return await self._add(order, order.details)
        except (CannotEnrol, KktRefused, CodecError, ValueError) as error:
            return {"refused": str(error)}
        except TimeoutError:
            return {"failed": "the device takes too long"}
        except KktError as error:
            return {"failed": str(error)}

    async def _find(self, merchant_id: int) -> Any:
        """Addresses are those of the settings, in the merchant's time zone."""
        async with self._db.read() as db:
            merchant = await read_merchant(db, merchant_id)
        found = await find_devices()
        devices = [
            FoundHere(
                address=address_with_timezone(one.device.address, merchant.timezone),
                title=one.device.title,
                place=one.device.place,
                state=one.state.value,
                reason=one.reason,
                fn=one.fn,
            )
            for one in await asyncio.gather(*(probe(device) for device in found.devices))
        ]
        return {"devices": msgspec.to_builtins(devices), "notes": list(found.notes)}

    async def _add(self, order: OpenDeviceOrder, given: KktPapers) -> Answer:
        async with self._db.read() as db:
            merchant = await read_merchant(db, order.merchant_id)
        papers = Papers(
            serial=given.serial,
            registration_number=given.registration_number,
            ofd_inn=given.ofd_inn,
            ofd_name=given.ofd_name,
            taxation_systems=given.taxation_systems,
        )
        registration = registration_of(merchant, papers)
        if not is_registration_number(given.registration_number, registration.user_inn, given.serial):
            raise CannotEnrol("the registration number does not belong to this INN and serial number: check all three")
        enrolment = Enrolment(
            merchant_id=order.merchant_id,
            cassette=given.cassette,
            address=given.address,
            ofd_address=given.ofd_address,
            registration=registration,
            node=self._node,
            replaces=None if given.replaces is None else Replacement(given.replaces, given.reasons),
            slot_id=order.id,
        )
        done = await enrol(self._db, self._clock, enrolment)
        told = {"unread": done.unread, "replaced": given.replaces}
        return {"done": {"fn_number": done.fn_number, **{name: value for name, value in told.items() if value}}}
