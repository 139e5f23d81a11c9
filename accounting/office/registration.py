"""Numbers by which Russian authorities know an organisation, by their forms and check digits.

KPP: nine signs, four of the tax office, two of the reason, three of the order (Ministry of Finance order 89n [F]).
OGRN of an organisation has 13 digits, OGRNIP of a sole trader 15: the last is the rest of the others by 11 or 13, its
last digit (Ministry of Justice rules of the state registers [F]).
"""

import re
from typing import Final

_KPP: Final = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")
_LENGTHS: Final = {13: 11, 15: 13}
"""By how many digits a number has: what its others are divided by."""


def is_kpp(text: str) -> bool:
    """Whether a text has the form of a KPP, which has no check digit."""
    return _KPP.fullmatch(text) is not None


def is_ogrn(text: str, *, sole_trader: bool) -> bool:
    """Whether a text is an OGRN, of a sole trader an OGRNIP, with its check digit."""
    wanted = 15 if sole_trader else 13
    if len(text) != wanted or not (text.isascii() and text.isdecimal()):
        return False
    return int(text[:-1]) % _LENGTHS[wanted] % 10 == int(text[-1])
