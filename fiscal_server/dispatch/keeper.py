"""The shift keeper of one KKT: opens the shift before the first receipt, closes it in time."""

from accounting.receipts.codes import DocumentForm
from fiscal_server.cassette.shift import must_close
from fiscal_server.dispatch.resources import FnResources
from fiscal_server.dispatch.session import KktSession


class ShiftKeeper:
    """Keeps the shift of one KKT by the books; each call makes at most one report."""

    def __init__(self, session: KktSession, resources: FnResources) -> None:
        self._session = session
        self._resources = resources

    async def keep(self) -> bool:
        """True when a shift is open and young enough; otherwise one step towards it was made."""
        session = self._session
        if session.row.shift_opened_at is None:
            await self.open()
            return False
        if must_close(session.row.shift_opened_at, session.now()):
            await self.close()
            return False
        return True

    async def open(self) -> None:
        """Make the report of a shift opening."""
        session = self._session
        await session.make(DocumentForm.SHIFT_OPENING, lambda at: session.kkt.open_shift(at, session.row.cashier))
        self._resources.count_made()

    async def close(self) -> None:
        """Make the report of a shift closing."""
        session = self._session
        await session.make(DocumentForm.SHIFT_CLOSING, lambda at: session.kkt.close_shift(at, session.row.cashier))
        self._resources.count_made()
