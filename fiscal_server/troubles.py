"""Why a slot stands still or gave way, or why a receipt waits for a person: a code, then words.

It is stored as one text, ``memory_full: room for 3 documents is left``. The API and the log show it as it is; the panel
has a sentence of its own language for each code and keeps the words one hover away.
"""

from enum import StrEnum


class Trouble(StrEnum):
    """What the matter is, in one word that programs may rely on."""

    # the slot
    OTHER_FN = "other_fn"  # another FN answers at the slot's address
    BOOKS_DIFFER = "books_differ"  # the FN and the books do not agree, and only a person can say why
    FN_AHEAD = "fn_ahead"  # the FN has documents that the books lack: the database is older than it
    WRITTEN_OFF = "written_off"  # a person has stated that its FN will never be read
    TAKEN_OUT = "taken_out"  # a person has ordered it out of its cassette: its FN will never work again
    BAD_ADDRESS = "bad_address"  # the slot's address cannot be read
    WRONG_DATE = "wrong_date"  # the FN's last document lies in the future: its clock or ours was wrong
    TOTALS_DIFFER = "totals_differ"  # a shift's closing report and the books
    REFUSES = "refuses"  # it refuses what it should take; of a receipt: it was refused too often
    UNREACHABLE = "unreachable"  # its device does not answer
    ORDERED = "ordered"  # a person ordered it
    # the FN: the end of its service
    FN_CRITICAL = "fn_critical"  # it says so itself
    MEMORY_FULL = "memory_full"
    TERM_ENDS = "term_ends"
    BACKLOG_OLD = "backlog_old"  # the operator has lacked its documents for so long that it will soon refuse
    EXHAUSTED = "exhausted"  # it refuses: memory, keys or term are at their end
    FAULT = "fault"  # it refuses: it is broken
    # the receipt
    BAD_REQUEST = "bad_request"  # the FN refuses its data
    UNWRITABLE = "unwritable"  # it cannot be written as a document at all


def tell(trouble: Trouble, words: str) -> str:
    """The text that is stored."""
    return f"{trouble}: {words}"


def read(text: str) -> tuple[Trouble | None, str]:
    """Code and words of a stored text; no code when another version of the program wrote it."""
    code, _, words = text.partition(": ")
    try:
        return Trouble(code), words
    except ValueError:
        return None, text
