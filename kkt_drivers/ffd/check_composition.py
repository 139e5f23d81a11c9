"""Which requisites are there, and which may be: the obligation tables, for the document and every structure in it."""

from collections import Counter
from collections.abc import Iterator

from accounting.receipts.codes import FfdVersion
from kkt_drivers.ffd.composition import Obligation, Rule, Supplier, composition, places_of, supplier
from kkt_drivers.ffd.findings import Case, Finding, named, walk
from kkt_drivers.ffd.forms import VERSION_NAMES
from kkt_drivers.ffd.tags import TAGS
from kkt_drivers.ffd.tree import Node

MISSING = "missing"

REPEATABLE = frozenset((1059, 1073, 1074, 1075, 1101, 1119, 1171, 1260, 1261))
"""Tags that may stand several times in one place (FFD 1)."""

_WHO = {
    Supplier.KKT: "ККТ передаёт его командой 07h",
    Supplier.FN: "его пишет ФН",
    Supplier.OFD: "его пишет оператор",
}


def check_composition(case: Case) -> Iterator[Finding]:
    """Missing, foreign, printed-only and repeated requisites."""
    yield from _check_place(case, case.document, "")
    for node, path in walk(case.document):
        if isinstance(node.value, tuple):
            yield from _check_place(case, node, path)


def _check_place(case: Case, place: Node, path: str) -> Iterator[Finding]:
    rules = composition(place.tag, case.version)
    if not rules:
        return  # a structure of another version: its own tag is what is wrong
    prefix = f"{path}/" if path else ""
    counts = Counter(child.tag for child in place.children)
    for tag, rule in rules.items():
        if rule.obligation is Obligation.MANDATORY and tag not in counts:
            yield _missing(case, place, tag, prefix)
    for tag, count in counts.items():
        where = f"{prefix}{tag}"
        if count > 1 and tag not in REPEATABLE:
            text = f"реквизит {named(tag)} повторён {count} раза"
            yield case.error("repeated", tag, text, "оставить один", where)
        found = rules.get(tag)
        if found is None:
            yield _foreign(case, place, tag, where)
        elif found.obligation is Obligation.PRINTED:
            text = f"реквизит {named(tag)} бывает только в печатной форме"
            yield case.guess("printed_only", tag, text, "не передавать его в ФН", where)


def _missing(case: Case, place: Node, tag: int, prefix: str) -> Finding:
    text = f"нет обязательного реквизита {named(tag)}"
    if place is case.document:
        advice = f"добавить: {_WHO[supplier(tag, case.form, case.version)]}"
    else:
        advice = f"добавить в структуру {named(place.tag)}"
    # Later versions are known from one source; what 1.05 demands too is certain.
    sure = case.old or _mandatory_in_1_05(place.tag, tag)
    return (case.error if sure else case.doubt)(MISSING, tag, text, advice, f"{prefix}{tag}")


def _mandatory_in_1_05(place: int, tag: int) -> bool:
    rule: Rule | None = composition(place, FfdVersion.FFD_1_05).get(tag)
    return rule is not None and rule.obligation is Obligation.MANDATORY


def _foreign(case: Case, place: Node, tag: int, where: str) -> Finding:
    info = TAGS.get(tag)
    if info is None:
        return case.note("unknown", tag, f"тег {tag} неизвестен", "сохранён как есть; проверить, чей он", where)
    version = VERSION_NAMES[case.version]
    here = "документе этой формы" if place is case.document else f"структуре {place.tag}"
    text = f"реквизита {named(tag)} в {here} по ФФД {version} нет"
    if info.one_source:
        return case.doubt("foreign", tag, text, "этот реквизит известен из одного источника", where)
    versions = [VERSION_NAMES[other] for other in FfdVersion if place.tag in places_of(tag, other)]
    advice = f"он бывает здесь в ФФД {', '.join(versions)}" if versions else "убрать его"
    # Withdrawn requisites still come from old devices; the 1.1 and 1.2 tables are known from one source.
    known_elsewhere = any(places_of(tag, other) for other in FfdVersion)
    return (case.error if case.old and known_elsewhere else case.doubt)("foreign", tag, text, advice, where)
