"""Bulk restoration (receipt rules 6.3 [I]): a replay of past events against the receipts that were issued for them.

``differences`` tells what is missing and what changed, ``plan_restoration`` turns that into documents. Both are pure:
the replay itself has happened before, its receipts come in as drafts.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from accounting.receipts.books import MerchantRules
from accounting.receipts.codes import FfdVersion, SettlementSign
from accounting.receipts.corrections.corrector import KEY_PREFIX, Corrector, Draft
from accounting.receipts.corrections.restored_lines import compared, lacking, turnover
from accounting.receipts.draft import Head, Sheet
from accounting.receipts.issued import IssuedReceipt
from accounting.receipts.policy import RestorationGranularity

_RETURNS = frozenset({SettlementSign.INCOME_RETURN, SettlementSign.EXPENSE_RETURN})


class Group(NamedTuple):
    """What is compared as a whole: an event's receipts of one account, or its consolidated ones."""

    event_key: str
    account: str | None
    is_consolidated: bool


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """What a group lacks, and what of it was issued wrong with what should stand there.

    Only one of the two: ``missing`` alone, or ``wrong`` with ``right`` (empty when nothing should have been issued).
    """

    group: Group
    missing: tuple[Sheet, ...] = ()
    wrong: tuple[IssuedReceipt, ...] = ()
    right: tuple[Sheet, ...] = ()


def differences(
    replayed: Sequence[Sheet], issued: Sequence[IssuedReceipt], events: Sequence[str], rules: MerchantRules
) -> list[Difference]:
    """Differences by event in the order of ``events`` (keys of the replay), inside it in the order of the replay.

    Equal receipts drop out in pairs; quarantined ones count as never issued. A receipt that an earlier restoration made
    for an event counts as issued for it.
    """
    groups: dict[Group, tuple[list[Sheet], list[IssuedReceipt]]] = {}
    for sheet in replayed:
        head = sheet.head
        groups.setdefault(Group(head.event_key, head.account, head.consolidated is not None), ([], []))[0].append(sheet)
    for receipt in issued:
        document = receipt.document
        group = Group(document.event_key.removeprefix(KEY_PREFIX), document.account, document.consolidated is not None)
        if not receipt.quarantined:
            groups.setdefault(group, ([], []))[1].append(receipt)
    place = {key: number for number, key in enumerate(events)}
    known = sorted((group for group in groups if group.event_key in place), key=lambda group: place[group.event_key])
    found = [_difference(group, *groups[group], rules) for group in known]
    return [difference for difference in found if difference.missing or difference.wrong]


def _difference(group: Group, replayed: list[Sheet], issued: list[IssuedReceipt], rules: MerchantRules) -> Difference:
    sheets, receipts = _without_pairs(replayed, issued)
    if not receipts:
        return Difference(group=group, missing=tuple(sheets))
    if group.is_consolidated and sheets:
        rest = lacking(sheets, [receipt.document for receipt in receipts], rules.policies)
        if rest is not None:
            return Difference(group=group, missing=tuple(rest))
    return Difference(group=group, wrong=tuple(receipts), right=tuple(sheets))


def _without_pairs(replayed: list[Sheet], issued: list[IssuedReceipt]) -> tuple[list[Sheet], list[IssuedReceipt]]:
    left = list(issued)
    sheets = []
    for sheet in replayed:
        face = compared(sheet)
        same = next((receipt for receipt in left if compared(receipt.document.receipt) == face), None)
        if same is None:
            sheets.append(sheet)
        else:
            left.remove(same)
    return sheets, left


def totals_agree(found: Sequence[Difference], settled_on: Mapping[str, date]) -> bool:
    """Whether issued and missing lines together give those of the replay, by month of settlement and VAT code.

    What is missing stands on both sides, and so do pairs that dropped out: only changed documents decide. Returns count
    as negative.
    """
    balance: Counter[tuple[str, int]] = Counter()
    for difference in found:
        for receipt in difference.wrong:
            document = receipt.document.receipt
            _add(balance, document.sign, turnover(document), receipt.settlement_day(), 1)
        for sheet in difference.right:
            _add(balance, sheet.head.sign, turnover(sheet), settled_on[difference.group.event_key], -1)
    return not any(balance.values())


def _add(
    balance: "Counter[tuple[str, int]]", sign: SettlementSign, codes: Mapping[int, int], day: date, side: int
) -> None:
    for code, amount in codes.items():
        balance[f"{day:%Y-%m}", code] += side * (-amount if sign in _RETURNS else amount)


def plan_restoration(
    rules: MerchantRules,
    corrector: Corrector,
    found: Sequence[Difference],
    settled_on: Mapping[str, date],
    used_keys: set[str],
) -> list[Draft]:
    """The documents of a restoration, in order. Keys in ``used_keys`` produce nothing; those produced are added.

    ``settled_on``: the day of each replayed event. Changed documents stay as they are when the totals agree and
    ``restore_only_missing`` allows it.
    """
    keep_changed = rules.policies.restore_only_missing and totals_agree(found, settled_on)
    by_day = (
        rules.ffd is FfdVersion.FFD_1_05
        and rules.policies.restoration_granularity is RestorationGranularity.PER_DAY_TOTAL
    )
    before = frozenset(used_keys)
    documents: list[Draft] = []
    days = _DayTotals(found, settled_on, before) if by_day else None
    for difference in found:
        event_key = difference.group.event_key
        key = f"{KEY_PREFIX}{event_key}"
        if key in before or (difference.wrong and keep_changed):
            continue
        day = settled_on[event_key]
        for sheet in difference.missing:
            if days is not None and sheet.head.sign is SettlementSign.INCOME:
                total = days.take(sheet, day)
                if total is not None:
                    documents.extend(corrector.missing(total, total.head.event_key, day))
                    used_keys.add(total.head.event_key)
                continue
            documents.extend(corrector.missing(sheet, key, day))
            used_keys.add(key)
        for receipt in difference.wrong:
            documents.append(corrector.reversing(receipt, key))
            used_keys.add(key)
        documents.extend(
            corrector.right(sheet, key, day, difference.wrong[0].fiscal_sign) for sheet in difference.right
        )
    return documents


class _DayTotals:
    """Missing receipts of a day as one (``per_day_total``): given out at the place of the first."""

    def __init__(self, found: Sequence[Difference], settled_on: Mapping[str, date], used: frozenset[str]) -> None:
        self._used = used
        self._sheets: dict[tuple[date, int, str, str | None], list[Sheet]] = {}
        for difference in found:
            if f"{KEY_PREFIX}{difference.group.event_key}" in used:
                continue
            day = settled_on[difference.group.event_key]
            for sheet in difference.missing:
                if sheet.head.sign is SettlementSign.INCOME:
                    self._sheets.setdefault(self._kind(sheet, day), []).append(sheet)

    @staticmethod
    def _kind(sheet: Sheet, day: date) -> tuple[date, int, str, str | None]:
        return (day, sheet.taxation, sheet.register_group, sheet.head.consolidated)

    def take(self, sheet: Sheet, day: date) -> Sheet | None:
        """The day's receipts of this kind in one; None when they are out already, or the day's key was used before."""
        sheets = self._sheets.pop(self._kind(sheet, day), None)
        key = f"{KEY_PREFIX}{day}"
        if sheets is None or key in self._used:
            return None
        head = Head(event_key=key, account=None, consolidated=sheet.head.consolidated)
        lines = tuple(line for one in sheets for line in one.lines)
        return Sheet(head=head, lines=lines, taxation=sheet.taxation, register_group=sheet.register_group)
