"""Transactions of whoever looks: only their clients are there, whatever a page asks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date

from litestar.datastructures import State

from admin.database import ANSWER_WITHIN_S, PanelDatabase
from admin.formatters import Moments
from admin.permissions import sees_all
from admin.storage.office.sight import Sight, let_see
from admin.viewer import Viewer
from fiscal_server.storage.pool import ReadConnection, WriteConnection


def moments(state: State) -> Moments:
    """Now, in the zone of the office."""
    return Moments(state["clock"].now(), state["settings"].zone)


def today(state: State) -> date:
    """The day of the office."""
    return moments(state).now.date()


def _sight(state: State, viewer: Viewer) -> Sight:
    broken = viewer.emergency
    if broken is not None:
        return Sight(person_id=None, today=today(state), all=False, emergency=broken.organisation_id)
    return Sight(person_id=viewer.person_id, today=today(state), all=sees_all(viewer.roles))


@asynccontextmanager
async def look(state: State, viewer: Viewer) -> AsyncIterator[ReadConnection]:
    """One moment of their clients. Raises DatabaseAway."""
    panel: PanelDatabase = state["panel"]
    async with panel.read() as db, db.transaction(isolation="repeatable_read", readonly=True):
        await let_see(db, _sight(state, viewer))
        yield db


@asynccontextmanager
async def change(state: State, viewer: Viewer, within_s: float = ANSWER_WITHIN_S) -> AsyncIterator[WriteConnection]:
    """One transaction over their clients. Raises DatabaseAway."""
    panel: PanelDatabase = state["panel"]
    async with panel.change(within_s) as db:
        await let_see(db, _sight(state, viewer))
        yield db
