"""Several commands as one talk: a generator that yields each and is told its answer, so the next may depend on it.

Whoever carries a talk out (``Exchange.follow``) need not wake a task between two commands.
"""

from collections.abc import Callable, Generator, Sequence
from typing import Any, Generic, TypeVar

from kkt_drivers.errors import KktRefused
from kkt_drivers.fn.commands import Command

T = TypeVar("T")

Step = tuple[Command[Any], bytes]
"""A command and its data."""

Talk = Generator[Step, Any, T]
"""Is sent the decoded answer to each step; a refusal is thrown into it. What it returns is what the talk was about."""


def in_turn(steps: Sequence[Step]) -> Talk[None]:
    """Each step once the one before it has succeeded."""
    yield from steps


class Course(Generic[T]):
    """How far a talk is. ``step``: what to ask next, None at its end; ``asked``: it waits for an answer.

    ``may_go_on`` is asked before each step; it raises to forbid it.
    """

    def __init__(self, talk: Talk[T], may_go_on: Callable[[], None] | None = None) -> None:
        self._talk = talk
        self.may_go_on = may_go_on
        self._returned: list[T] = []
        self._raised: Exception | None = None
        self.asked = False
        self.step: Step | None = None
        self.tell(None)

    def tell(self, answer: Any) -> None:
        """The answer to ``step``."""
        self.asked = False
        try:
            self.step = self._talk.send(answer)
        except StopIteration as end:
            self._returned.append(end.value)
            self.step = None
        except Exception as error:  # the task that follows the talk raises it
            self._raised, self.step = error, None

    def refuse(self, refusal: KktRefused) -> None:
        """The FN said no to ``step``."""
        self.asked = False
        try:
            self.step = self._talk.throw(refusal)
        except StopIteration as end:
            self._returned.append(end.value)
            self.step = None

    def outcome(self) -> T:
        """What the talk returned, or raises what it raised."""
        if self._raised is not None:
            raise self._raised
        (returned,) = self._returned
        return returned
