"""Counters of a shift, of an FN and of unsent documents, FFD 1.1 and 1.2: do the numbers inside agree? FFD 3.5.

  1157 ФН, 1194 смена:        1134 all = 1135 of 1129..1132 + 1144 of 1133
  1129..1132 by sign:         1201 total = 1136 + 1138 + 1218 + 1219 + 1220
  1133 corrections, 1158:     1144 count = 1135 of 1145, 1232, 1146, 1233

When a count is 0 its amounts may be left out.
"""

from collections.abc import Iterator

from kkt_drivers.ffd.findings import Case, Finding, named, roubles, walk
from kkt_drivers.ffd.tree import Node

_OPERATIONS = (1129, 1130, 1131, 1132)
_CORRECTIONS = (1145, 1232, 1146, 1233)
_FORMS_OF_PAYMENT = (1136, 1138, 1218, 1219, 1220)


def check_counters(case: Case) -> Iterator[Finding]:
    """Every counter structure of the document."""
    for node, path in walk(case.document):
        if node.tag in (1157, 1194):
            yield from _check_totals(case, node, path)
        elif node.tag in (1133, 1158) and node.children:
            yield from _check_count(case, node, path, (1144, _CORRECTIONS))
        elif node.tag in _OPERATIONS:
            yield from _check_amounts(case, node, path)


def _check_totals(case: Case, node: Node, path: str) -> Iterator[Finding]:
    known = node.number(1134)
    corrections = node.find(1133)
    counted = _counted(node, _OPERATIONS) + ((corrections.number(1144) or 0) if corrections is not None else 0)
    if known is not None and any(node.find(tag) for tag in (*_OPERATIONS, 1133)) and known != counted:
        text = f"{named(1134)} — {known}, а по признакам расчёта {counted}"
        yield case.guess("counters", 1134, text, "счётчики ведёт ФН: показать документ изготовителю ФН", f"{path}/1134")


def _check_count(case: Case, node: Node, path: str, tags: tuple[int, tuple[int, ...]]) -> Iterator[Finding]:
    tag, parts = tags
    known, counted = node.number(tag), _counted(node, parts)
    if known is not None and any(node.find(part) for part in parts) and known != counted:
        text = f"{named(tag)} — {known}, а по признакам расчёта {counted}"
        yield case.guess("counters", tag, text, "счётчики ведёт ФН: показать документ изготовителю ФН", f"{path}/{tag}")


def _counted(node: Node, tags: tuple[int, ...]) -> int:
    return sum((child.number(1135) or 0) for tag in tags for child in node.all(tag))


def _check_amounts(case: Case, node: Node, path: str) -> Iterator[Finding]:
    total = node.number(1201)
    parts = [node.number(tag) for tag in _FORMS_OF_PAYMENT]
    paid = sum(part or 0 for part in parts)
    if total is not None and any(part is not None for part in parts) and total != paid:
        text = f"{named(1201)} — {roubles(total)}, а по формам расчёта {roubles(paid)}"
        yield case.guess("counters", 1201, text, "счётчики ведёт ФН: показать документ изготовителю ФН", f"{path}/1201")
