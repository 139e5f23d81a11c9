"""Mail of the panel: plain text, one recipient, sent when the page has been answered."""

import asyncio
from email.message import EmailMessage
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from fiscal_server.log import get_logger
from fiscal_server.settings import Settings

log = get_logger("admin")

_WITHIN_S: Final = 30.0
_TLS_PORT: Final = 465


class Mailer:
    """Sends in the background: how long a mail server takes tells nobody whether an address is known."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sending: set[asyncio.Task[bool]] = set()

    @property
    def is_there(self) -> bool:
        """Whether a mail server is set."""
        return self._settings.mail_url is not None

    def post(self, to: str, subject: str, text: str) -> None:
        """Hand a mail over; that it could not be sent stands in the log, without its text."""
        task = asyncio.get_running_loop().create_task(self._send(to, subject, text))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Wait for mails that are under way; each ends by itself."""
        await asyncio.gather(*self._sending)

    async def send(self, to: str, subject: str, text: str) -> bool:
        """Whether the mail server has taken it; the log says why not."""
        return await self._send(to, subject, text)

    async def _send(self, to: str, subject: str, text: str) -> bool:
        if self._settings.mail_url is None:
            return False
        server = urlsplit(self._settings.mail_url)
        tls = server.scheme == "smtps"
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._settings.mail_from, to, subject
        message.set_content(text)
        try:
            await aiosmtplib.send(
                message,
                hostname=server.hostname,
                port=server.port or (_TLS_PORT if tls else None),
                username=unquote(server.username) if server.username else None,
                password=unquote(server.password) if server.password else None,
                use_tls=tls,
                timeout=_WITHIN_S,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            log.error("mail_not_sent", subject=subject, reason=f"{type(error).__name__}: {error}")
            return False
        return True
