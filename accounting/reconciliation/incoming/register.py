"""A payment register of a bank or an agent, from its bytes to lines, by the description of its shape."""

from collections import Counter
from datetime import date
from typing import Final

import msgspec

from accounting.receipts.money import text_from_kopecks
from accounting.reconciliation.incoming.adapter import Adapter
from accounting.reconciliation.incoming.findings import FileRefusal, FileRefused, Finding, LineRejected
from accounting.reconciliation.incoming.limits import MAX_NAME_CHARS, MAX_PAYMENTS, MAX_TEXT_CHARS
from accounting.reconciliation.incoming.packed import Packed
from accounting.reconciliation.incoming.purpose import PurposePatterns, read_purpose
from accounting.reconciliation.incoming.reading import (
    NOT_EXACT,
    amount_from,
    check_size,
    date_from,
    event_key,
    identity_of,
    period_from,
    time_from,
)
from accounting.reconciliation.incoming.received import Line, Outcome, Payout, ReceivedFile, TotalCheck, Way
from accounting.reconciliation.incoming.rows import Row, rows_of

_AMOUNTS: Final = ("amount", "net", "fee")
_NAMES: Final = ("account", "operation", "document")


def read_register(
    content: bytes, adapter: Adapter, channel: str = "", *, credited_on: date | None = None
) -> ReceivedFile:
    """``channel``: through whom the money comes, a part of every key; empty: the adapter's. ``credited_on``: the day on
    which the bank hands it over; else the day of the payout that the totals name, else each payment's own. Never raises
    for what stands in a file.
    """
    name = channel or adapter.channel or adapter.id
    reader = _Reader(adapter, name)
    encoding = ""
    try:
        check_size(content, may_be_zip=adapter.layout == "table")
        encoding, rows = rows_of(content, adapter)
        for row in rows:
            reader.take(row)
        reader.finish()
    except FileRefused as error:
        reader.refusals.append(error.refusal)
    credited = credited_on or (reader.payout.ordered_on if reader.payout else None)
    return ReceivedFile(
        kind="register",
        adapter=adapter.id,
        channel=name,
        lines=Packed(Line, (_credited(line, credited) for line in reader.lines)),
        totals=tuple(reader.totals),
        refusals=tuple(reader.refusals),
        payout=reader.payout,
        encoding=encoding,
    )


def _credited(line: Line, day: date | None) -> Line:
    """A transfer is settled when its money is credited (receipt rules 3.2); anything else when it is paid."""
    if day is None or line.paid_on is None or line.way != "bank_transfer" or day <= line.paid_on:
        return line
    return msgspec.structs.replace(line, paid_on=day, time="")


class _Reader:
    """What the rows so far have given."""

    def __init__(self, adapter: Adapter, channel: str) -> None:
        self.lines = Packed(Line)
        self.totals: list[TotalCheck] = []
        self.refusals: list[FileRefusal] = []
        self.payout: Payout | None = None
        self._adapter = adapter
        self._patterns = adapter.patterns()
        self._channel = channel
        self._sums = Counter[str]()
        self._seen: dict[bytes, tuple[int, int]] = {}
        self._equals = Counter[bytes]()
        self._total_at = 0

    def take(self, row: Row) -> None:
        """One row. Raises FileRefused."""
        if row.is_total:
            self._take_total(row)
            return
        if self._total_at and self._adapter.total_line is not None:
            raise FileRefused(Finding.LINE_AFTER_TOTAL, line=row.number)
        if len(self.lines) == MAX_PAYMENTS:
            raise FileRefused(Finding.TOO_MANY_LINES, most=MAX_PAYMENTS)
        self._sums["count"] += 1
        line = Line(number=row.number, outcome=Outcome.REJECTED)
        try:
            amounts = self._amounts(row.values)
            for name, kopecks in amounts.items():
                self._sums[name] += kopecks
            line = msgspec.structs.replace(
                line,
                amount_kopecks=amounts.get("amount"), fee_kopecks=amounts.get("fee"), net_kopecks=amounts.get("net"),
                payer=row.values.get("payer", "")[:MAX_TEXT_CHARS],
                purpose=row.values.get("purpose", "")[:MAX_TEXT_CHARS],
            )  # fmt: skip
            line = self._unrepeated(_payment(line, row, self._adapter, self._patterns), row)
        except LineRejected as error:
            line = msgspec.structs.replace(
                line, outcome=Outcome.REJECTED, code=error.code, field=error.field, value=error.value
            )
        self.lines.append(line)

    def _amounts(self, values: dict[str, str]) -> dict[str, int]:
        found: dict[str, int] = {}
        for field in _AMOUNTS:
            text = values.get(field, "")
            if text:
                found[field] = amount_from(text, field, in_kopecks=self._adapter.amounts == "kopecks")
        return found

    def _unrepeated(self, line: Line, row: Row) -> Line:
        """The line with its key. Lines with an operation's id are one payment; without one equal lines are several."""
        operation = row.values.get("operation", "")
        if operation:
            key = event_key("register", self._channel, operation)
        else:
            assert line.paid_on is not None
            account = row.values.get("account", "")
            identity = (self._channel, str(line.paid_on), line.time, account, str(line.amount_kopecks))
            same = identity_of(event_key("register", *identity))
            self._equals[same] += 1
            key = event_key("register", *identity, str(self._equals[same]))
        line = msgspec.structs.replace(line, key=key)
        amount = line.amount_kopecks or 0
        number, before = self._seen.setdefault(identity_of(key), (line.number, amount))
        if number == line.number:
            return line
        if before != amount:
            raise LineRejected(Finding.OTHER_SUM_BEFORE, "amount", text_from_kopecks(before))
        return msgspec.structs.replace(
            line, outcome=Outcome.DUPLICATE, code=Finding.REPEATED_IN_FILE, value=str(number)
        )

    def _take_total(self, row: Row) -> None:
        """Compare what a row of totals states with the rows before it. Raises FileRefused."""
        known = self._adapter.total_line
        if known is None and not row.values.get("amount"):
            return  # a remark below the table
        if known is not None and self._total_at:
            raise FileRefused(Finding.LINE_AFTER_TOTAL, line=row.number)
        self._total_at = row.number
        fields = known.columns if known is not None else [field for field in _AMOUNTS if row.values.get(field)]
        for field in fields:
            text = row.values.get(field, "")
            if field in ("payout_number", "payout_date"):
                continue
            try:
                stated = int(_whole(text, field)) if field == "count" else self._amounts({field: text})[field]
            except (LineRejected, KeyError):
                if known is None:
                    return  # words under a column of money
                raise FileRefused(Finding.UNREADABLE_TOTAL, line=row.number, field=field, value=text[:200]) from None
            self._compare(row.number, field, stated)
        if known is not None and "payout_number" in known.columns:
            self.payout = self._payout(row)

    def _compare(self, number: int, field: str, stated: int) -> None:
        check = TotalCheck(name=field, stated=stated, counted=self._sums[field])
        self.totals.append(check)
        if not check.agrees:
            say = str if field == "count" else text_from_kopecks
            self.refusals.append(
                FileRefusal(
                    code=Finding.TOTAL_MISMATCH,
                    line=number,
                    field=field,
                    stated=say(stated),
                    counted=say(check.counted),
                )
            )

    def _payout(self, row: Row) -> Payout:
        number, dated = row.values.get("payout_number", ""), row.values.get("payout_date", "")
        if not number or len(number) > MAX_NAME_CHARS:
            raise FileRefused(Finding.UNREADABLE_TOTAL, line=row.number, field="payout_number", value=number[:200])
        known = self._adapter.total_line
        if known is None or "payout_date" not in known.columns:
            return Payout(number=number)
        try:
            return Payout(number=number, ordered_on=date_from(dated, self._adapter.date, "payout_date"))
        except LineRejected as error:
            raise FileRefused(
                Finding.UNREADABLE_TOTAL, line=row.number, field="payout_date", value=error.value
            ) from error

    def finish(self) -> None:
        """After the last row. Raises FileRefused."""
        total = self._adapter.total_line
        if total is not None and total.required and not self._total_at:
            raise FileRefused(Finding.NO_TOTAL_LINE)
        if not self.lines:
            raise FileRefused(Finding.NO_LINES)


