"""A receipt as its buyer gets it: drawn from the books, by the drawing that is printed as PDF too."""

import io
from typing import Final

import segno

from accounting.receipts.codes import DocumentForm, FfdVersion, SettlementSign
from fiscal_server.storage.merchants import MerchantRow
from fiscal_server.storage.receipt_cards import DeviceOfFn
from fiscal_server.storage.receipts import ReceiptView
from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.as_printed import document_as_printed
from kkt_drivers.ffd.build import FnPart
from kkt_drivers.ffd.drawing import Drawing, drawing_of
from kkt_drivers.ffd.tree import Node
from kkt_drivers.kkt import ReceiptOrder

_QR_BORDER: Final = 2


def document_of(view: ReceiptView, merchant: MerchantRow, device: DeviceOfFn | None) -> Node:
    """The document of a receipt; a draft while it has none. Raises CodecError when it cannot be written."""
    receipt = view.receipt
    order = ReceiptOrder(
        receipt=receipt,
        receipt_id=str(view.id),
        receipt_id_tag=1191 if merchant.receipt_id_tag == 1191 else 1084,
        cashier=merchant.cashier,
        place=merchant.place,
        address=merchant.address,
    )
    ffd = FfdVersion.FFD_1_2 if device is None else FfdVersion(device.ffd)
    inn: str | None = merchant.rules.get("inn")
    return document_as_printed(DocumentForm(view.form), ffd, order, merchant.name, inn, _fn_part(view, device, inn))


def _fn_part(view: ReceiptView, device: DeviceOfFn | None, inn: str | None) -> FnPart | None:
    if view.fn_number is None or view.fd_number is None or view.fiscal_sign is None or view.issued_at is None:
        return None
    return FnPart(
        fn_number=view.fn_number,
        kkt_registration_number="" if device is None else device.registration_number,
        user_inn=inn or "",
        fd_number=view.fd_number,
        issued_at=view.issued_at,
        fiscal_sign=view.fiscal_sign,
        shift_number=view.shift_number,
        receipt_number=view.number_in_shift,
        sign=SettlementSign(view.sign),
        total_kopecks=view.total_kopecks,
    )


def drawn(view: ReceiptView, merchant: MerchantRow, device: DeviceOfFn | None) -> Drawing | None:
    """What stands on the paper; None when the receipt cannot be written as a document at all."""
    try:
        return drawing_of(document_of(view, merchant, device))
    except CodecError:
        return None


def qr_svg(text: str) -> str:
    """The code as SVG for a page; it has no styles of its own. Empty for no text."""
    if not text:
        return ""
    out = io.BytesIO()
    code = segno.make(text, error="m", micro=False)
    code.save(
        out, kind="svg", border=_QR_BORDER, xmldecl=False, svgns=True, omitsize=True, svgclass="qr", lineclass=None
    )
    return out.getvalue().decode()
