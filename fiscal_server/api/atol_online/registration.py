"""A document on its way into the books: operation, fields, control, then one commit with whoever comes at the same
time."""

import hashlib
from datetime import timedelta
from typing import Final

import msgspec

from fiscal_server.api.atol_online.callback_urls import fits_mask
from fiscal_server.api.atol_online.documents import Document
from fiscal_server.api.atol_online.errors import REPEATED, UNKNOWN_OPERATION, AtolError
from fiscal_server.api.atol_online.reading import read_document
from fiscal_server.api.atol_online.receipts import receipt_of
from fiscal_server.api.atol_online.reports import MOSCOW
from fiscal_server.api.atol_online.tokens import Group
from fiscal_server.api.atol_online.uuids import uuid_of
from fiscal_server.api.atol_online.words import OPERATIONS
from fiscal_server.clock import Clock
from fiscal_server.intake.singles import Singles
from fiscal_server.intake.store import CORRECTION_FORM, RECEIPT_FORM
from fiscal_server.metrics import accepted
from fiscal_server.storage.atol_online import Single

HASH_BYTES: Final = 16


class Registrar:
    """Takes documents."""

    def __init__(self, singles: Singles, clock: Clock) -> None:
        self._singles = singles
        self._clock = clock

    async def register(self, group: Group, operation: str, body: bytes) -> str:
        """Committed when it returns. Raises AtolError 31, 32, 33, 40; with 33 goes the first document's UUID.

        The key of its event is made of the group and ``external_id``, so a repeat finds the first one whatever it says,
        as the vendor does not compare bodies (inferred); a document that was refused leaves its ``external_id`` free.
        A repeat finds it also when the rules of today would refuse it (a rate that ended at midnight, other rules of
        the merchant): told that nothing is stored, its sender would send it under another ``external_id``.
        """
        version = group.row.version
        if operation not in OPERATIONS[version]:
            raise AtolError(UNKNOWN_OPERATION, operation)
        sign, corrects = OPERATIONS[version][operation]
        document = read_document(version, body, correction=corrects)
        today = self._clock.now().astimezone(MOSCOW).date()
        key = f"atol|{group.row.code}|{document.external_id}"
        try:
            receipt = receipt_of(document, sign, group.seller, today)
        except AtolError:
            first = await self._singles.find(group.row.merchant_id, key)
            if first is None:
                raise
            raise _repeated(document, group, first) from None
        kind = f"atol_v{version}_{operation}"
        stored = await self._singles.store(
            Single(
                merchant_id=group.row.merchant_id,
                key=key,
                body_hash=hashlib.sha256(body).digest()[:HASH_BYTES],
                type=kind,
                event=body,
                form=RECEIPT_FORM if receipt.correction is None else CORRECTION_FORM,
                sign=receipt.sign,
                total_kopecks=receipt.total_kopecks,
                receipt=msgspec.msgpack.encode(receipt),
                cassette_id=group.row.cassette_id,
                # At the settlement: before all that is due today, as receipts of our own that the law wants at once.
                due_on=today - timedelta(days=1),
                callback_url=_callback_url(document),
            )
        )
        if stored.repeated:
            raise _repeated(document, group, stored.id)
        accepted(kind).inc()
        return uuid_of(stored.id)


def _repeated(document: Document, group: Group, first: int) -> AtolError:
    return AtolError(REPEATED, document.external_id, group.row.code, uuid=uuid_of(first))


def _callback_url(document: Document) -> str | None:
    url = document.service.callback_url if document.service is not None else None
    return url if url and fits_mask(url) else None
