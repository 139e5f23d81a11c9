"""No statement and no column default decides by the server's clock, by chance or by a sequence.

Times and ids come from the program, so the same steps give the same rows, in simulation as in a restored database.
"""

import re

from tests.rules.sources import files, place

OF_THE_SERVER = re.compile(
    r"\b(now|random|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday|gen_random_uuid|uuidv[47]"
    r"|nextval|setval)\s*\("
    r"|\b(current_timestamp|current_date|current_time|localtimestamp|localtime|tablesample)\b"
    r"|\b(small|big)?serial\b|\bgenerated\s+(always|by\s+default)\s+as\s+identity\b|\bcreate\s+sequence\b",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"--[^\n]*")


def test_sql_reads_no_clock_draws_no_lots_and_counts_no_sequence() -> None:
    found = [
        f"{place(path)}: {match.group()}"
        for path in files(".sql", "fiscal_server", "admin")
        for match in OF_THE_SERVER.finditer(_COMMENT.sub("", path.read_text()))
    ]
    assert found == []
