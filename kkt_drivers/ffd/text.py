"""Text for a fiscal document: CP866 with plain stand-ins for the characters that it lacks. FFD, order ЕД-7-20/662@."""

import unicodedata

from kkt_drivers.errors import CodecError

STAND_INS: dict[int, str] = str.maketrans(
    {
        **dict.fromkeys("«»„“”‟″", '"'),
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        # NBSP has a place in CP866, but printers and viewers show a blank box for it.
        **dict.fromkeys("\u00a0\u2007\u2009\u200a\u202f\u2002\u2003", " "),
        **dict.fromkeys("\u00ad\u200b\ufeff", ""),
        "₽": "руб.",
        "…": "...",
        "×": "x",
        "•": "*",
    }
)
"""Code point of a character -> what is written in its place; only for text that has a character CP866 lacks."""
_NBSP = "\u00a0"  # CP866 takes it, so the quick way has to look for it


def encode_text(text: str, tag: int | None = None) -> bytes:
    """``text`` in CP866, unpadded. Raises CodecError naming the first character that has no stand-in."""
    if _NBSP not in text:
        try:
            return text.encode("cp866")
        except UnicodeEncodeError:
            pass  # the slow way below either finds stand-ins or names the character
    # A letter typed as base and accent (й from some keyboards and PDF files) becomes the one CP866 knows.
    plain = unicodedata.normalize("NFC", text).translate(STAND_INS)
    try:
        return plain.encode("cp866")
    except UnicodeEncodeError as error:
        character = plain[error.start]
        name = unicodedata.name(character, "no name")
        rule = f"character {character!r} (U+{ord(character):04X} {name}) does not exist in CP866"
        raise CodecError(rule, offset=error.start, tag=tag) from None


def decode_text(value: bytes) -> str:
    """The text as it stands, padding included; every byte has a character in CP866, so this never fails."""
    return value.decode("cp866")
