"""What a month close issues, added up: by kind of receipt, by what the money is for (1214), by VAT code."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeVar

import msgspec

from accounting.receipts.codes import VatCode
from accounting.receipts.model import Receipt

T = TypeVar("T")
WITHOUT_TAX = (VatCode.VAT_0, VatCode.NO_VAT)
"""Their totals are turnovers (``model.VatTotal``)."""

Kind = Literal["own", "consolidated"]
"""A receipt of one account, or one for the whole month."""


class ReceiptTotal(msgspec.Struct):
    """Receipts of one kind and sign (1054)."""

    kind: Kind
    sign: int
    receipts: int = 0
    sum_kopecks: int = 0


class MethodTotal(msgspec.Struct):
    """Lines of one method (1214)."""

    kind: Kind
    sign: int
    method: int | None
    lines: int = 0
    sum_kopecks: int = 0


class VatCodeTotal(msgspec.Struct):
    """Lines of one VAT code (1199), and the tax in the totals of their receipts."""

    kind: Kind
    sign: int
    vat_code: int | None
    lines: int = 0
    sum_kopecks: int = 0
    vat_kopecks: int = 0


class Totals(msgspec.Struct):
    """All of it; grows chunk by chunk."""

    by_kind: list[ReceiptTotal] = []
    by_method: list[MethodTotal] = []
    by_vat_code: list[VatCodeTotal] = []

    def add(self, kind: Kind, receipts: Iterable[Receipt]) -> None:
        """Count receipts in."""
        kinds = {(one.kind, one.sign): one for one in self.by_kind}
        methods = {(one.kind, one.sign, one.method): one for one in self.by_method}
        codes = {(one.kind, one.sign, one.vat_code): one for one in self.by_vat_code}
        for receipt in receipts:
            sign = int(receipt.sign)
            of_kind = kinds.setdefault((kind, sign), ReceiptTotal(kind, sign))
            of_kind.receipts += 1
            of_kind.sum_kopecks += receipt.total_kopecks
            for line in receipt.lines:
                of_method = methods.setdefault((kind, sign, line.method), MethodTotal(kind, sign, line.method))
                of_method.lines += 1
                of_method.sum_kopecks += line.sum_kopecks
                of_code = codes.setdefault((kind, sign, line.vat_code), VatCodeTotal(kind, sign, line.vat_code))
                of_code.lines += 1
                of_code.sum_kopecks += line.sum_kopecks
            for total in receipt.vat_totals:
                if total.code not in WITHOUT_TAX:
                    codes[kind, sign, total.code].vat_kopecks += total.kopecks
        self.by_kind, self.by_method, self.by_vat_code = _sorted(kinds), _sorted(methods), _sorted(codes)


def _sorted(found: Mapping[Any, T]) -> list[T]:
    return [found[key] for key in sorted(found, key=lambda key: tuple(str(part) for part in key))]
