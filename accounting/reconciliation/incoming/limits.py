"""How much of a file is read: beyond them a file is refused, or a line rejected, before it costs anything."""

from typing import Final

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_UNPACKED_BYTES: Final = 256 * 1024 * 1024
"""A spreadsheet is a ZIP archive: what its parts say they are when unpacked, together."""

MAX_LINES: Final = 3_000_000
"""Physical lines of a text; a document of a statement takes some thirty."""

MAX_PAYMENTS: Final = 100_000
"""Lines of money in one file: all of them go in by one transaction, as a batch of events does."""

MAX_LINE_CHARS: Final = 16_384
MAX_TEXT_CHARS: Final = 2_000
"""Of a payer's name or a purpose; statements carry 210 and 6 x 210 characters."""

MAX_NAME_CHARS: Final = 128
"""Of an account, an operation id, a document number: what an event key and an account's code may be."""

MAX_COLUMNS: Final = 256
MAX_CELLS: Final = 4_000_000
"""Of a spreadsheet, empty ones too: from its first row and column to the last that say something. Whoever reads it
makes room for all of them, so two cells in the corners would take as much as a full sheet."""

HEADER_WITHIN: Final = 50
"""Rows in which the header of a table is looked for; above it stand the bank's name, dates, requisites."""

FIRST_YEAR, LAST_YEAR = 2000, 2099
