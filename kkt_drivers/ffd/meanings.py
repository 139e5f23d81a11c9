"""What a number in a document means, in Russian: "1" of tag 1054 is "приход". For people: CLI, findings, drawings."""

from functools import lru_cache

from kkt_drivers.ffd.tags import TAGS


@lru_cache(maxsize=512)
def meanings(tag: int) -> dict[int, str]:
    """Meaning by number; for a bit set by bit number. Empty when the table has none."""
    info = TAGS.get(tag)
    if info is None:
        return {}
    pairs = (part.partition("=") for part in info.values.split(";") if part)
    return {int(number.removeprefix("bit")): name for number, _, name in pairs}


def is_flags(tag: int) -> bool:
    """Whether the meanings of this tag are those of single bits."""
    info = TAGS.get(tag)
    return info is not None and info.values.startswith("bit")


def meaning(tag: int, number: int) -> str:
    """Words for a value, flags joined by commas; empty when nothing is known of it."""
    known = meanings(tag)
    if not known:
        return ""
    if not is_flags(tag):
        return known.get(number, "")
    bits = [bit for bit in range(number.bit_length()) if number >> bit & 1]
    return ", ".join(known.get(bit, f"бит {bit}") for bit in bits)
