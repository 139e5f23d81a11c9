"""DATE and DATE_TIME of the FN protocol (3), and the seconds of tag 1012.

Everything here is the local time of the point of sale without a zone: tag 1012 counts it as if it were UTC.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache

from kkt_drivers.emulator.answers import AnswerCode, Refused

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - an FN knows no zones
_LAST_YEAR = 2105


def parse_moment(data: bytes) -> datetime:
    """Five bytes year-2000, month, day, hour, minute.

    Raises Refused 07h for a moment that no calendar has, and for one later than the four bytes of tag 1012 can say.
    """
    if data[0] > _LAST_YEAR - 2000:
        raise Refused(AnswerCode.BAD_TIME)
    try:
        return datetime(2000 + data[0], data[1], data[2], data[3], data[4])  # noqa: DTZ001
    except ValueError:
        raise Refused(AnswerCode.BAD_TIME) from None


def pack_moment(moment: datetime) -> bytes:
    """Five bytes DATE_TIME."""
    return bytes((moment.year - 2000, moment.month, moment.day, moment.hour, moment.minute))


def pack_date(day: date) -> bytes:
    """Three bytes DATE."""
    return bytes((day.year - 2000, day.month, day.day))


def seconds(moment: datetime) -> int:
    """Tag 1012: seconds since 1970 of a wall clock read as UTC."""
    since = moment - _EPOCH
    return since.days * 86_400 + since.seconds


@lru_cache(maxsize=64)  # an FN looks at its last document's time many times
def from_seconds(value: int) -> datetime:
    """The wall-clock moment behind a value of tag 1012."""
    return _EPOCH + timedelta(seconds=value)


def midnight(value: int) -> int:
    """The same day at 00:00:00, as tags 1098 and 1178 want it."""
    return value - value % 86_400
