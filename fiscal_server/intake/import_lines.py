"""The lines of a file of money against the books: whose they are, which came before, and what event each becomes."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import msgspec

from accounting.receipts.money import text_from_kopecks
from accounting.reconciliation.incoming.findings import Finding
from accounting.reconciliation.incoming.received import Line, Outcome
from fiscal_server.intake.accept import EventAnswer
from fiscal_server.storage.imports import ImportLineRow

_NOT_NAMED: Final = "—"


class JudgedLine(msgspec.Struct, frozen=True, gc=False):
    """A line after the books were asked. ``account`` None: nobody's that they know."""

    line: Line
    account: str | None = None
    receipt_ids: tuple[int, ...] = ()


class _Posted(msgspec.Struct, frozen=True):
    """What of an event that has our key tells whether it is our payment."""

    tenders: dict[str, int] = {}


def judge(line: Line, known: Collection[str], posted: Mapping[str, bytes | None], *, keep_unknown: bool) -> JudgedLine:
    """``known``: accounts that there are. ``posted``: bodies of events that have these keys. ``keep_unknown``:
    money of private payers whose account is not found is taken as that of unknown payers, else rejected. Which of two
    accounts that are both known a payer meant, only a person can find out."""
    if line.outcome is not Outcome.PAYMENT:
        return JudgedLine(line)
    named = [code for code in line.accounts if code in known]
    account = named[0] if len(named) == 1 else None
    if line.key in posted:
        return JudgedLine(_came_before(line, posted[line.key]), account)
    if len(named) > 1:
        return JudgedLine(_as(line, Outcome.REJECTED, Finding.AMBIGUOUS_ACCOUNT, value=", ".join(named)))
    if account is None and line.payer_kind == "legal":
        return JudgedLine(_as(line, Outcome.SKIPPED, Finding.OTHER_INCOME))
    if account is None and not keep_unknown:
        return JudgedLine(
            _as(line, Outcome.REJECTED, Finding.UNKNOWN_ACCOUNT, value=", ".join(line.accounts) or _NOT_NAMED)
        )
    return JudgedLine(line, account)


def _as(line: Line, outcome: Outcome, code: Finding, *, field: str = "", value: str = "") -> Line:
    return msgspec.structs.replace(line, outcome=outcome, code=code, field=field, value=value)


def _came_before(line: Line, body: bytes | None) -> Line:
    """The same payment again, whatever its purpose was taken for then; another sum is another payment by mistake."""
    before = line.amount_kopecks
    if body is not None:
        before = sum(msgspec.json.decode(body, type=_Posted).tenders.values())
    if before == line.amount_kopecks:
        return _as(line, Outcome.DUPLICATE, Finding.IMPORTED_BEFORE)
    return _as(line, Outcome.REJECTED, Finding.OTHER_SUM_BEFORE, value=text_from_kopecks(before or 0))


def batch_body(judged: Sequence[JudgedLine], today: date, *, agent_fiscalises: bool) -> bytes | None:
    """The payments as a batch; None: there are none. ``today``: the day on which a register has come, which may be
    before its money is credited."""
    more = {"agent_fiscalises": True} if agent_fiscalises else {}
    events = [_event(one, today) | more for one in judged if one.line.outcome is Outcome.PAYMENT]
    return msgspec.json.encode({"on_error": "skip", "events": events}) if events else None


def _event(one: JudgedLine, today: date) -> dict[str, Any]:
    line = one.line
    assert line.paid_on is not None, "payments have a day"
    event: dict[str, Any] = {
        "type": "payment",
        "key": line.key,
        "account": one.account,
        "date": line.paid_on,
        "tenders": {line.way: line.amount_kopecks},
    }
    if line.time:
        event["time"] = line.time
    if today < line.paid_on:
        event["register_date"] = today
    if line.payer_kind == "legal":
        event["payer_kind"] = "legal"
    if line.period and one.account is not None:
        event["designation"] = {"period": line.period}
    if line.fee_kopecks:
        event["fee"] = line.fee_kopecks
    return event


def heard(judged: Sequence[JudgedLine], answers: Iterator[EventAnswer]) -> list[JudgedLine]:
    """The lines after their events were answered: the answers stand in the order of the payments."""
    found: list[JudgedLine] = []
    for one in judged:
        if one.line.outcome is not Outcome.PAYMENT:
            found.append(one)
            continue
        said = next(answers)
        if said.error is not None:
            line = _as(
                one.line, Outcome.REJECTED, Finding.REFUSED_EVENT, field=said.error.code, value=said.error.reason
            )
            found.append(msgspec.structs.replace(one, line=line))
        elif said.status == "duplicate":
            found.append(msgspec.structs.replace(one, line=_as(one.line, Outcome.DUPLICATE, Finding.IMPORTED_BEFORE)))
        else:
            found.append(msgspec.structs.replace(one, receipt_ids=tuple(int(receipt) for receipt in said.receipts)))
    return found


def line_row(merchant_id: int, import_id: int, one: JudgedLine) -> ImportLineRow:
    """A line as it is kept."""
    line = one.line
    return ImportLineRow(
        merchant_id=merchant_id,
        import_id=import_id,
        line=line.number,
        outcome=line.outcome.value,
        code=line.code.value if line.code else None,
        field=line.field or None,
        value=line.value or None,
        event_key=line.key or None,
        account=one.account,
        named_accounts=list(line.accounts),
        period=line.period,
        paid_on=line.paid_on,
        amount_kopecks=line.amount_kopecks,
        fee_kopecks=line.fee_kopecks,
        document=line.document or None,
        payer=line.payer or None,
        purpose=line.purpose or None,
        evidence=list(line.evidence),
        receipt_ids=list(one.receipt_ids),
    )
