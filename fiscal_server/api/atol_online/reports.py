"""What is answered of a document: waiting, done with its fiscal attributes, or failed. Also what callbacks bring."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec

from fiscal_server.api.atol_online.callback_urls import fits_mask
from fiscal_server.api.atol_online.device_errors import error_of_document
from fiscal_server.api.atol_online.documents import TOLD
from fiscal_server.api.atol_online.errors import KINDS, NOT_READY, ErrorBody
from fiscal_server.api.atol_online.operators import operator_of, receipt_url
from fiscal_server.api.atol_online.uuids import uuid_of
from fiscal_server.lifecycle import ReceiptState
from fiscal_server.storage.atol_online import ReportRow

MOSCOW: Final = ZoneInfo("Europe/Moscow")
"""The dialect's times, whatever the zone of the installation or of a register is."""

FNS_SITE: Final = "www.nalog.gov.ru"
DAEMON: Final = "fiscal-server"
BAD_MASK: Final = "callback_url не соответствует маске"

_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class Payload(msgspec.Struct, frozen=True, omit_defaults=True):
    """The fiscal attributes; roubles as a number, integers as integers."""

    total: Decimal
    fns_site: str
    fn_number: str
    shift_number: int
    receipt_datetime: str
    fiscal_receipt_number: int
    fiscal_document_number: int
    ecr_registration_number: str
    fiscal_document_attribute: int
    ofd_inn: str | None = None
    ofd_receipt_url: str | None = None


def moment(at: datetime) -> str:
    """``dd.mm.yyyy HH:MM:SS``, Moscow."""
    return _moment(int(at.timestamp()))


@lru_cache(maxsize=64)
def _moment(second: int) -> str:
    """Of a second since 1970: thousands of documents come in one."""
    there = datetime.fromtimestamp(second, MOSCOW)
    return f"{there.day:02d}.{there.month:02d}.{there.year:04d} {there.hour:02d}:{there.minute:02d}:{there.second:02d}"


def encode(body: Any) -> bytes:
    """JSON with amounts as numbers, exact."""
    return _ENCODER.encode(body)


def error_body(code: int, text: str, kind: str) -> ErrorBody:
    """An error with an id of its own, for whoever asks people about it."""
    return ErrorBody(str(uuid4()), code, text, kind)


def is_final(row: ReportRow) -> bool:
    """Whether nothing changes any more."""
    return row.state in (None, ReceiptState.CANCELLED.value)


def report_of(row: ReportRow, now: datetime) -> dict[str, Any]:
    """The packet of a document."""
    told = TOLD.decode(row.request)
    url = (told.service and told.service.callback_url) or ""
    packet: dict[str, Any] = {
        "uuid": uuid_of(row.id),
        "error": None,
        "status": "wait",
        "payload": None,
        "timestamp": moment(now),
        "group_code": row.event_key.split("|")[1],
        "daemon_code": DAEMON,
        "device_code": "" if row.slot is None else f"slot-{row.slot}",
        "external_id": told.external_id,
        "callback_url": url,
    }
    if url and not fits_mask(url):
        packet["warnings"] = {"callback_url": BAD_MASK}
    if not is_final(row):
        kind = KINDS[NOT_READY]
        packet["error"] = error_body(NOT_READY, kind.text, kind.type)
        del packet["payload"]
    elif row.state is None:
        assert row.recorded_at is not None
        packet |= {"status": "done", "payload": _payload(row), "timestamp": moment(row.recorded_at)}
    else:
        assert row.updated_at is not None
        error = error_body(*error_of_document(row.error))
        packet |= {"status": "fail", "error": error, "timestamp": moment(row.updated_at)}
    return packet


def _payload(row: ReportRow) -> Payload:
    assert row.issued_at is not None
    assert row.fiscal_sign is not None
    operator = operator_of(row.ofd_address or "")
    return Payload(
        total=Decimal(row.total_kopecks).scaleb(-2),
        fns_site=FNS_SITE,
        fn_number=row.fn_number or "",
        shift_number=row.shift_number or 0,
        receipt_datetime=moment(row.issued_at.replace(tzinfo=_zone_of(row.address or ""))),
        fiscal_receipt_number=row.number_in_shift or 0,
        fiscal_document_number=row.fd_number or 0,
        ecr_registration_number=row.registration_number or "",
        fiscal_document_attribute=row.fiscal_sign,
        ofd_inn=None if operator is None else operator.inn,
        ofd_receipt_url=None if operator is None else receipt_url(operator, row),
    )


def _zone_of(address: str) -> ZoneInfo:
    """Of the register's clock, which its address names."""
    named = parse_qs(urlsplit(address).query).get("timezone")
    return ZoneInfo(named[0]) if named else MOSCOW
