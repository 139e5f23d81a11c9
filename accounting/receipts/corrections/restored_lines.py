"""Lines of drafts and of registered receipts, side by side (receipt rules 6.3 [I]): equal, lacking, added up."""

from collections import Counter
from collections.abc import Hashable, Sequence

import msgspec

from accounting.receipts.consolidate import MAX_CONSOLIDATED_PARTS, Limits, split_by_limits
from accounting.receipts.draft import Line, Sheet, by_service_rate, cut, merge_key
from accounting.receipts.model import Agent, Receipt, ReceiptLine
from accounting.receipts.outcome import ComputedReceipt
from accounting.receipts.policy import ConsolidatedLines, Policies


def compared(document: Sheet | Receipt) -> Hashable:
    """What makes two receipts equal: 1054, 1055, forms, and their lines in any order by the tags that 6.3 names."""
    if isinstance(document, Sheet):
        forms = [msgspec.structs.astuple(line.forms) for line in document.lines]
        lines = [
            (line.amount_kopecks, line.method, line.subject, line.code, *_agent_tags(_agent(line)))
            for line in document.lines
        ]
        return (document.head.sign, document.taxation, _sums(forms), _in_any_order(lines))
    lines_ = [
        (line.sum_kopecks, line.method, line.subject, line.vat_code, *_agent_tags(line.agent))
        for line in document.lines
    ]
    return (document.sign, document.taxation, msgspec.structs.astuple(document.tenders), _in_any_order(lines_))


def _in_any_order(lines: Sequence[tuple[object, ...]]) -> Hashable:
    return frozenset(Counter(lines).items())


def _sums(forms: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip(*forms, strict=True))


def _agent(line: Line) -> Agent | None:
    return line.service.agent if line.service is not None else None


def _agent_tags(agent: Agent | None) -> tuple[int, str]:
    return (agent.sign, agent.supplier_inn) if agent is not None else (0, "")


def turnover(document: Sheet | Receipt) -> "Counter[int]":
    """Sums of the lines by VAT code, kopecks."""
    found: Counter[int] = Counter()
    if isinstance(document, Sheet):
        for line in document.lines:
            found[line.code] += line.amount_kopecks
    else:
        for printed in document.lines:
            found[printed.vat_code or 0] += printed.sum_kopecks
    return found


def lacking(sheets: Sequence[Sheet], issued: Sequence[ComputedReceipt], policies: Policies) -> list[Sheet] | None:
    """What the issued consolidated documents lack of the replay's; None when they hold anything else.

    Compared by account, service, period, 1214, 1212, 1199, 1222, 1226 (rules 6.3 [I]), apart by sign, regime and
    register group. What remains is split by the limits like any consolidated receipt.
    """
    there: Counter[Hashable] = Counter()
    for document in issued:
        for printed in document.receipt.lines:
            there[_printed_key(document, printed)] += printed.sum_kopecks
    groups: dict[Hashable, tuple[Sheet, list[Line]]] = {}
    for sheet in sheets:
        for line in sheet.lines:
            rest = _without(line, there, _drafted_key(sheet, line))
            if rest is not None:
                kind = (sheet.head.sign, sheet.taxation, sheet.register_group)
                groups.setdefault(kind, (sheet, []))[1].append(rest)
    if any(there.values()):
        return None
    found: list[Sheet] = []
    for first, lines in groups.values():
        found.extend(_split(first, lines, policies))
    return found


def _without(line: Line, there: "Counter[Hashable]", key: Hashable) -> Line | None:
    """The line less what was issued of it; None when all of it was."""
    issued = min(there[key], line.amount_kopecks)
    there[key] -= issued
    if issued == line.amount_kopecks:
        return None
    return cut(line, issued)[1] if issued else line


def _split(first: Sheet, lines: list[Line], policies: Policies) -> list[Sheet]:
    by_account = policies.consolidated_lines is ConsolidatedLines.PER_ACCOUNT
    key = merge_key if by_account else by_service_rate
    blocks: dict[str | None, list[Line]] = {}
    for line in lines:
        blocks.setdefault(line.account, []).append(line)
    limits = Limits(policies.max_lines, policies.max_sum, max_parts=MAX_CONSOLIDATED_PARTS)
    parts = split_by_limits(blocks.values(), limits, key)
    return [
        msgspec.structs.replace(first, lines=part, part=f"{number}/{len(parts)}" if len(parts) > 1 else None)
        for number, part in enumerate(parts, 1)
    ]


def _drafted_key(sheet: Sheet, line: Line) -> Hashable:
    service = line.service.id if line.service is not None else None
    kind = (sheet.head.sign, sheet.taxation, sheet.register_group)
    return (*kind, line.account, service, line.period, line.method, line.subject, line.code, *_agent_tags(_agent(line)))


def _printed_key(document: ComputedReceipt, line: ReceiptLine) -> Hashable:
    receipt = document.receipt
    kind = (receipt.sign, receipt.taxation, document.register_group)
    tags = (line.method, line.subject, line.vat_code, *_agent_tags(line.agent))
    return (*kind, line.account, line.service, line.period, *tags)
