"""What there is before anything comes and anything breaks: a merchant with a cassette, its FNs at their places."""

from typing import TYPE_CHECKING

from fiscal_server.dispatch.enrol import Enrolment, Papers, enrol, registration_of
from fiscal_server.storage import leases
from fiscal_server.storage.merchants import MerchantRow, add_merchant
from fiscal_server.storage.partitions import make_partitions
from kkt_drivers.ffd.rnm import registration_number
from tests.simulation.loop import Host, HostClock
from tests.simulation.machines import FnBox
from tests.simulation.plan import MONTH_S
from tests.storage.scene import RULES

if TYPE_CHECKING:
    from tests.simulation.world import SimulatedWorld


async def set_up(world: "SimulatedWorld") -> None:
    """The merchant and every FN of its cassette, switched on with whatever will go wrong in it."""
    async with world.db.write() as connection:
        await make_partitions(connection, world.clock.now())
        world.merchant = MerchantRow(
            world.db.ids.next(), "Пример", RULES, 1084, "КАССИР", "https://provider.example", "Москва"
        )
        await add_merchant(connection, world.merchant, world.clock.now())
    for n, box in enumerate(world.boxes):
        await box.switch_on(slow=False)
        await enrol(world.db, _enrolled_at(world, n), _enrolment(world, n, box))
        box.switch_off()
        box.shared = world.plan.shared_ports
        if (home := world.plan.plugged[n]) is not None:
            world.network.cables[box.name] = world.nodes[home].name
            async with world.db.write() as connection:
                await leases.set_home(connection, world.merchant.id, box.parameters.number, home)
        await box.switch_on(world.device_faults(box))
    if world.plan.barren is not None:
        world.faults["FN that makes nothing"] += len(world.plan.barren.fns)


def _enrolment(world: "SimulatedWorld", n: int, box: FnBox) -> Enrolment:
    serial = f"{n + 1:08d}"
    papers = Papers(
        serial=serial,
        registration_number=registration_number("0000000001", RULES["inn"], serial),
        ofd_inn="7700000000",
        ofd_name="Эмулятор ОФД",
    )
    return Enrolment(
        merchant_id=world.merchant.id,
        cassette="main",
        address=box.address,
        ofd_address="operator:7790",
        registration=registration_of(world.merchant, papers),
        parallel=world.plan.parallel,
    )


def _enrolled_at(world: "SimulatedWorld", n: int) -> HostClock:
    """The time of day at which an FN was registered; the operator has had nothing of it since."""
    if not world.plan.aged[n]:
        return world.clock
    world.faults["FN with a backlog of a month"] += 1
    past = Host("past")
    past.wall_offset_s = -MONTH_S
    return HostClock(world.loop, past)
