"""The settings: where the entry of the navigation leads."""

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Redirect

from admin.access import doing
from admin.navigation import SETTINGS_PAGES
from admin.permissions import Action
from admin.viewer import Viewer


@get("/settings", opt=doing(Action.SEE_SETTINGS))
async def settings_page(viewer: NamedDependency[Viewer]) -> Redirect:
    """The first page of the settings that the viewer may open; their own when there is none."""
    for one in SETTINGS_PAGES:
        if viewer.may(one.action):
            return Redirect(one.path)
    return Redirect("/me")
