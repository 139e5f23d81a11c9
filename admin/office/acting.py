"""Who acts on a page of cases: the viewer, with whoever they stand in for today."""

from litestar.datastructures import State

from admin.office.casework import Actor
from admin.office.looking import today
from admin.recording import asker
from admin.storage.office import cases
from admin.storage.office.cases import By
from admin.viewer import Viewer
from fiscal_server.clock import Clock
from fiscal_server.storage.pool import ReadConnection, WriteConnection


async def actor_of(db: ReadConnection | WriteConnection, state: State, viewer: Viewer) -> Actor:
    """Today's."""
    people = await cases.acting_for(db, viewer.person_id, today(state))
    return Actor(person_id=viewer.person_id, people=tuple(people), roles=viewer.roles)


def by_of(state: State, viewer: Viewer) -> By:
    """Who does something, and when."""
    clock: Clock = state["clock"]
    return By(person_id=viewer.person_id, person=asker(viewer), now=clock.now())
