"""Which events the kernel knows, and which of them can be written as rows of a catalogue."""

from collections.abc import Container
from typing import TypeGuard, get_args

from accounting.receipts.events import AdvanceRefund, AnyEvent, Charge, Payment, Recalculation

KernelEvent = Payment | Charge | Recalculation | AdvanceRefund
_KERNEL_EVENTS = frozenset(get_args(KernelEvent))


def names_known_services(event: AnyEvent, services: Container[str]) -> bool:
    """Whether the event can be written as a row of this catalogue."""
    if isinstance(event, Payment):
        named = event.designation.service if event.designation is not None else None
        return named is None or named in services
    return not isinstance(event, Charge | Recalculation) or event.service in services


def is_for_kernel(event: AnyEvent) -> TypeGuard[KernelEvent]:
    """Whether the kernel has such events at all: of one known account, and nothing else."""
    return type(event) in _KERNEL_EVENTS and type(event.account) is str  # type: ignore[union-attr]
