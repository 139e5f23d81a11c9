"""The event keys of a batch: which of its events are new, which came before, which contradict what came before."""

from collections.abc import Sequence

import msgspec

from fiscal_server.intake.batch import Batch, DecodedEvent, Problem
from fiscal_server.storage import batches
from fiscal_server.storage.pool import Database, WriteConnection


class Claim(msgspec.Struct, frozen=True):
    """The events of a batch by what their keys say.

    ``fresh``: the first of each key that was free. ``duplicates`` came in an earlier batch with the same content.
    ``repeats``: later ones of a fresh key; what becomes of them depends on what becomes of the first.
    """

    fresh: list[DecodedEvent]
    duplicates: list[DecodedEvent]
    conflicts: list[Problem]
    repeats: list[DecodedEvent]


async def claim_keys(db: WriteConnection, database: Database, merchant_id: int, batch: Batch) -> Claim:
    """Each key that is free is ours until the end of the transaction, and its event has an id."""
    first: dict[str, DecodedEvent] = {}
    for event in batch.events:
        first.setdefault(event.event.key, event)
    ids = database.ids.take(len(first))
    known = await batches.claim_event_keys(
        db, merchant_id, [(key, i, event.body_hash) for i, (key, event) in zip(ids, first.items(), strict=True)]
    )
    claim = Claim([], [], [], [])
    if not known and len(first) == len(batch.events):
        claim.fresh.extend(_with_id(event, i) for event, i in zip(batch.events, ids, strict=True))
        return claim
    new_ids = dict(zip(first, ids, strict=True))
    for event in batch.events:
        key = event.event.key
        if key not in known:
            if event is first[key]:
                claim.fresh.append(_with_id(event, new_ids[key]))
            else:
                claim.repeats.append(event)
        elif known[key] == event.body_hash:
            claim.duplicates.append(event)
        else:
            claim.conflicts.append(_conflict(event, "an event with this key and another content was accepted before"))
    return claim


def _with_id(event: DecodedEvent, new_id: int) -> DecodedEvent:
    return DecodedEvent(event.index, event.event, event.body, event.body_hash, new_id)


def judge_repeats(claim: Claim, refused: Sequence[Problem]) -> tuple[list[DecodedEvent], list[Problem]]:
    """All duplicates, and what is wrong with the rest: the repeat of a refused event is refused like it."""
    if not claim.repeats:
        return claim.duplicates, []
    hashes = {event.event.key: event.body_hash for event in claim.fresh}
    reasons = {problem.key: problem for problem in refused}
    duplicates, problems = list(claim.duplicates), []
    for event in claim.repeats:
        if hashes[event.event.key] != event.body_hash:
            problems.append(_conflict(event, "an earlier event of this batch has this key and another content"))
        elif (reason := reasons.get(event.event.key)) is not None:
            problems.append(msgspec.structs.replace(reason, index=event.index))
        else:
            duplicates.append(event)
    return duplicates, problems


def _conflict(event: DecodedEvent, reason: str) -> Problem:
    return Problem("key_conflict", reason, "key", event.index, event.event.key)
