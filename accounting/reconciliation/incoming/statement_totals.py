"""Whether a statement is whole: balances and turnovers of every settlement account against its documents (D20)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

import msgspec

from accounting.receipts.money import text_from_kopecks
from accounting.reconciliation.incoming.exchange_format import Section
from accounting.reconciliation.incoming.findings import FileRefusal, Finding, LineRejected
from accounting.reconciliation.incoming.reading import amount_from, date_from
from accounting.reconciliation.incoming.received import TotalCheck

DATE = "DD.MM.YYYY"
TURNOVERS = (("received", "ВсегоПоступило"), ("spent", "ВсегоСписано"))


class Movement(msgspec.Struct, frozen=True):
    """What documents move on one of our accounts on a day. ``day`` None: it is not said."""

    account: str
    received: bool
    day: date | None
    kopecks: int


class _Days(msgspec.Struct, frozen=True):
    """One section of a settlement account: an account has one, or one a day."""

    section: Section
    account: str
    begins: date | None
    ends: date | None
    opening: int | None
    closing: int | None
    turnovers: dict[str, int | None]

    def holds(self, day: date | None) -> bool:
        """Whether a movement of that day belongs here."""
        if day is None or self.begins is None or self.ends is None:
            return True
        return self.begins <= day <= self.ends


def check_totals(
    sections: Sequence[Section], movements: Sequence[Movement]
) -> tuple[list[TotalCheck], list[FileRefusal]]:
    """Each total that the sections state, and what does not agree. What a bank leaves out is not checked."""
    checks: list[TotalCheck] = []
    refusals: list[FileRefusal] = []
    by_account: dict[str, list[_Days]] = defaultdict(list)
    for section in sections:
        try:
            days = _read(section)
        except LineRejected as error:
            unreadable = FileRefusal(
                code=Finding.UNREADABLE_TOTAL, line=section.line, field=error.field, value=error.value
            )
            refusals.append(unreadable)
        else:
            by_account[days.account].append(days)
    for account, parts in by_account.items():
        parts.sort(key=lambda one: (one.begins or date.min, one.section.line))
        before: _Days | None = None
        ours = [one for one in movements if one.account == account]
        for days in parts:
            mine = ours if len(parts) == 1 else [one for one in ours if days.holds(one.day)]
            checks += _turnovers(days, mine, refusals)
            checks += _balance(days, refusals)
            if before is not None:
                _follows(before, days, refusals)
            before = days
    return checks, refusals


def _read(section: Section) -> _Days:
    def amount(key: str) -> int | None:
        text = section.get(key)
        return amount_from(text, key) if text else None

    def day(key: str) -> date | None:
        text = section.get(key)
        return date_from(text, DATE, key) if text else None

    return _Days(
        section=section,
        account=section.get("РасчСчет"),
        begins=day("ДатаНачала"),
        ends=day("ДатаКонца"),
        opening=amount("НачальныйОстаток"),
        closing=amount("КонечныйОстаток"),
        turnovers={name: amount(key) for name, key in TURNOVERS},
    )


def _turnovers(days: _Days, movements: Sequence[Movement], refusals: list[FileRefusal]) -> list[TotalCheck]:
    checks: list[TotalCheck] = []
    for name, _ in TURNOVERS:
        stated = days.turnovers[name]
        if stated is None:
            continue
        counted = sum(one.kopecks for one in movements if one.received == (name == "received"))
        check = TotalCheck(name=name, stated=stated, counted=counted, account=days.account)
        checks.append(check)
        if not check.agrees:
            refusals.append(_mismatch(Finding.TURNOVER_MISMATCH, days, stated, counted, name))
    return checks


def _balance(days: _Days, refusals: list[FileRefusal]) -> list[TotalCheck]:
    """Opening + received - spent = closing, where all four are stated."""
    received, spent = (days.turnovers[name] for name, _ in TURNOVERS)
    if days.opening is None or days.closing is None or received is None or spent is None:
        return []
    counted = days.opening + received - spent
    check = TotalCheck(name="closing_balance", stated=days.closing, counted=counted, account=days.account)
    if not check.agrees:
        refusals.append(_mismatch(Finding.BALANCE_MISMATCH, days, days.closing, counted))
    return [check]


def _follows(before: _Days, days: _Days, refusals: list[FileRefusal]) -> None:
    """A day begins with what the day before ended with."""
    if before.closing is not None and days.opening is not None and before.closing != days.opening:
        refusals.append(_mismatch(Finding.BALANCES_DO_NOT_FOLLOW, days, days.opening, before.closing))


def _mismatch(code: Finding, days: _Days, stated: int, counted: int, field: str = "") -> FileRefusal:
    return FileRefusal(
        code=code,
        line=days.section.line,
        field=field,
        value=days.account,
        stated=text_from_kopecks(stated),
        counted=text_from_kopecks(counted),
    )
