"""What the API said no to, in the words of the person who asked."""

from typing import Final

import msgspec

from admin.texts import say
from fiscal_server.api.problem_kinds import KINDS
from fiscal_server.client.errors import ApiProblem, ClientError
from fiscal_server.client.types import Fault

AWAY: Final = (
    "Сервер чеков не отвечает. Сделано это или нет, пока неизвестно; тот же запрос можно повторить: дважды он не "
    "сделается."
)
_OTHER: Final = "Сервер чеков отказал: {title}"


class Refusal(msgspec.Struct, frozen=True):
    """``title`` says what the matter is and ``advice`` what to do, in the reader's language; ``detail`` and the faults
    are the API's own words."""

    title: str
    advice: str
    detail: str
    faults: list[Fault]


def told(error: ClientError) -> Refusal:
    """For a page. Anything but a refusal is an answer that did not come."""
    if not isinstance(error, ApiProblem):
        return Refusal(say(AWAY), "", str(error), [])
    kind = KINDS.get(error.type.removeprefix("/problems/"))
    if kind is None:
        return Refusal(say(_OTHER, title=error.title), "", error.detail, error.faults)
    return Refusal(say(kind.meaning), say(kind.advice), error.detail, error.faults)
