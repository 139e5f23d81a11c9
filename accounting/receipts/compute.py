"""The door of the computation core: events in, receipts and new state out.

Pure: no clock, no I/O, and nothing that is given is changed. The rules stand in ``_reference``; ``bulk`` is the
compiled kernel, which takes what is frequent and leaves the rest to the rules.
"""

from collections.abc import Sequence
from datetime import date

from accounting.receipts._engine import kernel
from accounting.receipts._reference.whole import compute_by_reference
from accounting.receipts.books import Books, MerchantRules
from accounting.receipts.bulk.share import MIN_EVENTS
from accounting.receipts.computation import AccountSettlement, Engine, EngineUse, Outcome
from accounting.receipts.events import AnyEvent
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.outcome import ComputedReceipt

__all__ = [
    "AccountSettlement",
    "Books",
    "ComputedReceipt",
    "Engine",
    "EngineUse",
    "MerchantRules",
    "Outcome",
    "compute",
    "kernel_is_built",
]


def kernel_is_built() -> bool:
    """Whether ``Engine.KERNEL`` can be asked for here."""
    return kernel is not None


def compute(
    rules: MerchantRules,
    books: Books,
    events: Sequence[AnyEvent],
    *,
    as_of: date | None = None,
    issued: Sequence[IssuedReceipt] = (),
    engine: Engine = Engine.REFERENCE,
) -> Outcome:
    """Apply the events in the order of receipt rules 3.6 [I] and work out the receipts they need.

    ``issued`` are the registered receipts that corrections refer to (receipt rules 6), in the order of their issue;
    what reversals mirror is another matter (``books.issued``). ``as_of`` is today, by default the latest day of the
    events; it only decides whether held money is still held.

    An event that cannot be applied becomes an ``EventError`` and has no effect at all. Raises RuntimeError when the
    kernel is asked for and was not built; else nothing but programming errors: AssertionError when a receipt breaks its
    invariants, OverflowError beyond ``money.MAX_KOPECKS``.
    """
    if engine is Engine.KERNEL and kernel is None:
        raise RuntimeError("the kernel was not built, or FISCAL_PURE=1 forbids it: ask for the reference")
    few = engine is Engine.AUTO and len(events) < MIN_EVENTS
    if engine is Engine.REFERENCE or kernel is None or few:
        return compute_by_reference(rules, books, events, as_of=as_of, issued=issued)
    from accounting.receipts.bulk.whole import compute_by_kernel  # the extensions behind it may be missing

    return compute_by_kernel(rules, books, events, as_of=as_of, issued=issued)
