"""A trial balance with expanded balances: what each account owes and is owed, never netted (office domain 8.2).

``TrialRow``       what a ledger says: one analytic pair (counterparty, contract), or several added up by side
``read_balances``  the same by account, side and maturity, or all that is wrong with it
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

import msgspec

from accounting.office.mistakes import BadText
from accounting.receipts.wording import roubles, translated

_SYNTHETIC: Final = re.compile("[0-9]{2}")
_SUB_ACCOUNT: Final = re.compile(r"[0-9A-Z\u0401\u0410-\u042f_]{1,20}")  # Latin or Russian capitals
_DIGITS: Final = re.compile("[0-9]")
_LOOKALIKES: Final = {0x0410: "A", 0x0412: "B"}
_VAT_OF_ADVANCES: Final = {"76.AB": "76.AV", "76.BA": "76.VA"}
"""76.АВ and 76.ВА as ledgers write them, in whichever alphabet; the map writes 76.AV and 76.VA."""


class Side(StrEnum):
    """Of a balance."""

    DEBIT = "debit"
    CREDIT = "credit"


class Maturity(StrEnum):
    """When a balance is settled: more than twelve months after the reporting date is long, the rest is short."""

    SHORT = "short"
    LONG = "long"


class TrialRow(msgspec.Struct, frozen=True, kw_only=True):
    """Balances of one account on the reporting date, kopecks. Unknown maturity is short.

    Rows are added up: a row of an account must not repeat what rows of its sub-accounts say already.
    """

    account: str
    debit_kopecks: int = 0
    credit_kopecks: int = 0
    maturity: Maturity = Maturity.SHORT


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """All debit or all credit balances of an account and maturity. ``account``: as the ledger writes it."""

    account: str
    code: str
    side: Side
    maturity: Maturity
    kopecks: int

    def is_of(self, account: str) -> bool:
        """Whether it is a balance of that account or of a sub-account of it."""
        return self.code == account or self.code.startswith(f"{account}.")


class SheetMistake(msgspec.Struct, frozen=True):
    """Why there is no balance sheet, in the language of the call. ``account``: empty when it is about all of them."""

    account: str
    reason: str


class SheetRefused(Exception):
    """A trial balance that no balance sheet can be made of, with everything that is wrong."""

    def __init__(self, mistakes: list[SheetMistake]) -> None:
        super().__init__("; ".join(mistake.reason for mistake in mistakes))
        self.mistakes = mistakes


def account_code(text: str) -> str:
    """An account as the map writes it: 50.3 is 50.03, 76.ав is 76.AV. Raises BadText for what is no balance account."""
    synthetic, *below = text.strip().upper().split(".")
    if not _SYNTHETIC.fullmatch(synthetic) or not all(_SUB_ACCOUNT.fullmatch(part) for part in below):
        reason = "Счёт «{account}» не читается: ожидается 60 или 60.01; забалансовых счетов в балансе нет."
        raise BadText(0, reason, account=text)
    parts = [synthetic, *(f"0{part}" if _DIGITS.fullmatch(part) else part for part in below)]
    pair = ".".join(parts[:2])
    return ".".join([_VAT_OF_ADVANCES.get(pair.translate(_LOOKALIKES), pair), *parts[2:]])


def read_balances(rows: Iterable[TrialRow]) -> list[Balance]:
    """What there is, in the order of the rows. Raises SheetRefused: unreadable, negative, debit unlike credit."""
    mistakes: list[SheetMistake] = []
    found: dict[tuple[str, Side, Maturity], Balance] = {}
    sums = {Side.DEBIT: 0, Side.CREDIT: 0}
    for row in rows:
        try:
            code = account_code(row.account)
        except BadText as bad:
            mistakes.append(SheetMistake(row.account, bad.reason()))
            code = row.account
        for side, kopecks in ((Side.DEBIT, row.debit_kopecks), (Side.CREDIT, row.credit_kopecks)):
            sums[side] += kopecks
            if kopecks < 0:
                mistakes.append(SheetMistake(row.account, _negative(row.account, kopecks)))
            before = found.get((code, side, row.maturity))
            account, already = (before.account, before.kopecks) if before else (row.account.strip(), 0)
            found[code, side, row.maturity] = Balance(
                account=account, code=code, side=side, maturity=row.maturity, kopecks=already + kopecks
            )
    if sums[Side.DEBIT] != sums[Side.CREDIT]:
        mistakes.append(SheetMistake("", _unequal(sums[Side.DEBIT], sums[Side.CREDIT])))
    if mistakes:
        raise SheetRefused(mistakes)
    return [balance for balance in found.values() if balance.kopecks]


def _negative(account: str, kopecks: int) -> str:
    text = "Счёт {account}: сальдо {amount} отрицательное; запишите его на другой стороне."
    return translated(text, account=account, amount=roubles(kopecks))


def _unequal(debit: int, credit: int) -> str:
    return translated(
        "Дебет {debit} не равен кредиту {credit}: разница {difference}.",
        debit=roubles(debit),
        credit=roubles(credit),
        difference=roubles(debit - credit),
    )
