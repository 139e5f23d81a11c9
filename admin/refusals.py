"""What the API said no to, in the words of the person who asked."""

from typing import Any, Final

import msgspec

from admin import cassette_words
from admin.fault_words import FaultWords, worded
from admin.texts import say
from fiscal_server.api.problem_kinds import KINDS
from fiscal_server.client.errors import ApiProblem, ClientError, Unanswered
from fiscal_server.client.types import Fault

AWAY: Final = (
    "Сервер чеков не отвечает. Сделано это или нет, пока неизвестно; тот же запрос можно повторить: дважды он не "
    "сделается."
)
FAULTS_KEPT: Final = 1_000
_NOT_TAKEN: Final = "Так не получится"
_OF_PROGRAMS: Final = frozenset({"invalid-body"})
"""Kinds that tell the author of a program what to read; to the person at a form the faults alone say something."""
_OTHER: Final = "Сервер чеков отказал: {title}"


class Refusal(msgspec.Struct, frozen=True):
    """``title`` says what the matter is and ``advice`` what to do, in the reader's language; ``detail`` is the API's
    own words."""

    title: str
    advice: str
    detail: str
    faults: list[FaultWords]


def told(error: ClientError) -> Refusal:
    """For a page. Anything but a refusal is an answer that did not come."""
    if not isinstance(error, ApiProblem):
        return Refusal(say(AWAY), "", str(error), [])
    faults = [worded(one) for one in error.faults]
    kind = KINDS.get(error.type.removeprefix("/problems/"))
    if kind is None:
        return Refusal(say(_OTHER, title=error.title), "", error.detail, faults)
    if kind.name in _OF_PROGRAMS:
        return Refusal(say(_NOT_TAKEN), "", error.detail, faults)
    return Refusal(say(kind.meaning), say(kind.advice), error.detail, faults)


def kept(error: ClientError) -> dict[str, Any]:
    """What the matter was, to be told later in the language of whoever reads it."""
    if not isinstance(error, ApiProblem):
        return {"type": None, "detail": str(error)}
    faults = [msgspec.to_builtins(one) for one in error.faults[:FAULTS_KEPT]]
    return {"type": error.type, "status": error.status, "title": error.title, "detail": error.detail, "faults": faults,
            "more": len(error.faults) - len(faults)}  # fmt: skip


def told_kept(problem: Any) -> Refusal | None:
    """The same in the reader's words; None for none. ``problem`` may be the answer of a device as well."""
    if problem is None:
        return None
    if "type" not in problem:
        answered = cassette_words.told_answer(problem)
        return Refusal(answered.word, "", answered.official, [])
    if problem["type"] is None:
        return told(Unanswered(problem["detail"]))
    faults = msgspec.convert(problem["faults"], list[Fault])
    return told(ApiProblem(problem["status"], problem["type"], problem["title"], problem["detail"], faults))
