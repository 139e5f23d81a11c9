"""Who looks at the panel, and at which merchants.

Pages ask for a ``Viewer`` and never for "all merchants": when users and permissions come, only this file changes.
"""

import msgspec
from litestar.datastructures import State

from admin.database import PanelDatabase
from fiscal_server.storage.overview import MerchantName


class Viewer(msgspec.Struct, frozen=True):
    """Somebody who looks; ``merchants`` are those whose rows the database will show."""

    merchants: list[MerchantName]

    def merchant(self, merchant_id: int) -> MerchantName | None:
        """One of them; None when there is no such merchant for this viewer."""
        return next((one for one in self.merchants if one.id == merchant_id), None)


async def provide_viewer(state: State) -> Viewer:
    """Whoever sits at this machine sees everything: there are no users yet. Raises DatabaseAway."""
    panel: PanelDatabase = state["panel"]
    return Viewer(await panel.merchants())
