"""Lengths: one item, the whole document, what the FN takes by 07h. FFD 2; FN protocol 7."""

from collections.abc import Iterator

from kkt_drivers.ffd.composition import Supplier, supplier
from kkt_drivers.ffd.findings import Case, Finding
from kkt_drivers.ffd.forms import FORMS, MAX_ITEM, MAX_ITEM_IN_FRAME, max_size
from kkt_drivers.ffd.tlv import HEAD_SIZE
from kkt_drivers.ffd.tree import encode_node


def passed_by_kkt(case: Case) -> int:
    """Bytes of the document that a KKT hands to the FN with 07h: all but what the FN or the operator writes."""
    return sum(
        len(encode_node(child))
        for child in case.document.children
        if supplier(child.tag, case.form, case.version) is Supplier.KKT
    )


def check_sizes(case: Case) -> Iterator[Finding]:
    """Items, document, and the data of 07h against their limits, in bytes."""
    size = len(encode_node(case.document)) - HEAD_SIZE
    most = max_size(case.form, case.version)
    if size > most:
        text = f"документ занимает {size} байт, можно {most}"
        yield case.error("document_size", int(case.form), text, "разделить на несколько документов")
    limit = FORMS[case.form].max_passed
    passed = passed_by_kkt(case)
    if limit is not None and passed > limit:
        text = f"данные для ФН (07h) занимают {passed} байт, ФН берёт {limit}"
        yield case.error("passed_size", int(case.form), text, "разделить документ или сократить тексты")
    for number, item in enumerate(case.document.all(1059), start=1):
        length = len(encode_node(item)) - HEAD_SIZE
        where = f"1059[{number}]"
        if length > MAX_ITEM:
            text = f"предмет расчета занимает {length} байт, можно {MAX_ITEM}"
            yield case.error("item_size", 1059, text, "сократить наименование и реквизиты строки", where)
        elif length > MAX_ITEM_IN_FRAME:
            text = f"предмет расчета в {length} байт не войдёт в кадр 07h: входит {MAX_ITEM_IN_FRAME}"
            yield case.guess("item_frame", 1059, text, "сократить наименование и реквизиты строки", where)
