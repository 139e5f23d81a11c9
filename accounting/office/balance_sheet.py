"""The Russian balance sheet of a trial balance, full and simplified, each line with what gave it (office domain 8).

A door for statements that come later: a rule only, of which no page and no table of the database knows yet. Balances
are kopecks, lines are thousand roubles (OKEI 384). A column of earlier years is another call with its own trial
balance and the same reporting year, which chooses the standard.

``balance_sheets``  both forms, or SheetRefused with every account that cannot be placed
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from accounting.office.balance_map import (
    ASSETS,
    LIABILITIES,
    BalanceMap,
    Form,
    LineSide,
    MapLine,
    Standard,
    shipped_map,
    standard_of,
)
from accounting.office.obligation_templates import Certainty
from accounting.office.rounding import half_up
from accounting.office.trial_balance import (
    Balance,
    Maturity,
    SheetMistake,
    SheetRefused,
    Side,
    TrialRow,
    read_balances,
)
from accounting.receipts.wording import roubles, translated

THOUSAND_ROUBLES_KOPECKS: Final = 100_000
_SIGN_IN_ASSETS: Final = {Side.DEBIT: 1, Side.CREDIT: -1}
_SIGN_OF_LINE: Final = {LineSide.ASSET: 1, LineSide.LIABILITY: -1}
_LESS_AND_LESS_CERTAIN: Final = (Certainty.HIGH, Certainty.MEDIUM, Certainty.LOW)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What a balance gave a line: ``kopecks`` is negative where it is subtracted."""

    account: str
    side: Side
    maturity: Maturity
    kopecks: int


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """What another line gave a line, thousand roubles."""

    code: str
    thousands: int


class SheetLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line with its story. ``thousands`` of a line that adds up others is the sum of theirs, rounded as they are.

    ``code`` is what is printed, ``map_code`` what the map calls the line: they differ where a line of the simplified
    form takes the code of the largest that it joins. ``taken``: every balance in it; their sum is ``kopecks``.
    """

    code: str
    map_code: str
    name: str
    name_en: str
    section: str
    side: LineSide
    certainty: Certainty
    source: str
    notes: str
    notes_en: str
    kopecks: int
    thousands: int
    taken: tuple[Taken, ...]
    joined: tuple[Joined, ...]

    @property
    def rounding_difference(self) -> int:
        """By how many thousands the sum of rounded lines differs from the rounded sum: at most one a line."""
        return self.thousands - half_up(self.kopecks, THOUSAND_ROUBLES_KOPECKS)

    @property
    def printed(self) -> str:
        """Thousand roubles as the form wants them: a negative value in brackets, nothing as a dash."""
        if self.thousands == 0:
            return "-"
        return f"({-self.thousands})" if self.thousands < 0 else str(self.thousands)


class BalanceSheet(msgspec.Struct, frozen=True, kw_only=True):
    """One form. 1600 and 1700 are equal to the kopeck; in thousands they may differ by rounding, which is shown."""

    form: Form
    standard: Standard
    lines: tuple[SheetLine, ...]

    def line(self, code: str) -> SheetLine:
        """The line with that printed code. Raises KeyError."""
        return {line.code: line for line in self.lines}[code]

    @property
    def rounding_difference(self) -> int:
        """1600 less 1700, thousand roubles."""
        return self.line(ASSETS).thousands - self.line(LIABILITIES).thousands

    def unconfirmed(self) -> list[SheetLine]:
        """Lines with a value whose rule a person should look at: they, or a line in them, are not certain."""
        return [line for line in self.lines if line.taken and line.certainty is not Certainty.HIGH]


class BalanceSheets(msgspec.Struct, frozen=True, kw_only=True):
    """Both forms of the same trial balance."""

    full: BalanceSheet
    simplified: BalanceSheet


def balance_sheets(rows: Iterable[TrialRow], reporting_year: int, rules: BalanceMap | None = None) -> BalanceSheets:
    """Both forms. Raises SheetRefused: what ``read_balances`` refuses, and balances taken by no line or by several."""
    rules = rules or shipped_map()
    standard = standard_of(reporting_year)
    balances = read_balances(rows)
    lines = rules.of(Form.FULL, standard)
    if mistakes := [mistake for balance in balances if (mistake := _misplaced(balance, lines))]:
        raise SheetRefused(mistakes)
    full: dict[str, SheetLine] = {}
    for line in lines:
        full[line.code] = _adding(line, full) if line.joined() else _taking(line, balances)
    simplified: dict[str, SheetLine] = {}
    for line in rules.of(Form.SIMPLIFIED, standard):
        simplified[line.code] = _adding(line, simplified if line.side is LineSide.TOTAL else full)
    _refuse_unequal(full, simplified)
    return BalanceSheets(
        full=BalanceSheet(form=Form.FULL, standard=standard, lines=tuple(full.values())),
        simplified=BalanceSheet(form=Form.SIMPLIFIED, standard=standard, lines=tuple(simplified.values())),
    )


def _times(line: MapLine, balance: Balance) -> int:
    """How often a line adds a balance: 0 where it does not take it, or takes it back."""
    return sum(part.sign for part in line.accounts() if part.takes(balance))


def _misplaced(balance: Balance, lines: Iterable[MapLine]) -> SheetMistake | None:
    """A balance must raise assets over liabilities by itself, once: what is taken away on one side counts as well."""
    takers = [line for line in lines if line.side is not LineSide.TOTAL and _times(line, balance)]
    if sum(_SIGN_OF_LINE[line.side] * _times(line, balance) for line in takers) == _SIGN_IN_ASSETS[balance.side]:
        return None
    if balance.side is Side.DEBIT:
        none = "Счёт {account}: дебетовое сальдо {amount} не попадает ни в одну строку."
        several = "Счёт {account}: дебетовое сальдо {amount} взято не один раз, строки {codes}."
    else:
        none = "Счёт {account}: кредитовое сальдо {amount} не попадает ни в одну строку."
        several = "Счёт {account}: кредитовое сальдо {amount} взято не один раз, строки {codes}."
    codes = ", ".join(line.code for line in takers)
    reason = translated(
        several if takers else none, account=balance.account, amount=roubles(balance.kopecks), codes=codes
    )
    return SheetMistake(balance.account, reason)


def _taking(line: MapLine, balances: Iterable[Balance]) -> SheetLine:
    taken = tuple(
        Taken(account=one.account, side=one.side, maturity=one.maturity, kopecks=times * one.kopecks)
        for one in balances
        if (times := _times(line, one))
    )
    kopecks = sum(one.kopecks for one in taken)
    return _made(line, line.code, line.certainty, half_up(kopecks, THOUSAND_ROUBLES_KOPECKS), taken, ())


def _adding(line: MapLine, above: Mapping[str, SheetLine]) -> SheetLine:
    """A line of lines: rounded values are added, and what gave them is told again."""
    parts = [(part.sign, above[part.code]) for part in line.joined() if part.code in above]
    taken: dict[tuple[str, Side, Maturity], int] = {}
    for sign, other in parts:
        for one in other.taken:
            key = (one.account, one.side, one.maturity)
            taken[key] = taken.get(key, 0) + sign * one.kopecks
    code, certainty = line.code, line.certainty
    if line.side is not LineSide.TOTAL:
        code = _largest(line, [other for _, other in parts])
        certainty = max(
            [certainty, *(other.certainty for _, other in parts if other.taken)], key=_LESS_AND_LESS_CERTAIN.index
        )
    return _made(
        line,
        code,
        certainty,
        sum(sign * other.thousands for sign, other in parts),
        tuple(
            Taken(account=account, side=side, maturity=maturity, kopecks=kopecks)
            for (account, side, maturity), kopecks in taken.items()
            if kopecks
        ),
        tuple(Joined(code=other.code, thousands=sign * other.thousands) for sign, other in parts if other.taken),
    )


def _largest(line: MapLine, joined: list[SheetLine]) -> str:
    """The code of the largest line, whatever its sign; that of the map where it is among the largest."""
    most = max((abs(other.kopecks) for other in joined), default=0)
    codes = [other.code for other in joined if abs(other.kopecks) == most]
    return line.code if most == 0 or line.code in codes else codes[0]


def _made(
    line: MapLine,
    code: str,
    certainty: Certainty,
    thousands: int,
    taken: tuple[Taken, ...],
    joined: tuple[Joined, ...],
) -> SheetLine:
    return SheetLine(
        code=code,
        map_code=line.code,
        name=line.name,
        name_en=line.name_en,
        section=line.section,
        side=line.side,
        certainty=certainty,
        source=line.source,
        notes=line.notes,
        notes_en=line.notes_en,
        kopecks=sum(one.kopecks for one in taken),
        thousands=thousands,
        taken=taken,
        joined=joined,
    )


def _refuse_unequal(*forms: Mapping[str, SheetLine]) -> None:
    """A map whose totals leave a line out is found here: the balances themselves are equal by now."""
    mistakes = []
    for form in forms:
        assets, liabilities = form[ASSETS].kopecks, form[LIABILITIES].kopecks
        if assets != liabilities:
            text = "Строка 1600 — {assets}, строка 1700 — {liabilities}: итоги не складывают все строки."
            reason = translated(text, assets=roubles(assets), liabilities=roubles(liabilities))
            mistakes.append(SheetMistake("", reason))
    if mistakes:
        raise SheetRefused(mistakes)
