"""What keeps the promise, each one taken away: the simulation must notice within a modest number of worlds.

A simulation that finds nothing proves something only if it would have found something. ``python -m
tests.simulation.mutations`` removes one safeguard after another and counts the worlds until the auditor complains.

Not in the list is what only stands behind another one. The comparison of a document that is found with the intended one
(``recovery.mismatch``) can say no only when somebody else has used the FN, which the lease keeps away. Last FD numbers
and confirmations move by compare and set, and nobody gets so far with a wrong number: whoever writes names the
generation of his lease, holds the row, and starts again from the books after any error. 40 worlds each went well
without these two; tests/storage/test_documents.py holds them.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

import msgspec

from fiscal_server.dispatch import worker
from fiscal_server.dispatch.active import ActiveSlot
from fiscal_server.dispatch.keeper import ShiftKeeper
from fiscal_server.dispatch.session import KktSession, Lease
from fiscal_server.dispatch.stillness import Stillness
from fiscal_server.storage import batches, leases, queue
from fiscal_server.storage.kkts import KktRow
from kkt_drivers.errors import KktError
from kkt_drivers.fn.driver import FnKkt
from tests.simulation.plan import FAULTS_FOR_S, Plan, StepFault

Removal = Callable[[ExitStack], None]


class Safeguard(msgspec.Struct, frozen=True):
    """A rule of the product, how it is taken away, and in which worlds that can show."""

    name: str
    remove: Removal
    shows_in: Callable[[Plan], bool] = lambda plan: True

    @contextmanager
    def removed(self) -> Iterator[None]:
        """The product without it."""
        with ExitStack() as stack:
            self.remove(stack)
            yield


def _without(module: ModuleType, query: str, words: str, others: str = "") -> Removal:
    """A statement of which these words are left out."""

    def remove(stack: ExitStack) -> None:
        text = module.SQL[query]
        assert words in text, f"{query} has no {words!r} any more: mend the list of safeguards"
        text = text.replace(words, others)
        stack.enter_context(patch.object(module, "SQL", {**module.SQL, query: text}))

    return remove


def _instead(target: Any, name: str, other: Any) -> Removal:
    def remove(stack: ExitStack) -> None:
        stack.enter_context(patch.object(target, name, other))

    return remove


def _all(*removals: Removal) -> Removal:
    def remove(stack: ExitStack) -> None:
        for one in removals:
            one(stack)

    return remove


async def _nothing(*_: Any, **__: Any) -> None:
    pass


async def _not_read(session: KktSession) -> None:
    """What was intended was not made, whatever the device would say."""
    intent = await session.start_anew()
    await session.kkt.open()
    await session.kkt.status()
    if intent is not None:
        await session.not_made(intent.receipt_id)
    await session.reload()


def _believe_any(session: KktSession, row: KktRow) -> None:
    session.row, session.last_fd, session.acked_fd = row, row.last_fd, row.acked_fd


async def _without_commit(session: KktSession) -> None:
    """The lease alone: whether the intent is committed shows when the result is."""
    session.lease.check()


async def _any_key(*_: Any, **__: Any) -> dict[str, bytes]:
    return {}


async def _confirmed_unheard(*_: Any, **__: Any) -> int:
    return 0


async def _at_once(_: ShiftKeeper, report: Callable[[], Awaitable[None]]) -> None:
    await report()


async def _silent_or_well(one: worker.KktWorker, error: KktError) -> bool:
    """A device that answers recovery is in order."""
    return False if one._in_reach else await one._out_of_reach(error)


def _at_once_again(_: ActiveSlot) -> None:
    """It takes the next receipt as soon as it can."""


def _one_takes_over(plan: Plan) -> bool:
    """A node may be frozen for longer than a lease."""
    return StepFault.FREEZE_AFTER in plan.step_chances and plan.nodes > 1 and plan.trouble_s > FAULTS_FOR_S


def _nodes_meet(plan: Plan) -> bool:
    """And its devices let it speak afterwards."""
    return _one_takes_over(plan) and plan.shared_ports


_GENERATION = " and k.lease_generation = o.generation"

SAFEGUARDS = (
    Safeguard("the lease is looked at before the device is asked",
              _instead(Lease, "check", lambda lease: None), _nodes_meet),
    Safeguard("whoever writes names the generation of his lease",
              _all(_without(queue, "lock_owned_kkts", _GENERATION), _without(queue, "record_documents", _GENERATION),
                   _without(leases, "renew_leases", _GENERATION), _instead(KktSession, "_believe", _believe_any)),
              _one_takes_over),
    Safeguard("a silent owner is watched for as long as he may act",
              _instead(Stillness, "seconds", lambda *_: 1e9),
              lambda plan: plan.nodes > 1 and plan.shared_ports and StepFault.FREEZE_AFTER in plan.step_chances),
    Safeguard("the intent is committed before the command", _instead(queue, "write_intents", _nothing)),
    Safeguard("the command that makes a receipt waits for the commit of its intent",
              _instead(KktSession, "_may_create", _without_commit),
              lambda plan: StepFault.CUT_BEFORE in plan.step_chances),
    Safeguard("an UNCERTAIN receipt is not sent again before its device was read",
              _instead(KktSession, "answer_lost", KktSession.not_made)),
    Safeguard("whoever takes a KKT reads it first", _instead(worker, "recover", _not_read)),
    Safeguard("an event key is used once",
              _instead(batches, "claim_event_keys", _any_key), lambda plan: plan.repeats > 0),
    Safeguard("receipts of an account do not overtake each other",
              _without(queue, "claim_receipts", "q.receipt_id = coalesce((", "q.receipt_id >= coalesce(("),
              lambda plan: plan.accounts == 5 and plan.parallel > 1),
    Safeguard("only what the FN has accepted is confirmed",
              _instead(FnKkt, "accept_ofd_answer", _confirmed_unheard)),
    Safeguard("after a restore nobody makes receipts before every FN was read",
              _without(queue, "claim_receipts", "and not exists (select from fiscal.hold h where h.merchant_id = $1)"),
              lambda plan: plan.restored),
    Safeguard("an FN that makes no report for the age of its backlog delivers first",
              _instead(ShiftKeeper, "_unless_full", _at_once), lambda plan: any(plan.aged) or plan.month_off),
    Safeguard("an FN that answers questions and makes nothing gives way",
              _instead(worker.KktWorker, "_failed", _silent_or_well),
              lambda plan: plan.barren is not None and 0 in plan.barren.fns and plan.parallel == 1),
    Safeguard("what an FN that makes nothing gives back is left to those at work beside it",
              _instead(ActiveSlot, "leave_to_others", _at_once_again),
              lambda plan: plan.barren is not None and 1 < plan.parallel > min(plan.barren.fns) and plan.fns < 5),
)  # fmt: skip
