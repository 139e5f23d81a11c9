"""What the dialect tells of documents: UUIDs, reports, device errors in its codes, links of operators."""

import json
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fiscal_server.api.atol_online.device_errors import TIMED_OUT, error_of_document
from fiscal_server.api.atol_online.reports import encode, report_of
from fiscal_server.api.atol_online.uuids import id_of, uuid_of
from fiscal_server.storage.atol_online import ReportRow
from fiscal_server.troubles import Trouble, tell
from kkt_drivers.fn.error_codes import ERRORS, refusal

SAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[2] / "data/atol-online-samples.json").read_text())["report"]
NOW = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
ROW = ReportRow(
    merchant_id=1,
    id=700_000_000_000_000_001,
    event_key="atol|MyCompany_MyShop|TRF10601_1",
    sign=1,
    total_kopecks=159_800,
    state=None,
    error=None,
    updated_at=None,
    fn_number="1110000100238211",
    fd_number=133,
    fiscal_sign=3_449_555_941,
    issued_at=datetime.fromisoformat("2017-04-12T20:16"),
    shift_number=23,
    number_in_shift=6,
    recorded_at=datetime(2017, 4, 12, 17, 15, 8, tzinfo=UTC),
    registration_number="0000111118041361",
    address="fn+tcp://fn-1?timezone=Europe/Moscow",
    ofd_address="k-server.1-ofd.ru:7777",
    slot=1,
    request=b'{"external_id": "TRF10601_1", "receipt": {}}',
)


def _told(**changes: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(encode(report_of(msgspec.structs.replace(ROW, **changes), NOW)))
    return told


def test_the_published_report_is_told_with_the_same_members_and_types() -> None:
    told = _told()
    assert told.keys() == SAMPLE.keys()
    ours = {"uuid", "daemon_code", "device_code", "group_code", "payload"}
    assert {k: v for k, v in told.items() if k not in ours} == {k: v for k, v in SAMPLE.items() if k not in ours}
    payload, published = told["payload"], SAMPLE["payload"]
    assert payload.keys() == published.keys()
    differing = {
        "fns_site",
        "ofd_receipt_url",
    }  # the tax service has moved; the link of the sample is of another receipt
    assert {k: v for k, v in payload.items() if k not in differing} == {
        k: v for k, v in published.items() if k not in differing
    }
    assert payload["ofd_receipt_url"] == (
        "https://consumer.1-ofd.ru/v1?fn=1110000100238211&fp=3449555941&i=133&t=20170412T201600&s=1598.00&n=1"
    )


def test_the_time_of_a_receipt_is_moscow_time_wherever_its_register_stands() -> None:
    told = _told(
        address="fn+tcp://fn-1?timezone=Asia/Vladivostok", issued_at=datetime.fromisoformat("2026-10-20T19:30")
    )
    assert told["payload"]["receipt_datetime"] == "20.10.2026 12:30:00"


@pytest.mark.parametrize(
    ("address", "link"),
    [
        ("ofdp.platformaofd.ru:21101", "https://lk.platformaofd.ru/web/noauth/cheque?fn=1110000100238211&fp=3449555941"),
        ("f1.taxcom.ru:7777", "https://receipt.taxcom.ru/v01/show?fp=3449555941&s=1598.00"),
        ("ofd.example:7777", None),
        ("evil1-ofd.ru:7777", None),
    ],
)  # fmt: skip
def test_links_are_those_of_the_three_operators(address: str, link: str | None) -> None:
    payload = _told(ofd_address=address)["payload"]
    assert payload.get("ofd_receipt_url") == link
    assert ("ofd_inn" in payload) == (link is not None)


def test_a_failed_document_has_no_payload_and_an_integer_for_a_code() -> None:
    told = _told(state="CANCELLED", error=tell(Trouble.UNWRITABLE, "a value is too long"), updated_at=NOW)
    assert (told["status"], told["payload"]) == ("fail", None)
    del told["error"]["error_id"]
    assert told["error"] == {"code": 2007, "type": "agent", "text": "a value is too long"}
    assert told["timestamp"] == "20.10.2026 12:00:00"


@pytest.mark.parametrize("state", ["COMPUTED", "QUEUED", "REGISTERING", "UNCERTAIN", "REFUSED"])
def test_whatever_is_not_final_waits(state: str) -> None:
    told = _told(state=state, updated_at=NOW)
    assert (told["status"], told["error"]["code"]) == ("wait", 34)
    assert "payload" not in told


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_answer_of_an_fn_has_a_code_of_the_drivers(code: int) -> None:
    """Those that no receipt can meet (marking, keys of the operator's exchange) are error 15, unknown."""
    error = refusal(code, b"", 0x07, "07h data")
    found, words, kind = error_of_document(tell(Trouble.BAD_REQUEST, str(error)))
    assert kind == "driver"
    assert words == str(error)
    assert (found == 15) == (code in {0x23, 0x24, 0x30, 0x32, 0x33, 0x34, 0x35})


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    [
        (None, 1, "system"),
        (f"{TIMED_OUT}: words", 1, "timeout"),
        ("words of a later version", 15, "driver"),
        ("refuses: no code in it", 15, "driver"),
    ],
)
def test_what_is_no_answer_of_an_fn_has_its_code_too(error: str | None, code: int, kind: str) -> None:
    found, _, told = error_of_document(error)
    assert (found, told) == (code, kind)


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_uuid_is_the_id_and_back(document_id: int) -> None:
    made = uuid.UUID(uuid_of(document_id))
    assert (made.version, made.variant) == (8, uuid.RFC_4122)
    assert id_of(str(made)) == document_id


@given(st.uuids())
def test_a_uuid_of_somebody_else_is_none_of_ours(other: uuid.UUID) -> None:
    assert id_of(str(other)) is None
