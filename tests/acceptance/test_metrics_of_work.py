"""What monitoring sees of a day's work."""

from pathlib import Path

from fiscal_server.metrics import METRICS
from tests.world import world


def seen(name: str, **labels: str) -> float:
    return METRICS.registry.get_sample_value(name, labels) or 0.0


async def test_registrations_and_transitions_are_counted(database: str, tmp_path: Path) -> None:
    before = seen("fiscal_receipt_transitions_total", source="REGISTERING", target="REGISTERED")
    async with world(database, tmp_path) as scene:
        await scene.pay(3)
        async with scene.dispatching():
            await scene.until_delivered()
        fn_number = scene.boxes[0].number
    assert seen("fiscal_receipt_transitions_total", source="REGISTERING", target="REGISTERED") == before + 3
    assert seen("fiscal_registration_seconds_count", kkt=fn_number) >= 3
