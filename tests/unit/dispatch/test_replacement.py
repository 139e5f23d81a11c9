"""Whether a new FN may take the place of another one, by the slots of its merchant."""

from msgspec.structs import replace

from accounting.receipts.codes import FfdVersion
from fiscal_server.dispatch.replacement import Replacement, why_not
from fiscal_server.storage.kkts import SlotRow
from kkt_drivers.kkt import Registration
from tests.unit.emulator.fn_stand import registration

NEW: Registration = registration(FfdVersion.FFD_1_2)
RNM = NEW.kkt_registration_number


def ended(number: int) -> SlotRow:
    return SlotRow(
        merchant_id=1, id=number, cassette_id=1, cassette="main", slot=number, address="fn+tcp://127.0.0.1:1",
        fn_number=f"99990789000000{number:02}", registration_number=RNM, ffd=4, emulated=True, state="CLOSED",
        last_fd=9, acked_fd=9, shift_number=1, shift_opened_at=None, documents_left=0, valid_until=None, warnings=0,
        fault=None, unreachable_since=None, paused_since=None,
    )  # fmt: skip


def test_the_last_fn_of_a_kkt_is_replaced_and_no_other() -> None:
    slots = [ended(2), ended(1)]
    assert why_not(slots, NEW, Replacement("9999078900000002")) is None
    assert "has been replaced already" in (why_not(slots, NEW, Replacement("9999078900000001")) or "")
    assert "must end" in (why_not([replace(ended(2), state="READY")], NEW, Replacement("9999078900000002")) or "")


def test_a_known_kkt_is_not_registered_as_a_new_one() -> None:
    assert "is a slot of this merchant already" in (why_not([ended(1)], NEW, None) or "")
    assert why_not([replace(ended(1), registration_number="0000000000000001")], NEW, None) is None
