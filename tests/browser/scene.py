"""Rows that the panel shows, put straight into the tables: the panel only reads, whoever wrote them."""

import json
from datetime import date, datetime, timedelta
from typing import Any, Self, cast

import asyncpg
import msgspec

from accounting.receipts.books import Books
from accounting.receipts.cases.merchant import stored_rules
from accounting.receipts.codes import SettlementMethod, SettlementSign, SubjectType, TaxationSystem, VatCode
from accounting.receipts.compute import compute
from accounting.receipts.event_parts import PaymentTenders
from accounting.receipts.events import Payment
from accounting.receipts.ledger import AccountState
from accounting.receipts.model import Receipt, ReceiptLine, Tenders
from fiscal_server.clock import Clock
from fiscal_server.ids import IdMaker, first_id_at
from fiscal_server.storage.partitions import make_partitions
from fiscal_server.storage.pool import WriteConnection

RULES = {"inn": "7700000016", "services": [{"id": "heating", "name": "Отопление", "vat_code": 6}]}
REAL_FN = "7380440700123451"
EMULATED_FN = "9999078900000101"


def payment(total_kopecks: int, sign: SettlementSign = SettlementSign.INCOME) -> Receipt:
    """A receipt of one line, paid without cash."""
    line = ReceiptLine(
        name="Отопление",
        price_kopecks=total_kopecks,
        sum_kopecks=total_kopecks,
        method=SettlementMethod.FULL_SETTLEMENT,
        subject=SubjectType.SERVICE,
        vat_code=VatCode.NO_VAT,
    )
    return Receipt(
        sign=sign,
        taxation=TaxationSystem.GENERAL,
        lines=(line,),
        tenders=Tenders(electronic=total_kopecks),
        total_kopecks=total_kopecks,
        vat_totals=(),
    )


