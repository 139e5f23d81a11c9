"""Who looks at the panel, at which merchants, and what they may do."""

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.exceptions import PermissionDeniedException

from admin.permissions import Action, Role, in_emergency, may, sees_all
from admin.storage.break_glass import Broken
from fiscal_server.storage.overview import MerchantName

KEPT_AS = "viewer"
"""Where the guard leaves the viewer of a request."""


class Viewer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who looks; ``merchants`` are those whose rows the database will show."""

    merchants: list[MerchantName]
    roles: tuple[Role, ...]
    person_id: int | None = None
    """None: the panel asks nobody to sign in."""
    name: str = ""
    email: str = ""
    language: str = "ru"
    session_id: int | None = None
    second_factor: bool = False
    form_token: str = ""
    """What our own forms carry, see ``sign_in.tokens.form_token``."""
    address: str = ""
    emergency: Broken | None = None
    """What is seen because of an emergency, and then nothing else."""

    @property
    def sees_all(self) -> bool:
        """Whether a role shows every merchant there is: without it, seeing none says nothing of the database."""
        return sees_all(self.roles)

    def merchant(self, merchant_id: int) -> MerchantName | None:
        """One of them; None when there is no such merchant for this viewer."""
        return next((one for one in self.merchants if one.id == merchant_id), None)

    def named_merchant(self, text: str) -> MerchantName | None:
        """The same by what stands in an address or a form, whatever that is."""
        return next((one for one in self.merchants if str(one.id) == text), None)

    def forbid_files_in_emergency(self) -> None:
        """Whoever looks in an emergency takes nothing away. Raises PermissionDeniedException."""
        if self.emergency is not None:
            raise PermissionDeniedException

    def may(self, action: Action) -> bool:
        """Whether one of the roles allows it; in an emergency, whether looking is all that it is."""
        if self.emergency is not None:
            return action in in_emergency(self.emergency.organisation_id is not None)
        return may(self.roles, action)


async def provide_viewer(request: Request[object, object, State]) -> Viewer:
    """Whom the guard let in (``access.admit``)."""
    viewer: Viewer = request.state[KEPT_AS]
    return viewer
