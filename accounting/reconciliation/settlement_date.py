"""Tag 1012 as services write it, and the one thing the import takes from it: the date of the settlement."""

import re
from datetime import date, timedelta
from typing import Final

from accounting.reconciliation.field_reader import Json
from accounting.reconciliation.import_findings import Reason, Refused

FIRST_RECEIPTS_ON: Final = date(2016, 7, 15)
"""290-FZ: no register with a fiscal module worked before."""

_EPOCH: Final = date(1970, 1, 1)
_SECONDS_A_DAY: Final = 86_400
_LAST_SECOND: Final = 2**32 - 1
_ISO: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


def settlement_date(value: Json, field: str) -> date:
    """The date that ``dateTime`` names: seconds, or ISO text with or without a time.

    Seconds count the local wall clock as if it were UTC (ffd-documents, 1), so no zone is applied. Of a text the date
    is taken as written: some services shift it to UTC and do not say so, and the original place is unknown.
    """
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LAST_SECOND:
        settled_on = _EPOCH + timedelta(days=value // _SECONDS_A_DAY)
    elif isinstance(value, str) and (match := _ISO.fullmatch(value.strip())):
        try:
            settled_on = date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            raise Refused(field, Reason.NOT_DATE, value) from None
    else:
        raise Refused(field, Reason.NOT_DATE, str(value)[:40])
    if settled_on < FIRST_RECEIPTS_ON:
        raise Refused(field, Reason.NOT_DATE, settled_on.isoformat())
    return settled_on
