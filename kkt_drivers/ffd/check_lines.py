"""Lines of a receipt: price by quantity, VAT of a line, product codes; and VAT totals against the lines. FFD 3.3.

Money is in kopecks; VAT of an amount is rounded half up, as ``accounting.receipts.vat`` says.
"""

from collections.abc import Iterator
from datetime import date

from accounting.receipts.codes import VatCode
from accounting.receipts.vat import rate_of, tax_plain, total_tag
from kkt_drivers.ffd.check_receipt import VAT_ENTRIES
from kkt_drivers.ffd.findings import Case, Finding, named, roubles
from kkt_drivers.ffd.forms import CORRECTIONS
from kkt_drivers.ffd.meanings import meaning
from kkt_drivers.ffd.tree import Node

_TURNOVER = (VatCode.VAT_0, VatCode.NO_VAT)
_EPOCH = date(1970, 1, 1)
_WANTED = (1030, 1079, 1023, 1199, 1214)
_WANTED_IN_1_2 = (1212, 1214, 2108)


def check_lines(case: Case) -> Iterator[Finding]:
    """Every 1059 by itself."""
    if not case.document.all(1059) and not (case.old and case.form in CORRECTIONS):
        return  # the composition says that they are missing
    for number, line in enumerate(case.document.all(1059), start=1):
        where = f"1059[{number}]"
        yield from _check_wanted(case, line, where)
        yield from _check_sum(case, line, where)
        yield from _check_tax(case, line, where)
        code = line.find(1163)
        if code is not None and len(code.children) != 1:
            text = f"в коде товара {len(code.children)} значений"
            yield case.doubt("product_code", 1163, text, "в 1163 ровно один код (1300–1325)", f"{where}/1163")


def _check_wanted(case: Case, line: Node, where: str) -> Iterator[Finding]:
    """Conditional requisites that a usual line has; a 1.05 correction may leave out any."""
    if case.old and case.form in CORRECTIONS:
        return
    wanted = _WANTED if case.old else (*_WANTED, *_WANTED_IN_1_2)
    for tag in dict.fromkeys(wanted):
        if line.find(tag) is None:
            text = f"в строке нет {named(tag)}"
            yield case.guess("line_requisite", tag, text, "обычная строка его содержит", f"{where}/{tag}")


def _check_sum(case: Case, line: Node, where: str) -> Iterator[Finding]:
    price, quantity, amount = line.number(1079), line.quantity(1023), line.number(1043)
    if price is None or quantity is None or amount is None:
        return
    if abs(price * quantity - amount) > 1:
        text = f"{roubles(price)} × {quantity:f} — не {roubles(amount)}"
        yield case.error("line_sum", 1043, text, "1043 = 1079 × 1023 с точностью до копейки", f"{where}/1043")


def _check_tax(case: Case, line: Node, where: str) -> Iterator[Finding]:
    code, tax, amount = _vat_code(line), line.number(1200), line.number(1043)
    if code is None or tax is None or amount is None:
        return
    expected = tax_plain(amount, rate_of(code, _day(case)))
    if abs(expected - tax) > 1:
        text = f"НДС строки {roubles(tax)}, а по ставке {meaning(1199, code)} выходит {roubles(expected)}"
        yield case.guess("line_vat", 1200, text, "пересчитать НДС строки", f"{where}/1200")


def check_vat_totals(case: Case) -> Iterator[Finding]:
    """Each code of the lines has its total, each total its lines, and the amounts agree."""
    lines = [line for line in case.document.all(1059) if _vat_code(line) is not None]
    if not lines or len(lines) != len(case.document.all(1059)):
        return  # without the codes of all lines nothing can be said
    given = _given_totals(case.document)
    sums: dict[VatCode, list[int]] = {}
    for line in lines:
        code = _vat_code(line)
        if code is not None:
            sums.setdefault(code, []).append(line.number(1043) or 0)
    dropped = max(0, sum(map(sum, sums.values())) - (case.document.number(1020) or 0))
    for code, amounts in sorted(sums.items()):
        tag = total_tag(code)
        if code not in given:
            text = f"в строках есть ставка {meaning(1199, code)}, а её итога нет"
            yield case.error("vat_total_missing", tag, text, f"добавить итог в {tag}")
            continue
        turnover = code in _TURNOVER
        expected = sum(amounts) if turnover else tax_plain(sum(amounts), rate_of(code, _day(case)))
        if abs(given[code] - expected) > dropped + (0 if turnover else len(amounts)):
            text = f"итог по ставке {meaning(1199, code)} — {roubles(given[code])}, по строкам {roubles(expected)}"
            yield case.guess("vat_total", tag, text, "пересчитать итог НДС")
    for code in given.keys() - sums.keys():
        if given[code]:
            text = f"есть итог по ставке {meaning(1199, code)}, а строк с ней нет"
            yield case.guess("vat_total_alone", total_tag(code), text, "убрать итог или исправить ставки строк")


def _given_totals(document: Node) -> dict[VatCode, int]:
    flat = {total_tag(code): code for code in VatCode if total_tag(code) != VAT_ENTRIES}
    found = {code: amount for tag, code in flat.items() if (amount := document.number(tag)) is not None}
    entries = document.find(VAT_ENTRIES)
    for entry in entries.all(1119) if entries is not None else ():
        code = _vat_code(entry)
        if code is not None:
            found[code] = found.get(code, 0) + (entry.number(1120) or 0)
    return found


def _vat_code(node: Node) -> VatCode | None:
    number = node.number(1199)
    return VatCode(number) if number is not None and 1 <= number <= len(VatCode) else None


def _day(case: Case) -> date:
    issued_at = case.document.moment(1012)
    return _EPOCH if issued_at is None else issued_at.date()
