"""Forms of payment and VAT totals of a document."""

from collections.abc import Sequence
from datetime import date

from accounting.receipts.codes import VatCode
from accounting.receipts.model import ReceiptLine, Tenders, VatTotal
from accounting.receipts.vat import NO_TAX, rate_of, tax_plain
from fiscal_server.api.atol_online.amounts import Faults
from fiscal_server.api.atol_online.parts import Payment, Vat
from fiscal_server.api.atol_online.words import VATS


def tenders_of(payments: Sequence[Payment], total: int | None, root: str, faults: Faults) -> Tenders:
    """Forms of payment; the single one without a sum is the whole total, electronic (the vendor's table)."""
    sums = [0] * 10
    for place, payment in enumerate(payments):
        if payment.sum is not None:
            sums[payment.type] += faults.kopecks(payment.sum, f"{root}.payments[{place}]", "sum")
        elif total is not None and len(payments) == 1:
            sums[1] += total
        else:
            faults.add("PropertyRequired", f"{root}.payments[{place}].sum")
    return Tenders(cash=sums[0], electronic=sums[1] + sum(sums[5:]), prepaid=sums[2], credit=sums[3], provision=sums[4])


def vat_totals(
    lines: Sequence[ReceiptLine], given: Sequence[Vat], taxed_on: date, root: str, faults: Faults
) -> tuple[VatTotal, ...]:
    """1102-1107, 1115: what ``vats`` says, else the lines' own taxes; turnovers are never left to the sender."""
    turnovers: dict[VatCode, int] = {}
    taxes: dict[VatCode, int] = {}
    for line in lines:
        if line.vat_code is not None:
            turnovers[line.vat_code] = turnovers.get(line.vat_code, 0) + line.sum_kopecks
            taxes[line.vat_code] = taxes.get(line.vat_code, 0) + line.vat_kopecks
    found = {
        code: turnover if rate_of(code, taxed_on) == NO_TAX else taxes[code] for code, turnover in turnovers.items()
    }
    if given:
        _state_taxes(found, given, taxed_on, root, faults)
    return (*[VatTotal(code, found[code]) for code in sorted(found)],)


def _state_taxes(found: dict[VatCode, int], given: Sequence[Vat], taxed_on: date, root: str, faults: Faults) -> None:
    """What ``vats`` says takes the place of taxes."""
    of_lines = {*found}
    stated: dict[VatCode, int] = {}
    for place, vat in enumerate(given):
        if vat.sum:
            code = VATS[vat.type]
            stated[code] = stated.get(code, 0) + faults.kopecks(vat.sum, f"{root}.vats[{place}]", "sum")
    for code, kopecks in stated.items():
        if code not in of_lines or rate_of(code, taxed_on) != NO_TAX:
            found[code] = kopecks


def vat_totals_alone(given: Sequence[Vat], total: int, taxed_on: date | None, faults: Faults) -> tuple[VatTotal, ...]:
    """Without lines nothing can be computed but the tax, or the turnover, of the only rate."""
    found: dict[VatCode, int] = {}
    for place, vat in enumerate(given):
        code, path = VATS[vat.type], f"correction.vats[{place}]"
        if vat.sum:
            kopecks = faults.kopecks(vat.sum, path, "sum")
        elif len(given) == 1 and taxed_on is not None:
            rate = rate_of(code, taxed_on)
            kopecks = total if rate == NO_TAX else tax_plain(total, rate)
        elif vat.sum is None:
            faults.add("PropertyRequired", f"{path}.sum")
            continue
        else:
            kopecks = 0
        found[code] = found.get(code, 0) + kopecks
    return tuple(VatTotal(code, found[code]) for code in sorted(found))
