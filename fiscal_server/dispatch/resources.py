"""What an FN can still take, known without asking it before each receipt."""

from typing import Final

from fiscal_server.cassette.rotation import reason_to_rotate
from fiscal_server.dispatch.session import KktSession
from fiscal_server.storage.kkts import Condition, record_condition

LOOK_EVERY: Final = 250
"""Documents between two looks; documents left are counted down in between."""

LOOK_AT_WARNED_EVERY: Final = 10
"""The same while the FN warns: its answers say that some flag is set, and only a look tells when another one joins."""


class FnResources:
    """The last look at an FN, and how long it is good for."""

    def __init__(self, session: KktSession) -> None:
        self._session = session
        self._known: Condition | None = None
        self._since_look = 0

    def count_made(self) -> None:
        """The FN has one document more."""
        self._since_look += 1

    def must_look(self) -> bool:
        """Whether the FN must be asked before the next receipt.

        Always when its answers began or ceased to warn, or when the last look, counted down, reaches the reserve.
        """
        known = self._known
        if known is None or self._session.kkt.warned != bool(known.warnings):
            return True
        if self._since_look >= (LOOK_AT_WARNED_EVERY if known.warnings else LOOK_EVERY):
            return True
        if known.documents_left is None:
            return False
        left = known.documents_left - self._since_look
        return reason_to_rotate(Condition(left, known.valid_until, known.warnings)) is not None

    async def look(self) -> Condition:
        """Ask the FN and keep what it says in the books. Raises what the driver raises."""
        session = self._session
        status = await session.kkt.status()
        resource = await session.kkt.resource()
        self._known = Condition(resource.documents_left, resource.valid_until, int(status.warnings))
        self._since_look = 0
        async with session.rooms.db.write() as db:
            await record_condition(db, session.owner, self._known, session.now())
        return self._known
