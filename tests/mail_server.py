"""A real mail server: it keeps what it takes, and can refuse, or hang up at a moment that hurts."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

from aiosmtpd.smtp import SMTP

HANGS: Final = "never"
"""An answer that does not come."""
KEEPS: Final = "kept"
"""Nor does this one, but the letter has arrived."""


class Box:
    """What it has received. ``answers``: to the next texts, one each; None: it hangs up without a word."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answers: list[str | None] = []
        self.refused: dict[str, str] = {}
        """Recipients and what they are answered."""
        self.url = ""
        self.reached = asyncio.Event()
        """A text has come whole."""

    async def handle_RCPT(self, server: SMTP, session: object, envelope: object, address: str, options: object) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)  # type: ignore[attr-defined]
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: object, envelope: object) -> str:
        answer = self.answers.pop(0) if self.answers else "250 2.0.0 queued"
        if answer == KEEPS or (answer is not None and answer.startswith("250")):
            content: bytes = envelope.content  # type: ignore[attr-defined]
            self.mails.append(message_from_bytes(content, policy=policy.default))  # type: ignore[arg-type]
        self.reached.set()
        if answer in (HANGS, KEEPS):
            await asyncio.Event().wait()
        if answer is None:
            transport = server.transport
            assert isinstance(transport, asyncio.Transport)
            transport.abort()
            return "421 gone"
        return answer

    def link(self, place: int = -1) -> str:
        """The path of the link of a letter."""
        text = self.mails[place].get_content()
        found = re.search(r"https?://[^/\s]+(/confirm/[\w-]+)", text)
        assert found is not None, text
        return found.group(1)


@asynccontextmanager
async def open_box() -> AsyncIterator[Box]:
    """Listens until the block ends."""
    box = Box()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(box), "127.0.0.1", 0)
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield box
    server.close()
    await server.wait_closed()
