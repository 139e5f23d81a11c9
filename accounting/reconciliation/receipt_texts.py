"""Texts of a foreign receipt made fit for ours: CP866 characters, the tag's length, a contact that can be written to.

The wire knows CP866 only (ffd-documents, 1): a character outside it is replaced by a like one where typography alone
is lost, and the receipt is refused where a letter would be.
"""

import re
from typing import Final

from accounting.reconciliation.import_findings import Reason, Refused

TYPOGRAPHY: Final = str.maketrans({
    "«": '"', "»": '"', "“": '"', "”": '"', "„": '"', "″": '"',
    "‘": "'", "’": "'", "‚": "'", "′": "'", "`": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "―": "-", "−": "-",
    "…": "...", "•": "·", "×": "x", "₽": "руб.", "²": "2", "³": "3", "™": "(TM)", "®": "(R)", "©": "(C)",
    "\t": " ", "\r": " ", "\n": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u00a0": " ",
    "\u00ad": "", "\u200b": "", "\ufeff": "",
})  # fmt: skip

PHONE: Final = re.compile(r"\+[0-9]{7,15}")
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
NO_CONTACT: Final = "none"
"""The word that 1008 carries where nobody is written to: transport, vending, set-offs (ffd-documents, 3.3)."""
CONTACT_LIMIT: Final = 64
_PHONE_SPACERS: Final = str.maketrans("", "", " ()-")


def printable_text(text: str, limit: int, field: str) -> str:
    """``text`` in the characters of CP866, at most ``limit`` of them. Raises Refused where that loses a letter."""
    plain = text.translate(TYPOGRAPHY).strip()
    foreign = "".join(sorted({character for character in plain if not _printable(character)}))
    if foreign:
        raise Refused(field, Reason.TEXT_CHARACTERS, ascii(foreign))
    if len(plain) > limit:
        raise Refused(field, Reason.TEXT_TOO_LONG, f"{len(plain)} > {limit}")
    return plain


def _printable(character: str) -> bool:
    if character < " " or character == "\x7f":
        return False
    try:
        character.encode("cp866")
    except UnicodeEncodeError:
        return False
    return True


def payer_contact(text: str, field: str) -> str:
    """Tag 1008: ``+`` and digits, an e-mail, or ``none``. Russian numbers written without ``+7`` get it.

    Raises Refused for anything else: a masked or broken contact would send the receipt nowhere.
    """
    contact = text.strip()
    if len(contact) > CONTACT_LIMIT:
        raise Refused(field, Reason.TEXT_TOO_LONG, f"{len(contact)} > {CONTACT_LIMIT}")
    if contact.lower() == NO_CONTACT:
        return NO_CONTACT
    if EMAIL.fullmatch(contact) and all(_printable(character) for character in contact):
        return contact
    digits = contact.translate(_PHONE_SPACERS)
    if re.fullmatch(r"[78][0-9]{10}", digits):
        digits = "+7" + digits[1:]
    elif re.fullmatch(r"9[0-9]{9}", digits):
        digits = "+7" + digits
    if not PHONE.fullmatch(digits):
        raise Refused(field, Reason.CONTACT, contact)
    return digits


def taxpayer_number(text: str, field: str) -> str:
    """An INN without the padding of old registers: spaces behind it, or two zeros before ten digits."""
    digits = text.strip()
    if len(digits) == 12 and digits.startswith("00"):
        digits = digits[2:]
    if not re.fullmatch(r"[0-9]{10}|[0-9]{12}", digits):
        raise Refused(field, Reason.INN, text)
    return digits
