"""The document of a stored receipt, for drawing: what the register passed and what the FN added, as a tree.

It is made from the books, not read from the FN, and is not checked again: an old receipt that today's tables would
refuse is drawn all the same.
"""

from accounting.receipts.codes import DocumentForm, FfdVersion
from kkt_drivers.ffd.build import FnPart
from kkt_drivers.ffd.receipt import receipt_records
from kkt_drivers.ffd.tree import Node, decode_nodes
from kkt_drivers.kkt import ReceiptOrder


def document_as_printed(
    form: DocumentForm, ffd: FfdVersion, order: ReceiptOrder, user: str, inn: str | None, fn: FnPart | None
) -> Node:
    """``user`` and ``inn`` of the organisation (1048, 1018). ``fn`` None: a draft without number, time and sign.

    Raises CodecError when the receipt cannot be written in this format.
    """
    nodes = [Node(1048, user)]
    if fn is not None:
        nodes += [Node(tag, value) for tag, value in fn.values().items() if isinstance(value, str | int | bytes)]
        nodes.append(Node(1012, fn.issued_at))
    else:
        nodes += [Node(1054, int(order.receipt.sign)), Node(1020, order.receipt.total_kopecks)]
        nodes += [Node(1018, inn)] if inn else []
    return Node(int(form), (*nodes, *decode_nodes(b"".join(receipt_records(order, ffd)))))
