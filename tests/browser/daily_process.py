"""A process that does the panel's work of a day once, at a moment that it is told, and can be killed meanwhile."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from admin.database import PanelDatabase
from admin.mail import Mailer
from admin.office.daily import Daily
from fiscal_server.clock import Clock, VirtualClock
from fiscal_server.settings import Settings


@asynccontextmanager
async def open_daily(dsn: str, clock: Clock, mail_url: str) -> AsyncIterator[Daily]:
    """Of a panel with that mail server."""
    settings = Settings(data_dir=Path("/nowhere"), mail_url=mail_url, admin_url="http://panel.example.ru")
    panel = PanelDatabase(dsn, clock)
    try:
        yield Daily(panel, Mailer(settings), clock, settings)
    finally:
        await panel.close()


async def _look(dsn: str, mail_url: str, now: str) -> None:
    async with open_daily(dsn, VirtualClock(datetime.fromisoformat(now)), mail_url) as daily:
        await daily.look()


if __name__ == "__main__":
    asyncio.run(_look(*sys.argv[1:]))
