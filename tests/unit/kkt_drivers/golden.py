"""Golden bytes of ``tests/data/golden``: lines with ``#`` name the source."""

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parents[2] / "data" / "golden"

DOCUMENTS = (
    "receipt_atol_test_fn",
    "receipt_two_items",
    "receipt_ffd_1_0_four_items",
    "receipt_ffd_1_0_five_items",
    "receipt_ffd_1_0_cash",
    "receipt_weighed_goods",
    "receipt_user_requisite",
    "registration_beta",
    "re_registration",
)

SIGNED = ("receipt_zero_length_vln_signed", "registration_beta_signed", "re_registration_signed")
"""Documents with the 8-byte sign behind them, some with two zero bytes more."""

RAW_DATA = ("raw_data_four_items", "raw_data_five_items", "raw_data_cash")
CONTAINERS = ("ofd_container_registration",)
MESSAGES = ("ofd_message_re_registration", "ofd_message_confirmation")

EVERYTHING = (*DOCUMENTS, *SIGNED, *RAW_DATA, *CONTAINERS, *MESSAGES)

JSON_RECEIPTS = ("receipt_ffd_1_0_five_items", "receipt_ffd_1_2_weighed", "receipt_ffd_1_2_vat_22")


def document(name: str) -> bytes:
    lines = (_FOLDER / f"{name}.hex").read_text(encoding="utf-8").splitlines()
    return bytes.fromhex("".join(line for line in lines if not line.startswith("#")))


def path(name: str) -> Path:
    return _FOLDER / name


def published_json(name: str) -> Any:
    """``source``, ``qr`` and ``document`` as a service gave it."""
    return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def table(name: str) -> dict[str, bytes]:
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(";") for line in lines if not line.startswith("#"))
    return {what.strip(): bytes.fromhex(data) for what, data in pairs}
