"""Why a document was not made, in the codes that the dialect has for devices. Vendor's description of v4, chapter 9.

The vendor's agent and driver number their own errors; ours are the FN's, and each has its like among the driver's.
"""

import re
from typing import Final

from fiscal_server.api.atol_online.errors import KINDS, NOT_PROCESSED
from fiscal_server.troubles import Trouble, read

TIMED_OUT: Final = "timed_out"
"""Stands before the words of a document that waited too long (setting ``atol_queue_s``), as troubles have theirs."""

TIMED_OUT_WORDS: Final = "Превышено время ожидания чека в очереди"

_DRIVER: Final = {
    0x01: 116,  # wrong format of what the FN is sent
    0x02: 117,  # the FN's state
    0x03: 118,  # FN failure
    0x04: 119,  # crypto coprocessor
    0x05: 120,  # its term is over
    0x06: 121,  # archive full
    0x07: 122,  # date or time
    0x08: 123,  # no such data
    0x09: 133,  # a parameter of a command
    0x0A: 190,  # version of the format
    0x0B: 158,  # requisites that are not allowed
    0x0C: 160,  # given twice
    0x0D: 161,  # missing
    0x0E: 110,  # count of items
    0x10: 134,  # size of the data
    0x11: 135,  # no transport connection
    0x12: 136,  # keys
    0x14: 137,  # no space for unsent documents
    0x15: 140,  # unsent for too long
    0x16: 141,  # shift above 24 hours
    0x17: 142,  # time between two operations
    0x18: 13,  # a value
    0x19: 195,  # a combination that the registration excludes
    0x20: 138,  # the operator's message
    0x3C: 161,  # missing
    0x3E: 420,  # a marking code that was not checked
}
UNKNOWN_DRIVER: Final = 15
BAD_VALUE: Final = 2007
"""The agent could not write the document."""

_CODE: Final = re.compile(r"\(code (?P<code>[0-9A-F]{2})h, ")


def error_of_document(error: str | None) -> tuple[int, str, str]:
    """Code, words and type for what stands in the queue beside a document that was given up; None: a person did it."""
    if error is None:
        return NOT_PROCESSED, KINDS[NOT_PROCESSED].text, "system"
    if error.startswith(TIMED_OUT):
        return 1, TIMED_OUT_WORDS, "timeout"
    trouble, words = read(error)
    if trouble is Trouble.UNWRITABLE:
        return BAD_VALUE, words, "agent"
    found = _CODE.search(words)
    code = UNKNOWN_DRIVER if found is None else _DRIVER.get(int(found["code"], 16), UNKNOWN_DRIVER)
    return code, words, "driver"
