"""Mail of the panel: plain text, one recipient.

``Mailer``  sends when the page has been answered, and forgets
``post``    one conversation with the mail server that says what became of the letter
"""

import asyncio
import contextlib
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP as SMTP_LINES
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from accounting.office.notices import Outcome
from fiscal_server.log import get_logger
from fiscal_server.settings import Settings

log = get_logger("admin")

_WITHIN_S: Final = 30.0
_TLS_PORT: Final = 465


class Mailer:
    """Sends in the background: how long a mail server takes tells nobody whether an address is known."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sending: set[asyncio.Task[Outcome]] = set()

    @property
    def is_there(self) -> bool:
        """Whether a mail server is set."""
        return self._settings.mail_url is not None

    def post(self, to: str, subject: str, text: str) -> None:
        """Hand a mail over; that it could not be sent stands in the log, without its text."""
        task = asyncio.get_running_loop().create_task(self.send(to, subject, text))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """Wait for mails that are under way; each ends by itself."""
        await asyncio.gather(*self._sending)

    async def send(self, to: str, subject: str, text: str) -> Outcome:
        """What became of it; the log says why it did not go."""
        if self._settings.mail_url is None:
            return Outcome.DEFERRED
        posted = await post(
            self._settings.mail_url,
            lambda: _plain(self._settings.mail_from, to, subject, text),
            self._settings.mail_from,
            to,
        )
        if posted.outcome is not Outcome.ACCEPTED:
            log.error("mail_not_sent", subject=subject, outcome=posted.outcome.value, reason=posted.answer)
        return posted.outcome


def _plain(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message.set_content(text)
    return message


def server_of(mail_url: str) -> dict[str, Any]:
    """How aiosmtplib reaches the server of a setting; STARTTLS where the server has it."""
    server = urlsplit(mail_url)
    tls = server.scheme == "smtps"
    return {
        "hostname": server.hostname,
        "port": server.port or (_TLS_PORT if tls else None),
        "username": unquote(server.username) if server.username else None,
        "password": unquote(server.password) if server.password else None,
        "use_tls": tls,
        "timeout": _WITHIN_S,
    }


class Posted(msgspec.Struct, frozen=True):
    """What became of a letter, and what the server said about it."""

    outcome: Outcome
    answer: str


async def post(mail_url: str, letter: Callable[[], EmailMessage], sender: str, recipient: str) -> Posted:
    """One letter. ``UNKNOWN`` is only what happens while its text is on the way: before it nothing has gone. What no
    mail can say, an address that is none above all, is ``REFUSED``: the library raises whatever it stumbles over."""
    try:
        text = letter().as_bytes(policy=SMTP_LINES)
    except Exception as error:
        return Posted(Outcome.REFUSED, _answer_of(error))
    client = aiosmtplib.SMTP(**server_of(mail_url))
    try:
        posted = await _converse(client, text, sender, recipient)
        if posted.outcome is not Outcome.UNKNOWN:
            with contextlib.suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
        return posted
    finally:
        client.close()


async def _converse(client: aiosmtplib.SMTP, text: bytes, sender: str, recipient: str) -> Posted:
    try:
        await client.connect()
        await client.mail(sender)
    except (aiosmtplib.SMTPException, OSError) as error:
        return Posted(Outcome.DEFERRED, _answer_of(error))  # nothing that is this recipient's fault
    try:
        await client.rcpt(recipient)
    except aiosmtplib.SMTPResponseException as error:
        return Posted(_refusal(error), _answer_of(error))
    except (aiosmtplib.SMTPException, OSError, ValueError) as error:
        is_address = isinstance(error, ValueError)  # one that SMTP cannot say
        return Posted(Outcome.REFUSED if is_address else Outcome.DEFERRED, _answer_of(error))
    try:
        response = await client.data(text)
    except aiosmtplib.SMTPResponseException as error:
        return Posted(_refusal(error), _answer_of(error))
    except (aiosmtplib.SMTPException, OSError) as error:
        return Posted(Outcome.UNKNOWN, _answer_of(error))
    return Posted(Outcome.ACCEPTED, f"{response.code} {response.message}")


def _refusal(error: aiosmtplib.SMTPResponseException) -> Outcome:
    """4xx asks to come again; 5xx is for good; anything else is no answer of a mail server (RFC 5321, 4.2.1)."""
    if 400 <= error.code < 500:
        return Outcome.DEFERRED
    return Outcome.REFUSED if 500 <= error.code < 600 else Outcome.UNKNOWN


def _answer_of(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return f"{type(error).__name__}: {error}"
