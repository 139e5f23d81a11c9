"""Who did what: one call from every page that changes something."""

from typing import Any

from litestar.datastructures import State

from admin.storage import audit
from admin.storage.audit import Deed
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import WriteConnection


async def record(db: WriteConnection, state: State, viewer: Viewer, action: str, on: str, **more: Any) -> None:
    """A row of the audit, in the transaction of what was done; ``more``: before, after, reason, merchant_id."""
    clock: Clock = state["clock"]
    deed = Deed(
        happened_at=clock.now(),
        person_id=viewer.person_id,
        person=viewer.name or say("без входа"),
        address=viewer.address,
        action=action,
        object=on,
        **more,
    )
    await audit.record(db, deed)
