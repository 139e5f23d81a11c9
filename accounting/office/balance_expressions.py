"""The column ``expression`` of the map of the balance sheet: what a line is made of (office domain 8.2).

    D(60)  debit balances of an account and its sub-accounts, never netted    C(60)  credit balances
    DL CL  the part settled after more than twelve months                     DS CS  the rest
    N(16)  debit minus credit    L(1150)  a line of the full form    SUM(1100,1200)  lines of the own form    0  nothing

Terms are added and subtracted: ``D(01)-C(02)+C(02.02)``.
"""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from accounting.office.mistakes import BadText
from accounting.office.trial_balance import Balance, Maturity, Side, account_code

_TERM: Final = re.compile(r"\s*([+-]?)\s*(?:(0)|(SUM|L|[DC][LS]?|N)\(([^()]*)\))\s*")
_LINE_CODE: Final = re.compile("[0-9]{4}")
_SIDES: Final = {"D": Side.DEBIT, "C": Side.CREDIT}
_MATURITIES: Final = {"L": Maturity.LONG, "S": Maturity.SHORT, "": None}


class OfAccount(msgspec.Struct, frozen=True):
    """Balances of an account on one side. ``sign``: 1 or -1. ``maturity``: None takes both."""

    sign: int
    account: str
    side: Side
    maturity: Maturity | None = None

    def takes(self, balance: Balance) -> bool:
        """Whether that balance is one of them."""
        return (
            balance.side is self.side and self.maturity in (None, balance.maturity) and balance.is_of(self.account)
        )  # fmt: skip


class OfLine(msgspec.Struct, frozen=True):
    """The value of another line: of the full form (``L``), or of the own one (``SUM``)."""

    sign: int
    code: str
    of_full: bool


Part = OfAccount | OfLine


def parse_expression(text: str) -> tuple[Part, ...]:
    """The parts in their order. Raises BadText with the place of what is no expression."""
    parts: list[Part] = []
    position = 0
    if not text.strip():
        raise BadText(0, "Здесь пусто.")
    while position < len(text):
        found = _TERM.match(text, position)
        if found is None or (position and not found[1]):
            reason = "Непонятно «{text}»: ожидаются через + и - D, C, N, DL, DS, CL, CS, L, SUM со скобками или 0."
            raise BadText(position, reason, text=text[position:])
        if not found[2]:
            parts.extend(_parts(-1 if found[1] == "-" else 1, found[3], found[4], found.start(4)))
        position = found.end()
    return tuple(parts)


def _parts(sign: int, function: str, inside: str, position: int) -> Iterator[Part]:
    match function:
        case "SUM":
            for code in inside.split(","):
                yield OfLine(sign, _line_code(code, position), of_full=False)
        case "L":
            yield OfLine(sign, _line_code(inside, position), of_full=True)
        case "N":
            account = _account(inside, position)
            yield OfAccount(sign, account, Side.DEBIT)
            yield OfAccount(-sign, account, Side.CREDIT)
        case _:
            yield OfAccount(sign, _account(inside, position), _SIDES[function[0]], _MATURITIES[function[1:]])


def _account(text: str, position: int) -> str:
    try:
        return account_code(text)
    except BadText as bad:
        raise bad.at(position) from None


def _line_code(text: str, position: int) -> str:
    code = text.strip()
    if not _LINE_CODE.fullmatch(code):
        raise BadText(position, "«{code}» — не код строки: в нём четыре цифры.", code=text)
    return code
