"""A panel that is served, with its office and the mail server that it knows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from admin.office.notices.work import NoticeWork
from fiscal_server.clock import VirtualClock
from tests import applications
from tests.browser.people import Office, open_office
from tests.browser.serving import free_port, served
from tests.clients import Clients, open_clients
from tests.mail_server import Box, open_box


class World:
    """A panel that people sign in to, its office, and the mail server that it knows. ``work`` sends its letters."""

    def __init__(self, address: str, office: Office, clients: Clients, work: NoticeWork, box: Box) -> None:
        self.address = address
        self.office = office
        self.clients = clients
        self.work = work
        self.box = box


@asynccontextmanager
async def open_world(dsn: str, clock: VirtualClock) -> AsyncIterator[World]:
    port = free_port()
    async with open_office(dsn, clock) as office, open_clients(dsn, clock) as clients, open_box() as box:
        with applications.panel(
            dsn, clock, admin_login=True, mail_url=box.url, admin_url=f"http://127.0.0.1:{port}"
        ) as app:
            async with served(app, port) as address:
                yield World(address, office, clients, app.state["notice_work"], box)
