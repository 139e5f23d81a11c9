"""An emulated FN whose asker dies of the command that makes a registration report."""

from collections.abc import Callable
from typing import ClassVar, Final

from kkt_drivers.emulator.line import Delivery, FnLine
from kkt_drivers.fn.frame import Frame

REPORT: Final = 0xA3
"""The command that makes the report, forms 1 and 11."""


class Deadly(FnLine):
    """Kills at the first command: before it is carried out, or before its answer leaves. ``met``: their number."""

    kill: ClassVar[Callable[[], None]]
    carried_out: ClassVar[bool]
    met: ClassVar[int]

    @classmethod
    def lurk(cls, kill: Callable[[], None], *, carried_out: bool) -> None:
        """Before it is switched on."""
        cls.kill, cls.carried_out, cls.met = staticmethod(kill), carried_out, 0

    def _deliver(self, request: Frame) -> Delivery:
        cls = type(self)
        if request.code != REPORT:
            return super()._deliver(request)
        cls.met += 1
        if cls.met > 1:
            return super()._deliver(request)
        if cls.carried_out:
            super()._deliver(request)
        cls.kill()
        return Delivery(cut=True)
