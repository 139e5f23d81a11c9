"""Golden bytes of ``tests/data/golden``: lines with ``#`` name the source."""

from pathlib import Path

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


def document(name: str) -> bytes:
    lines = (_FOLDER / f"{name}.hex").read_text(encoding="utf-8").splitlines()
    return bytes.fromhex("".join(line for line in lines if not line.startswith("#")))


def table(name: str) -> dict[str, bytes]:
    lines = (_FOLDER / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(";") for line in lines if not line.startswith("#"))
    return {what.strip(): bytes.fromhex(data) for what, data in pairs}
