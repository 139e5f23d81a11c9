"""Shift closing, settlements report, operator confirmation: requisites that belong together. FFD 3.5, 3.6, 3.8."""

from collections.abc import Iterator

from kkt_drivers.ffd.findings import Case, Finding, named

_OPENING_AND_CLOSING = 2


def check_shift_closing(case: Case) -> Iterator[Finding]:
    """Counts of the shift, and what goes with unsent documents."""
    receipts, documents = case.document.number(1118), case.document.number(1111)
    if receipts is not None and documents is not None and documents < receipts + _OPENING_AND_CLOSING:
        text = f"документов за смену {documents}, а чеков {receipts} и ещё открытие и закрытие"
        yield case.guess("counts", 1111, text, "1111 считает все документы смены")
    totals = case.document.find(1194)
    counted = None if totals is None else totals.number(1134)
    if receipts is not None and counted is not None and counted != receipts:
        text = f"чеков за смену {receipts} (1118), а в счётчиках {counted} (1194/1134)"
        yield case.guess("counts", 1118, text, "оба числа считает ФН; они должны быть равны")
    yield from _check_unsent(case, (1098,))


def check_settlements_report(case: Case) -> Iterator[Finding]:
    """A network KKT tells of unsent documents, an autonomous one of its mode."""
    if case.document.find(1097) is None and case.document.number(1002) != 1:
        text = f"нет ни {named(1097)}, ни {named(1002)} = 1"
        yield case.error("mode", 1097, text, "при передаче данных — 1097, в автономном режиме — 1002")
    yield from _check_unsent(case, (1116, 1098))


def _check_unsent(case: Case, tags: tuple[int, ...]) -> Iterator[Finding]:
    unsent = case.document.number(1097)
    for tag in tags:
        if unsent and case.document.find(tag) is None:
            text = f"не передано документов: {unsent}, а {named(tag)} нет"
            yield case.error("unsent", tag, text, "указать первый непереданный документ")
    first, issued_at = case.document.moment(1098), case.document.moment(1012)
    if unsent and first and issued_at and first.date() > issued_at.date():
        text = f"первый непереданный документ {first:%d.%m.%Y} позже отчёта"
        yield case.error("unsent_date", 1098, text, "дата не позже 1012")


def check_confirmation(case: Case) -> Iterator[Finding]:
    """The operator's message begins with its code."""
    message = case.document.find(1068)
    if message is None:
        return
    if message.number(1022):
        text = f"оператор не принял документ: код {message.number(1022)}"
        yield case.note("not_accepted", 1022, text, "найти причину у оператора; документ остаётся в ФН", "1068/1022")
