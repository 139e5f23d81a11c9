"""Receipts of FNs whose id the books do not know, and receipts that wait: which of these is which of those, by content.

Each side is read once: what waits stands under the key of what it says, oldest first, and each document takes the first
receipt under its own key. A billing that sends everything again brings both in great numbers.
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Final

from accounting.receipts.codes import FfdVersion
from fiscal_server.dispatch.session import RECEIPT_DECODER
from fiscal_server.storage import adoption
from fiscal_server.storage.adoption import Link, UnlinkedReceipt
from fiscal_server.storage.pool import Database, ReadConnection
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.receipt_content import content_of_document, content_of_receipt

_LINKS_A_COMMIT: Final = 500

Key = tuple[int, int, int, bytes]
"""FFD, sign, total in kopecks, content."""

Waiting = dict[Key, deque[int]]


async def link_by_content(database: Database, merchant_id: int) -> int:
    """Give documents the receipts that they are; how many found one."""
    async with database.read() as db:
        unlinked = await adoption.unlinked_receipts(db, merchant_id)
        keyed = [(one, key) for one in unlinked if (key := _key_of(one)) is not None]
        waiting = await _waiting(db, merchant_id, [key for _, key in keyed])
    links: list[Link] = [
        (one.fn_number, one.fd_number, waiting[key].popleft()) for one, key in keyed if waiting.get(key)
    ]
    linked = 0
    for first in range(0, len(links), _LINKS_A_COMMIT):
        async with database.write() as db:
            linked += len(await adoption.link_receipts(db, merchant_id, links[first : first + _LINKS_A_COMMIT]))
    return linked


def _key_of(found: UnlinkedReceipt) -> Key | None:
    """None: only its short record is left, or its data cannot be read."""
    if found.tlv is None:
        return None
    try:
        return found.ffd, found.sign, found.total_kopecks, content_of_document(found.tlv)
    except CodecError:
        return None


async def _waiting(db: ReadConnection, merchant_id: int, wanted: Sequence[Key]) -> Waiting:
    """Receipts that wait and may be wanted, by their key, oldest first."""
    found: Waiting = defaultdict(deque)
    if not wanted:
        return found
    keys, ffds = set(wanted), {FfdVersion(key[0]) for key in wanted}
    async for one in adoption.alike_waiting(db, merchant_id, {key[1:3] for key in keys}):
        receipt = RECEIPT_DECODER.decode(one.body)
        for ffd in ffds:
            try:
                key = int(ffd), one.sign, one.total_kopecks, content_of_receipt(receipt, ffd)
            except CodecError:
                continue
            if key in keys:
                found[key].append(one.id)
    return found
