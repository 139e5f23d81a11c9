"""A bank statement, from its bytes to lines: which documents are payments of subscribers, and whose.

A document is incoming when its receiver's account is one of the statement's. What a bank hands over for a register is
no payment: the register has the payments. Money of organisations that name no account of ours is other income.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final, NoReturn

import msgspec

from accounting.receipts.ledger import PayerKind
from accounting.reconciliation.incoming.adapter import Adapter
from accounting.reconciliation.incoming.exchange_format import Section, documents_of, read_exchange
from accounting.reconciliation.incoming.findings import FileRefusal, FileRefused, Finding, LineRejected
from accounting.reconciliation.incoming.limits import MAX_NAME_CHARS, MAX_TEXT_CHARS
from accounting.reconciliation.incoming.packed import Packed
from accounting.reconciliation.incoming.purpose import PurposePatterns, read_purpose
from accounting.reconciliation.incoming.reading import amount_from, check_size, date_from, event_key, identity_of
from accounting.reconciliation.incoming.received import Line, Outcome, ReceivedFile
from accounting.reconciliation.incoming.statement_totals import DATE, Movement, check_totals

_PRIVATE_ACCOUNTS: Final = ("40817", "40820", "40803", "40813", "423", "426")
"""Accounts of private persons and their deposits (chart of accounts of credit institutions, 809-P)."""
_TRANSIT_ACCOUNTS: Final = ("30232", "30233", "47422", "40911", "47423")
"""Where banks collect what people pay in without an account of their own."""
_PAYOUT: Final = re.compile(
    r"реестр|перечислени[ея] (?:принятых )?платежей|договору? (?:о |на |по )?при[её]м\w* платежей", re.IGNORECASE
)
"""Words of a payout by a register (reconciliation reference 5, A3b)."""
_LEGAL_INN_DIGITS: Final = 10


class _Document(msgspec.Struct, frozen=True):
    """A document with what has to be known before anything else is."""

    section: Section
    kopecks: int
    payer_account: str
    receiver_account: str


class _Reader(msgspec.Struct, frozen=True):
    """What every document is read with."""

    patterns: PurposePatterns
    accounts: tuple[str, ...]
    inn: str


def read_statement(content: bytes, adapter: Adapter, channel: str = "", *, inn: str = "") -> ReceivedFile:
    """``inn``: of whoever the money must be for; empty: it is not looked at. Never raises for what stands in a file."""
    file = ReceivedFile(kind="statement", adapter=adapter.id, channel=channel or adapter.channel or adapter.id)
    try:
        check_size(content)
        exchange = read_exchange(content)
    except FileRefused as error:
        return msgspec.structs.replace(file, refusals=(error.refusal,))
    accounts = tuple(dict.fromkeys(filter(None, (one.get("РасчСчет") for one in exchange.accounts))))
    accounts = accounts or tuple(filter(None, [exchange.header.get("РасчСчет")]))
    reader = _Reader(adapter.patterns(), accounts, inn)
    lines = Packed(Line)
    moved = Counter[tuple[str, bool, date | None]]()
    seen: dict[bytes, int] = {}
    between: set[bytes] = set()
    for section in documents_of(content, exchange):
        line, movements = _read_document(section, reader)
        if line.key:
            before = seen.setdefault(identity_of(line.key), line.number)
            if line.outcome is Outcome.PAYMENT and before != line.number:
                line = _as(line, Outcome.DUPLICATE, Finding.REPEATED_IN_FILE, value=str(before))
        lines.append(line)
        if line.code is Finding.OWN_TRANSFER:
            # Such a document may stand in the file twice, once for each account; it is one movement all the same.
            same = identity_of(event_key("", section.get("Номер"), section.get("Дата"), *map(str, movements)))
            if same in between:
                continue
            between.add(same)
        for one in movements:
            moved[one.account, one.received, one.day] += one.kopecks
    totals, refusals = check_totals(exchange.accounts, [Movement(*where, sum_) for where, sum_ in moved.items()])
    if not accounts:
        refusals.insert(0, FileRefusal(code=Finding.NO_STATEMENT_ACCOUNT))
    return msgspec.structs.replace(
        file,
        lines=lines,
        totals=tuple(totals),
        refusals=tuple(refusals),
        accounts=accounts,
        encoding=exchange.encoding,
    )


def _as(line: Line, outcome: Outcome, code: Finding, *, field: str = "", value: str = "") -> Line:
    return msgspec.structs.replace(line, outcome=outcome, code=code, field=field, value=value[:200])


def _read_document(section: Section, reader: _Reader) -> tuple[Line, list[Movement]]:
    """A document as a line, and what it moves on our accounts."""
    empty = Line(number=section.line, outcome=Outcome.REJECTED)
    try:
        document = _Document(
            section,
            amount_from(section.get("Сумма"), "Сумма") if section.get("Сумма") else _missing("Сумма"),
            section.get("ПлательщикСчет", "ПлательщикРасчСчет"),
            section.get("ПолучательСчет", "ПолучательРасчСчет"),
        )
    except LineRejected as error:
        return _as(empty, Outcome.REJECTED, error.code, field=error.field, value=error.value), []
    moved = _movements(document, reader.accounts)
    line = Line(
        number=section.line,
        outcome=Outcome.PAYMENT,
        amount_kopecks=document.kopecks,
        payer=section.get("Плательщик", "Плательщик1")[:MAX_TEXT_CHARS],
        purpose=section.joined("НазначениеПлатежа")[:MAX_TEXT_CHARS],
        document=section.get("Номер")[:MAX_NAME_CHARS],
    )
    try:
        return _read_payment(document, line, reader), moved
    except LineRejected as error:
        return _as(line, Outcome.REJECTED, error.code, field=error.field, value=error.value), moved


def _missing(field: str) -> NoReturn:
    raise LineRejected(Finding.MISSING_FIELD, field)


def _day(section: Section, *names: str) -> date | None:
    text = section.get(*names)
    return date_from(text, DATE, names[0]) if text else None


def _movements(document: _Document, accounts: Sequence[str]) -> list[Movement]:
    """A day that cannot be read counts in every section of the account: the totals then show that it is wrong."""
    moved: list[Movement] = []
    for account, received, names in (
        (document.receiver_account, True, ("ДатаПоступило", "Дата")),
        (document.payer_account, False, ("ДатаСписано", "Дата")),
    ):
        if account in accounts:
            try:
                day = _day(document.section, *names)
            except LineRejected:
                day = None
            moved.append(Movement(account, received, day, document.kopecks))
    return moved


def _read_payment(document: _Document, line: Line, reader: _Reader) -> Line:
    """``line``: what is known of it whatever it is. Raises LineRejected."""
    section = document.section
    incoming = document.receiver_account in reader.accounts
    if document.payer_account in reader.accounts:
        return _as(line, Outcome.SKIPPED, Finding.OWN_TRANSFER if incoming else Finding.OUTGOING)
    if not incoming:
        return _as(line, Outcome.REJECTED, Finding.FOREIGN_ACCOUNT, value=document.receiver_account)
    receiver_inn = section.get("ПолучательИНН")
    if reader.inn and receiver_inn not in ("", "0", reader.inn):
        return _as(line, Outcome.REJECTED, Finding.FOREIGN_RECEIVER, value=receiver_inn)
    if document.kopecks <= 0:
        raise LineRejected(Finding.NOT_POSITIVE, "Сумма", section.get("Сумма"))
    number, dated = _named(section, "Номер"), _day(section, "Дата") or _missing("Дата")
    credited = _day(section, "ДатаПоступило") or _missing("ДатаПоступило")
    found = read_purpose(line.purpose, reader.patterns)
    words = f"{line.purpose} {line.payer}"
    kind, outcome, code = _sort(section, document.payer_account, words, has_account=bool(found.accounts))
    who = document.payer_account or section.get("ПлательщикИНН") or line.payer
    return msgspec.structs.replace(
        line,
        outcome=outcome,
        code=code,
        key=event_key(
            "bank", str(dated), number, str(document.kopecks), hidden="\x1f".join((who, document.receiver_account))
        ),
        paid_on=credited,
        accounts=found.accounts,
        period=found.period,
        payer_kind=kind,
        evidence=found.evidence,
    )


def _named(section: Section, key: str) -> str:
    text = section.get(key)
    if not text:
        _missing(key)
    if len(text) > MAX_NAME_CHARS:
        raise LineRejected(Finding.FIELD_TOO_LONG, key, most=MAX_NAME_CHARS)
    return text


def _sort(
    section: Section, payer_account: str, words: str, *, has_account: bool
) -> tuple[PayerKind, Outcome, Finding | None]:
    """Who pays and whether it is a payment. Whose account it is only the books know, so money of an organisation that
    names one is a payment until they do not know it."""
    payer_inn = section.get("ПлательщикИНН")
    transit = payer_account.startswith(_TRANSIT_ACCOUNTS)
    private = payer_account.startswith(_PRIVATE_ACCOUNTS) or (len(payer_inn) != _LEGAL_INN_DIGITS and not transit)
    nameless = not payer_account and payer_inn in (
        "",
        "0",
    )  # a person as banks write one, or a bank that left itself out
    if _PAYOUT.search(words) and (not private or (nameless and not has_account)):
        return "individual", Outcome.SKIPPED, Finding.PAYOUT
    if private or (transit and has_account):
        return "individual", Outcome.PAYMENT, None
    if transit:
        return "individual", Outcome.REJECTED, Finding.UNCLEAR_TRANSIT
    if has_account:
        return "legal", Outcome.PAYMENT, None
    return "legal", Outcome.SKIPPED, Finding.OTHER_INCOME
