"""People of a world: they order things in the middle of trouble, and clear up what only people can."""

import contextlib
from typing import TYPE_CHECKING

from fiscal_server.errors import FiscalServerError
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage import kkts, receipt_search, requests
from fiscal_server.storage.kkts import SlotRow
from fiscal_server.storage.pool import DATABASE_ERRORS, ReadConnection
from fiscal_server.storage.receipt_orders import Evidence, ReceiptOrder, ReceiptOrderKind, carry_out
from fiscal_server.storage.receipts import ReceiptView
from fiscal_server.storage.requests import OrderKind
from fiscal_server.troubles import Trouble
from tests.simulation.auditor import receipt_id_in

if TYPE_CHECKING:
    from tests.simulation.world import SimulatedWorld

MAY_RETURN = (Trouble.WRONG_DATE, Trouble.REFUSES)
"""Slots that stop by design in a world of wrong clocks and refusals, and are in order afterwards."""

_CANCELS = 0.2


class Person:
    """Uses what the command line and the panel use."""

    def __init__(self, world: "SimulatedWorld") -> None:
        self._world = world

    async def order_something(self) -> None:
        """Of some KKT; the last one stays in service, that the world can come to its end."""
        world, chance = self._world, self._world.loop.chance
        box = chance.choice(world.boxes)
        # The one says what and why, the other is for an FN that is dead (``clear_up``).
        kinds = [one for one in OrderKind if one not in (OrderKind.RE_REGISTER, OrderKind.TAKE_OUT)]
        kind = chance.choice([one for one in kinds if one is not OrderKind.ROTATE or box is not world.boxes[-1]])
        with contextlib.suppress(FiscalServerError, *DATABASE_ERRORS):
            async with world.db.read() as connection:
                slots = await kkts.list_kkts(connection)
            [slot] = [one for one in slots if one.fn_number == box.parameters.number]
            await self._order(slot, kind)
            world.faults[f"ordered: {kind}"] += 1

    async def clear_up(self) -> None:
        """Whatever waits for a person, once: paused and stopped slots, parked receipts, dead devices."""
        async with self._world.db.read() as connection:
            slots = await kkts.list_kkts(ReadConnection(connection))
        for slot in slots:
            if slot.fn_number in self._world.dead_fns() and slot.state != "CLOSED":
                await self._order(slot, OrderKind.TAKE_OUT)  # refused while a receipt of it is not settled
            elif slot.state == "FAULTY" and (slot.fault or "").startswith(MAY_RETURN):
                self._world.faults[f"slot returned after {(slot.fault or '').split(':')[0]}"] += 1
                await self._order(slot, OrderKind.RETURN_TO_SERVICE)
            elif slot.paused_since is not None and slot.state != "CLOSED":
                await self._order(slot, OrderKind.RESUME)
            elif (slot.fault or "").startswith(Trouble.TAKEN_OUT):
                self._world.faults["slot taken out"] |= 1
        for receipt in await self._standing(ReceiptState.REFUSED):
            self._world.auditor.parked.add(receipt.event_key)
            cancelled = receipt.event_key.startswith("pay-") and self._world.loop.chance.random() < _CANCELS
            done = await self._decide(receipt, ReceiptOrderKind.CANCEL if cancelled else ReceiptOrderKind.RETRY)
            if done and cancelled:
                self._world.auditor.cancelled.add(receipt.event_key)
        if self._world.dead_fns():
            for receipt in await self._standing(ReceiptState.UNCERTAIN):
                await self._settle(receipt)

    async def _order(self, slot: SlotRow, kind: OrderKind) -> None:
        world = self._world
        async with world.db.write() as connection:
            what = (world.db.ids.next(), slot.merchant_id, slot.id, kind, world.clock.now())
            await requests.add_request(connection, *what, asked_by="person", reason="simulation")
            await kkts.announce_kkts(connection)

    async def _standing(self, state: ReceiptState) -> list[ReceiptView]:
        world = self._world
        async with world.db.read() as connection:
            found, _ = await receipt_search.find_receipts(
                connection, world.merchant.id, receipt_search.ReceiptFilter(state=state), 1000
            )
        return found

    async def _settle(self, receipt: ReceiptView) -> None:
        """By the paper: what the FNs' archives hold."""
        for archive in self._world.archives().values():
            for entry in archive:
                if receipt_id_in(entry.tlv) == str(receipt.id):
                    evidence = Evidence(entry.fd_number, entry.fiscal_sign, entry.issued_at)
                    await self._decide(receipt, ReceiptOrderKind.SETTLE_MADE, evidence)
                    return
        await self._decide(receipt, ReceiptOrderKind.SETTLE_NOT_MADE)

    async def _decide(self, receipt: ReceiptView, kind: ReceiptOrderKind, evidence: Evidence | None = None) -> bool:
        """False: the server refuses it as things stand, for a device may still answer."""
        world = self._world
        order = ReceiptOrder(
            id=world.db.ids.next(), merchant_id=world.merchant.id, receipt_id=receipt.id, kind=kind,
            asked_by="person", reason="simulation", evidence=evidence,
        )  # fmt: skip
        try:
            async with world.db.write() as connection:
                await carry_out(connection, order, world.clock.now())
        except FiscalServerError as error:
            world.note("person", f"{kind} of {receipt.id}: {error}")
            return False
        world.faults[f"receipt settled by hand: {kind}"] += 1
        return True
