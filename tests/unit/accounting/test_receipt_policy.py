import msgspec
import pytest

from accounting.receipts.policy import POLICY_KEYS, Policies


def test_single_advance_code_needs_the_code() -> None:
    with pytest.raises(msgspec.ValidationError, match="advance_vat_code"):
        msgspec.json.decode(b'{"advance_vat": "single"}', type=Policies)
    msgspec.json.decode(b'{"advance_vat": "single", "advance_vat_code": 11}', type=Policies)


def test_unknown_value_is_refused_with_its_path() -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.postpaid_mode"):
        msgspec.json.decode(b'{"postpaid_mode": "sometimes"}', type=Policies)


def test_priority_names_a_service_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        Policies(allocation_priority=("a", "a"))


def test_every_key_is_explained_to_people() -> None:
    assert [entry.key for entry in POLICY_KEYS] == [field.name for field in msgspec.structs.fields(Policies)]
