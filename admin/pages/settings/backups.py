"""Backups: what is known of them and how they are made and put back; the panel runs neither."""

from litestar import get
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.response import Template

from admin.access import doing
from admin.database import PanelDatabase
from admin.formatters import Moments
from admin.page import page
from admin.permissions import Action
from admin.texts import LANGUAGES
from admin.viewer import Viewer
from fiscal_server.storage.backup_overview import last_restoration


@get("/settings/backups", opt=doing(Action.SEE_SETTINGS))
async def backups(state: State, viewer: NamedDependency[Viewer]) -> Template:
    """The commands, and the last restore that the database knows of."""
    panel: PanelDatabase = state["panel"]
    at = Moments(state["clock"].now(), state["settings"].zone)
    async with panel.read() as db:
        restored = await last_restoration(db)
    name = f"/var/backups/fiscal-{at.now:%Y-%m-%d}"
    return page(
        "settings/backups.html", viewer, "settings", restored=restored, file=name, at=at, languages=LANGUAGES
    )  # fmt: skip


HANDLERS = (backups,)