def _whole(text: str, field: str) -> str:
    if not (text.isascii() and text.isdecimal() and len(text) <= 9):
        raise LineRejected(Finding.BAD_AMOUNT, field, text)
    return text


def _payment(line: Line, row: Row, adapter: Adapter, patterns: PurposePatterns) -> Line:
    """Everything of a line but its key. Raises LineRejected."""
    values = row.values
    if row.last:
        raise LineRejected(Finding.UNFINISHED_LINE, row.last, values.get(row.last, ""))
    for field, text in values.items():
        if NOT_EXACT in text:
            raise LineRejected(Finding.UNREADABLE_FIELD, field, text)
    for field in _NAMES:
        if len(values.get(field, "")) > MAX_NAME_CHARS:
            raise LineRejected(Finding.FIELD_TOO_LONG, field, most=MAX_NAME_CHARS)
    if line.amount_kopecks is None:
        raise LineRejected(Finding.MISSING_FIELD, "amount")
    if line.amount_kopecks <= 0:
        raise LineRejected(Finding.NOT_POSITIVE, "amount", values["amount"])
    if line.net_kopecks is not None and line.amount_kopecks - (line.fee_kopecks or 0) != line.net_kopecks:
        raise LineRejected(Finding.FEE_MISMATCH, "net", values["net"])
    if line.fee_kopecks is not None and line.fee_kopecks < 0:
        raise LineRejected(Finding.BAD_AMOUNT, "fee", values["fee"])
    purpose = read_purpose(line.purpose, patterns)
    account = values.get("account", "")
    accounts = (account,) if account else purpose.accounts
    if not accounts:
        raise LineRejected(Finding.MISSING_FIELD, "account")
    paid_on, time = _moment(values, adapter)
    month = values.get("period", "")
    return msgspec.structs.replace(
        line,
        outcome=Outcome.PAYMENT,
        paid_on=paid_on,
        time=time,
        way=_way(values, adapter),
        accounts=accounts,
        period=period_from(month, adapter.period, "period") if month.strip("0-./ ") else purpose.period,
        document=values.get("document", ""),
        evidence=purpose.evidence,
    )


def _moment(values: dict[str, str], adapter: Adapter) -> tuple[date, str]:
    """Day and time; a time may stand behind the day in its own field."""
    day, _, behind = values.get("date", "").strip().replace("T", " ").partition(" ")
    if not day:
        raise LineRejected(Finding.MISSING_FIELD, "date")
    at = values.get("time", "") or behind.strip()
    return date_from(day, adapter.date, "date"), time_from(at, "time") if at else ""


def _way(values: dict[str, str], adapter: Adapter) -> Way:
    said = values.get("way", "")
    if not said or not adapter.ways:
        return adapter.way
    if said not in adapter.ways:
        raise LineRejected(Finding.UNKNOWN_WAY, "way", said)
    return adapter.ways[said]
