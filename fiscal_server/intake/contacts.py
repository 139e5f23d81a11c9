"""What a fiscal document cannot carry as the buyer's contact (tag 1008), told when it comes.

The control lets any contact pass, for a wrong address is no reason to make no receipt. One that cannot be written at
all is another matter: a register refuses the receipt, and everything of the account waits behind it.
"""

from kkt_drivers.errors import CodecError
from kkt_drivers.ffd.text import encode_text


def contact_fault(contact: str) -> str | None:
    """Why a document cannot carry it; None: it can, typography being written as what looks like it."""
    if contact.isascii() and contact.isprintable():
        return None
    if control := next((sign for sign in contact if sign < " " or sign == "\x7f"), None):
        return f"the control character U+{ord(control):04X} cannot stand in a contact"
    try:
        encode_text(contact)
    except CodecError as error:
        return f"{error.rule}: a document cannot carry it"
    return None