class Scene:
    """Writes as the server's own role."""

    def __init__(self, db: asyncpg.Connection, clock: Clock) -> None:
        self.db = db
        self.clock = clock
        self._ids = IdMaker(clock, 1000)

    @classmethod
    async def open(cls, dsn: str, clock: Clock) -> Self:
        """Connects and makes this month's partitions."""
        db = await asyncpg.connect(dsn)
        await make_partitions(cast("WriteConnection", db), clock.now())
        return cls(db, clock)

    async def close(self) -> None:
        await self.db.close()

    async def _insert(self, table: str, **values: Any) -> None:
        columns = ", ".join(values)
        places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
        await self.db.execute(f"insert into fiscal.{table} ({columns}) values ({places})", *values.values())

    async def _moved(self, statement: str, kkt_id: int) -> tuple[int, str]:
        row = await self.db.fetchrow(statement, kkt_id)
        assert row is not None
        return row[0], row[1]

    async def merchant(self, name: str) -> int:
        """A merchant with an empty cassette of the same id."""
        merchant_id = self._ids.next()
        await self._insert(
            "merchant",
            id=merchant_id,
            name=name,
            rules=json.dumps(RULES),
            cashier="Кассир",
            place="Офис",
            address="Адрес",
            created_at=self.clock.now(),
        )
        await self._insert("merchant_book", merchant_id=merchant_id)
        await self._insert("cassette", merchant_id=merchant_id, id=merchant_id, name="main")
        return merchant_id

    async def slot(self, merchant_id: int, number: int, fn_number: str, state: str = "ACTIVE", **more: Any) -> int:
        """An FN in a slot; ``more`` are columns of fiscal.kkt."""
        kkt_id = self._ids.next()
        values: dict[str, Any] = {
            "merchant_id": merchant_id,
            "id": kkt_id,
            "cassette_id": merchant_id,
            "slot": number,
            "address": "fn+tcp://127.0.0.1:1",
            "ofd_address": "127.0.0.1:2",
            "fn_number": fn_number,
            "registration_number": "0000000001000000",
            "ffd": 4,
            "emulated": fn_number.startswith("9999"),
            "state": state,
            "last_fd": 1,
            "updated_at": self.clock.now(),
        }
        await self._insert("kkt", **{**values, **more})
        return kkt_id

    async def batch(self, merchant_id: int, receipts: int) -> None:
        """A batch that made some receipts."""
        batch_id = self._ids.next()
        counts = {"events": receipts, "accepted": receipts, "duplicates": 0, "rejected": 0, "receipts": receipts}
        await self._insert(
            "batch",
            merchant_id=merchant_id,
            id=batch_id,
            idempotency_key=str(batch_id),
            body_hash=b"",
            answer=b"",
            created_at=self.clock.now(),
            **counts,
        )

    async def account(self, merchant_id: int, code: str, **more: Any) -> int:
        """A subscriber's account; ``more`` are columns of fiscal.account."""
        account_id = self._ids.next()
        await self._insert("account", merchant_id=merchant_id, id=account_id, code=code, **more)
        return account_id

    async def money(self, merchant_id: int, at: datetime, kopecks: int, reversed_by: int | None = None) -> None:
        """A payment that came at a moment (aware)."""
        await self._insert(
            "payment",
            merchant_id=merchant_id, id=first_id_at(at), paid_on=at.date(), amount_kopecks=kopecks, costs_kopecks=0,
            penalty_kopecks=0, suspended=False, parts=b"", reversed_by=reversed_by,
        )  # fmt: skip

    async def debt(self, merchant_id: int, account_id: int, service: str, kopecks: int, due_on: date) -> None:
        """A delivered service that is not paid."""
        await self._insert(
            "debt",
            merchant_id=merchant_id, account_id=account_id, ordinal=self._ids.next() % 1_000_000, off_balance=False,
            service=service, period=f"{due_on:%Y-%m}", due_on=due_on, amount_kopecks=kopecks,
            vat_code=VatCode.NO_VAT, delivered=True, credited=False, volume_measure=0,
        )  # fmt: skip

    async def lot(self, merchant_id: int, account_id: int, kopecks: int) -> None:
        """Money that came beforehand."""
        await self._insert(
            "advance_lot",
            merchant_id=merchant_id, account_id=account_id, ordinal=self._ids.next() % 1_000_000,
            received_on=self.clock.now().date(), amount_kopecks=kopecks, vat_code=VatCode.NO_VAT,
            method=SettlementMethod.ADVANCE,
        )  # fmt: skip

    async def paid(self, merchant_id: int, account_id: int, code: str, kopecks: int) -> int:
        """A payment of an account that owed nothing, with the receipt that the rules make of it."""
        event_id = self._ids.next()
        event = Payment(
            key=f"pay-{event_id}",
            paid_on=self.clock.now().date(),
            tenders=PaymentTenders(bank_transfer_kopecks=kopecks),
            account=code,
        )
        await self._insert(
            "event",
            merchant_id=merchant_id, id=event_id, key=event.key, type="payment", account_id=account_id,
            body=msgspec.json.encode(event), received_at=self.clock.now(),
        )  # fmt: skip
        rules = stored_rules(RULES)
        (made,) = compute(rules, Books(accounts={code: AccountState(id=code)}), [event]).receipts
        receipt_id = await self.receipt(merchant_id, made.receipt, account_id)
        await self.db.execute(
            "update fiscal.receipt set event_id = $2, event_key = $3, deadline = $4, part = $5, register_group = $6"
            " where id = $1",
            receipt_id, event_id, event.key, made.deadline, made.part, made.register_group,
        )  # fmt: skip
        return receipt_id

    async def receipt(self, merchant_id: int, receipt: Receipt, account_id: int | None = None) -> int:
        """A receipt that waits in the queue."""
        receipt_id = self._ids.next()
        await self._insert(
            "receipt",
            merchant_id=merchant_id,
            id=receipt_id,
            event_id=receipt_id,
            event_key=str(receipt_id),
            account_id=account_id,
            form=3,
            sign=receipt.sign,
            total_kopecks=receipt.total_kopecks,
            register_group="main",
            body=msgspec.msgpack.encode(receipt),
            created_at=self.clock.now(),
        )
        await self._insert(
            "queue",
            merchant_id=merchant_id,
            receipt_id=receipt_id,
            account_id=account_id,
            cassette_id=merchant_id,
            state="QUEUED",
            deadline=self.clock.now().date() + timedelta(days=1),
            updated_at=self.clock.now(),
        )
        return receipt_id

    async def corrected(self, merchant_id: int, wrong_id: int, by: int) -> None:
        """An order says that a receipt is wrong; the event of the receipt ``by`` corrects it."""
        event_id = self._ids.next()
        await self.db.execute("update fiscal.receipt set event_id = $2 where id = $1", by, by - 1)
        await self._insert(
            "corrected_receipt", merchant_id=merchant_id, receipt_id=wrong_id, correction_id=event_id, event_id=by - 1
        )

    async def count_day(self, merchant_id: int, day: date, receipts: int) -> None:
        """A day that is over, as it was counted."""
        await self._insert("receipt_day", merchant_id=merchant_id, day=day, receipts=receipts)

    async def refuse(self, receipt_id: int, words: str) -> None:
        """The device said no."""
        await self.db.execute(
            "update fiscal.queue set state = 'REFUSED', error = $2 where receipt_id = $1", receipt_id, words
        )

    async def register(self, merchant_id: int, receipt_id: int, kkt_id: int, fiscal_sign: int) -> None:
        """The FN made the document: the next one of its numbers."""
        fd_number, fn_number = await self._moved(
            "update fiscal.kkt set last_fd = last_fd + 1 where id = $1 returning last_fd, fn_number", kkt_id
        )
        await self.db.execute("delete from fiscal.queue where receipt_id = $1", receipt_id)
        await self._insert(
            "fiscal_document",
            merchant_id=merchant_id,
            id=receipt_id,
            kkt_id=kkt_id,
            form=3,
            fn_number=fn_number,
            fd_number=fd_number,
            fiscal_sign=fiscal_sign,
            issued_at=datetime(2026, 1, 15, 12),  # noqa: DTZ001 - a KKT's clock has no zone
            recorded_at=self.clock.now(),
        )

    async def confirm(self, merchant_id: int, receipt_id: int, kkt_id: int, code: int = 0) -> None:
        """The operator answered."""
        fd_number, fn_number = await self._moved(
            "update fiscal.kkt set acked_fd = last_fd where id = $1 returning acked_fd, fn_number", kkt_id
        )
        await self._insert(
            "ofd_exchange",
            merchant_id=merchant_id,
            id=receipt_id,
            kkt_id=kkt_id,
            fn_number=fn_number,
            fd_number=fd_number,
            code=code,
            acked_at=self.clock.now(),
        )

    async def troubled_webhook(self, merchant_id: int, url: str) -> None:
        """A webhook with a message that has been tried since the day before, and one that was given up."""
        endpoint_id, before = self._ids.next(), self.clock.now() - timedelta(days=1)
        await self._insert(
            "webhook_endpoint",
            merchant_id=merchant_id, id=endpoint_id, url=url, description="", event_types=["batch.accepted"],
            created_at=before, updated_at=before,
        )  # fmt: skip
        for state, over in (("WAITING", None), ("FAILED", self.clock.now())):
            await self._insert(
                "webhook_message",
                merchant_id=merchant_id, endpoint_id=endpoint_id, subject_id=self._ids.next(), stage=0, nth=0,
                type="batch.accepted", state=state, happened_at=before, due_at=before, attempts=3, tried_since=before,
                finished_at=over,
            )  # fmt: skip

    async def rotation(self, merchant_id: int, from_kkt_id: int, to_kkt_id: int | None, reason: str) -> None:
        """One slot gave way to another."""
        await self._insert(
            "rotation",
            merchant_id=merchant_id,
            id=self._ids.next(),
            cassette_id=merchant_id,
            from_kkt_id=from_kkt_id,
            to_kkt_id=to_kkt_id,
            reason=reason,
            rotated_at=self.clock.now(),
        )
