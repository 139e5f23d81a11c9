"""Receipts, BSO and their corrections: the rules that join several requisites. FFD 3.3, 3.4.

Money is in kopecks. The notes are those of the 1.05 tables; that 1.2 keeps them is inferred.
"""

from collections.abc import Iterator

import msgspec

from accounting.receipts.codes import FfdVersion
from kkt_drivers.ffd.findings import Case, Certainty, Finding, named, roubles
from kkt_drivers.ffd.forms import CORRECTIONS

TENDERS = (1031, 1081, 1215, 1216, 1217)
FLAT_VAT = (1102, 1103, 1104, 1105, 1106, 1107)
VAT_ENTRIES = 1115

_AGENT_DETAILS = (1223, 1224)
_SIGNS_OF_1_05_CORRECTION = (1, 3)
_BY_ORDER = 1
_STUB_SOURCE = "приказ ЕД-7-20/662@ в ред. от 26.03.2025, табл. 11.2"


def check_receipt(case: Case) -> Iterator[Finding]:
    """Total against forms of payment and lines, one taxation system, VAT totals, sending, agents."""
    yield from _check_tenders(case)
    yield from _check_total_of_lines(case)
    yield from _check_taxation(case)
    yield from _check_vat_presence(case)
    yield from _check_internet(case)
    yield from _check_agents(case)


def _check_tenders(case: Case) -> Iterator[Finding]:
    total = case.document.number(1020)
    amounts = [case.document.number(tag) for tag in TENDERS]
    paid = sum(amount or 0 for amount in amounts)
    if total is not None and any(amount is not None for amount in amounts) and paid != total:
        text = f"сумма форм расчёта {roubles(paid)} не равна итогу {roubles(total)}"
        yield case.error("tenders", 1020, text, "1031 + 1081 + 1215 + 1216 + 1217 должны давать 1020")


def _check_total_of_lines(case: Case) -> Iterator[Finding]:
    total = case.document.number(1020)
    lines = [line.number(1043) for line in case.document.all(1059)]
    if total is None or not lines:
        return
    of_lines = sum(amount or 0 for amount in lines)
    if of_lines == total:
        return
    if of_lines // 100 == total // 100:
        text = f"сумма строк {roubles(of_lines)}, итог {roubles(total)}: копейки отброшены"
        yield case.note("total_kopecks", 1020, text, "так бывает, когда итог считает внешняя программа")
    else:
        text = f"сумма строк {roubles(of_lines)} не равна итогу {roubles(total)}"
        yield case.error("total_of_lines", 1020, text, "итог равен сумме 1043; отличаться могут только копейки")


def _check_taxation(case: Case) -> Iterator[Finding]:
    value = case.document.number(1055)
    if value is not None and value.bit_count() != 1:
        text = f"в {named(1055)} {value.bit_count()} признаков ({value:#04x})"
        yield case.error("one_taxation", 1055, text, "в чеке ровно одна система налогообложения")


def _check_vat_presence(case: Case) -> Iterator[Finding]:
    flat = [tag for tag in FLAT_VAT if case.document.find(tag) is not None]
    entries = case.document.find(VAT_ENTRIES)
    if entries is None:
        if not flat:
            text = "нет ни одного итога НДС (1102–1107)"
            yield case.error("vat_totals", 1105, text, "записать итог; без НДС — 1105 с суммой чека")
        return
    if not flat:
        text = "суммы НДС есть только в 1115, а 1104 нет"
        finding = case.error("vat_stub", 1104, text, "добавить 1104 со значением 0; он не печатается")
        yield msgspec.structs.replace(finding, source=_STUB_SOURCE, certainty=Certainty.ONE_SOURCE)
    codes = [entry.number(1199) or 0 for entry in entries.all(1119)]
    if codes != sorted(set(codes)):
        text = f"ставки в 1115 идут как {', '.join(map(str, codes))}"
        yield case.guess("vat_order", VAT_ENTRIES, text, "по одной записи на ставку, по возрастанию 1199")
    if any(1 <= code <= 6 for code in codes):
        text = "в 1115 стоят ставки, у которых есть свои реквизиты 1102–1107"
        yield case.guess("vat_flat", VAT_ENTRIES, text, "коды 1–6 записывать в 1102–1107")


def _check_internet(case: Case) -> Iterator[Finding]:
    if case.document.number(1125) == 1:
        for tag in (1008, 1187):
            if case.document.find(tag) is None:
                text = f"расчёт в «Интернет» (1125 = 1), а реквизита {named(tag)} нет"
                yield case.doubt("internet", tag, text, "с 01.09.2025 указать адрес покупателя и сайт")


def _check_agents(case: Case) -> Iterator[Finding]:
    sign = case.document.number(1057)
    if sign is not None and case.form not in CORRECTIONS and sign.bit_count() != 1:
        text = f"в {named(1057)} {sign.bit_count()} признаков"
        yield case.error("one_agent", 1057, text, "в чеке один признак агента")
    for number, line in enumerate(case.document.all(1059), start=1):
        where = f"1059[{number}]"
        own = line.number(1222)
        if own is not None and own.bit_count() != 1:
            text = f"в {named(1222)} {own.bit_count()} признаков"
            yield case.error("one_agent", 1222, text, "у строки один признак агента", f"{where}/1222")
        if own and line.find(1226) is None:
            text = "у строки агента нет ИНН поставщика (1226)"
            yield case.guess("supplier_inn", 1226, text, "указать ИНН поставщика", f"{where}/1226")
        if own is None and not sign and any(line.find(tag) for tag in _AGENT_DETAILS):
            text = "есть данные агента или поставщика, а признака агента нет"
            yield case.guess("agent_sign", 1222, text, "добавить 1222", f"{where}/1222")


def check_correction(case: Case) -> Iterator[Finding]:
    """What makes a correction: its sign in 1.05, its basis."""
    sign = case.document.number(1054)
    if case.version is FfdVersion.FFD_1_05 and sign is not None and sign not in _SIGNS_OF_1_05_CORRECTION:
        text = f"признак расчёта {sign} в чеке коррекции ФФД 1.05"
        yield case.error("correction_sign", 1054, text, "бывают 1 (приход) и 3 (расход)")
    basis = case.document.find(1174)
    if basis is None:
        return
    settled_on, issued_at = basis.moment(1178), case.document.moment(1012)
    if settled_on and issued_at and settled_on > issued_at:
        text = f"исправляемый расчёт {settled_on:%d.%m.%Y} позже самой коррекции"
        yield case.error("correction_date", 1178, text, "дата расчёта не позже даты чека коррекции", "1174/1178")
    if case.document.number(1173) == _BY_ORDER and not basis.text(1179):
        text = "коррекция по предписанию без номера предписания"
        yield case.error("correction_order", 1179, text, "указать номер предписания (1179)", "1174/1179")
