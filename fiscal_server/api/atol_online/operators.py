"""Operators whose receipts a buyer can look up by a link, as the vendor's reports carry it for these three."""

from typing import Final

import msgspec

from fiscal_server.storage.atol_online import ReportRow


class Operator(msgspec.Struct, frozen=True):
    """``host``: how the address of its exchange ends. ``link``: filled by ``receipt_url``."""

    host: str
    inn: str
    link: str


OPERATORS: Final = (
    # The vendor's sample of a report.
    Operator("1-ofd.ru", "7709364346", "https://consumer.1-ofd.ru/v1?fn={fn}&fp={fp}&i={fd}&t={t}&s={s}&n={n}"),
    # Both from the operators' public pages of receipts.
    Operator("platformaofd.ru", "9715260691", "https://lk.platformaofd.ru/web/noauth/cheque?fn={fn}&fp={fp}"),
    Operator("taxcom.ru", "7704211201", "https://receipt.taxcom.ru/v01/show?fp={fp}&s={s}"),
)


def operator_of(address: str) -> Operator | None:
    """By ``host:port`` of the exchange; None: no link is known."""
    host = address.rpartition(":")[0].lower()
    return next((one for one in OPERATORS if host == one.host or host.endswith(f".{one.host}")), None)


def receipt_url(operator: Operator, row: ReportRow) -> str:
    """The buyer's link; its time is the register's own, as it stands in the document."""
    assert row.issued_at is not None
    return operator.link.format(
        fn=row.fn_number,
        fp=row.fiscal_sign,
        fd=row.fd_number,
        t=row.issued_at.strftime("%Y%m%dT%H%M%S"),
        s=f"{row.total_kopecks // 100}.{row.total_kopecks % 100:02d}",
        n=row.sign,
    )
