"""The demo's numbers twice: from the database, and from the memories of the emulators themselves. They must agree.

The second way shares nothing with the server: it reads the files that the emulated FNs and the emulated operator keep.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from fiscal_server.demo.devices import EmulatedOperator, EmulatedSlot
from fiscal_server.storage import documents, queue
from fiscal_server.storage.documents import FnCount, SignCount
from fiscal_server.storage.pool import Database
from kkt_drivers.emulator.memory import read_archive
from kkt_drivers.emulator.ofd import read_ofd_archive
from kkt_drivers.ffd.receipt_id import receipt_id_of

_RECEIPT_FORMS = (3, 31)


class ReceiptNumbers(msgspec.Struct, frozen=True):
    """computed, registered and ofd_acked reached that state; refused and uncertain are in it now."""

    computed: int
    registered: int
    ofd_acked: int
    refused: int
    uncertain: int


class Numbers(msgspec.Struct, frozen=True):
    """Everything that the summary shows, from the database."""

    events: int
    receipts: ReceiptNumbers
    rotations: int
    per_fn: list[FnCount]
    by_sign: list[SignCount]


async def read_numbers(database: Database) -> Numbers:
    """The database's side."""
    async with database.read() as db:
        counts = await documents.count_receipts(db)
        waiting = await queue.count_queue(db)
        return Numbers(
            events=await documents.count_events(db),
            receipts=ReceiptNumbers(
                computed=counts.computed,
                registered=counts.registered,
                ofd_acked=counts.ofd_acked,
                refused=waiting.get("REFUSED", 0),
                uncertain=waiting.get("UNCERTAIN", 0),
            ),
            rotations=await documents.count_rotations(db),
            per_fn=await documents.documents_per_fn(db),
            by_sign=await documents.count_by_sign(db),
        )


def disagreements(numbers: Numbers, slots: Sequence[EmulatedSlot], operator: EmulatedOperator) -> list[str]:
    """What the emulators' own files say otherwise; empty when both sides agree."""
    found: list[str] = []
    booked = {count.fn_number: count for count in numbers.per_fn}
    ids: Counter[str] = Counter()
    confirmed = 0
    for slot in slots:
        archive = read_archive(slot.memory)
        receipts = [entry for entry in archive if entry.form in _RECEIPT_FORMS]
        confirmed += sum(entry.confirmed for entry in receipts)
        ids.update(receipt_id_of(entry.tlv) or f"nameless FD {entry.fd_number}" for entry in receipts)
        count = booked.get(slot.fn_number)
        if count is None or (count.documents, count.receipts) != (len(archive), len(receipts)):
            found.append(f"FN {slot.fn_number}: {len(archive)} documents in its memory, in the database {count}")
    found += [f"receipt {one} stands {n} times in the FNs" for one, n in ids.items() if n > 1]
    if len(ids) != numbers.receipts.registered:
        found.append(f"{len(ids)} receipts in the FNs, {numbers.receipts.registered} registered by the database")
    if confirmed != numbers.receipts.ofd_acked:
        found.append(f"{confirmed} confirmations in the FNs, {numbers.receipts.ofd_acked} in the database")
    delivered = {
        (one.fn_number, one.fd_number) for one in read_ofd_archive(operator.archive) if one.form in _RECEIPT_FORMS
    }
    if len(delivered) < numbers.receipts.ofd_acked:
        found.append(f"the operator has {len(delivered)} receipts, the database {numbers.receipts.ofd_acked}")
    return found
