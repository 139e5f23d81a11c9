"""Who did what: one call from every page that changes something."""

from typing import Any

from litestar.datastructures import State

from admin.storage import audit
from admin.storage.audit import Deed
from admin.texts import say
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import WriteConnection


def asker(viewer: Viewer) -> str:
    """Who gives an order, as the order keeps it."""
    return viewer.name or say("без входа")


async def record(db: WriteConnection, state: State, viewer: Viewer, action: str, on: str, **more: Any) -> None:
    """A row of the audit, in the transaction of what was done; ``more``: before, after, reason, merchant_id."""
    clock: Clock = state["clock"]
    deed = Deed(
        happened_at=clock.now(),
        person_id=viewer.person_id,
        person=asker(viewer),
        address=viewer.address,
        action=action,
        object=on,
        **more,
    )
    await audit.record(db, deed)


async def record_once(
    db: WriteConnection, state: State, viewer: Viewer, action: str, on: str, number: str, **more: Any
) -> None:
    """The same for what the API did: a form that came twice was done once, and is one row. ``number``: what the API
    calls what it did; it stands in ``after`` of the row."""
    await audit.one_at_a_time(db)
    if not await audit.is_recorded(db, action, number):
        await record(db, state, viewer, action, on, **more)
