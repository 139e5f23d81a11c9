"""The order of commands in a document and what happens to it when something goes wrong on the way."""

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from accounting.receipts.codes import DocumentForm, FfdVersion
from accounting.receipts.model import UserRequisite
from kkt_drivers.errors import KktOutcomeUnknown, KktRefused, KktUnavailable, Refusal
from kkt_drivers.ffd import tlv
from kkt_drivers.ffd.documents import receipt_id_of
from kkt_drivers.ffd.item import item_record
from kkt_drivers.fn.driver import FnKkt
from kkt_drivers.kkt import Kkt, ReceiptOrder
from kkt_drivers.transport.pipe import Pipe
from tests.unit.kkt_drivers.ffd_samples import NOTED, ORDER, RECEIPT, order_of_lines
from tests.unit.kkt_drivers.scripted_fn import FN_NUMBER, TERM, VALID_UNTIL, Faults, ScriptedFn, lost, status

AT = datetime(2026, 1, 15, 9, 30, 45, tzinfo=UTC)
BEGINNING = ["31", "33"]
"""Of a connection after which nothing older can be taken for an answer."""
RECEIPT_COMMANDS = ["15", "07", "16"]


class Bench:
    def __init__(self, *, enq: bool = True) -> None:
        self.fn = ScriptedFn()
        self.faults = Faults()
        self.pipe = Pipe(self.fn.serve, self.faults)
        self.kkt = FnKkt(self.pipe, timezone=timezone(timedelta(hours=3)), timeout_s=0.02, enq=enq)

    async def warm(self) -> None:
        await self.kkt.register_receipt(ORDER, AT)
        self.fn.asked.clear()


async def test_receipt_is_begun_handed_over_and_finished() -> None:
    bench = Bench()
    document = await bench.kkt.register_receipt(ORDER, AT)
    assert bench.fn.codes == [*BEGINNING, "30", "3A", "10", *RECEIPT_COMMANDS]
    assert (document.form, document.fn_number, document.fd_number) == (DocumentForm.RECEIPT, FN_NUMBER, 164)
    assert (document.shift_number, document.number_in_shift, document.fiscal_sign) == (7, 1, 776727275)
    assert document.issued_at.isoformat() == "2026-01-15T12:30:00"


@pytest.mark.parametrize("seconds", [14, 15, 75, 3600, -45, -46, -86_400])
async def test_each_document_has_the_minute_of_its_own_time(seconds: int) -> None:
    """Whichever minute the one before had, and whichever way the clock jumped."""
    bench = Bench()
    await bench.warm()
    at = AT + timedelta(seconds=seconds)
    expected = (at + timedelta(hours=3)).replace(tzinfo=None, second=0)
    assert (await bench.kkt.register_receipt(ORDER, at)).issued_at == expected
    elsewhere = at.astimezone(timezone(timedelta(hours=-9)))
    assert (await bench.kkt.register_receipt(ORDER, elsewhere)).issued_at == expected


async def test_second_receipt_costs_three_commands() -> None:
    bench = Bench()
    await bench.warm()
    await bench.kkt.register_receipt(ORDER, AT)
    assert bench.fn.codes == RECEIPT_COMMANDS


async def test_what_is_handed_over_carries_our_id() -> None:
    bench = Bench()
    await bench.kkt.register_receipt(ORDER, AT)
    handed = b"".join(data for code, data in bench.fn.asked if code == "07")
    assert receipt_id_of(handed) == ORDER.receipt_id


async def test_many_lines_travel_in_few_frames() -> None:
    bench = Bench()
    await bench.warm()
    await bench.kkt.register_receipt(order_of_lines(RECEIPT.lines * 40), AT)
    sizes = [len(data) for code, data in bench.fn.asked if code == "07"]
    assert max(sizes) <= 1024
    assert min(sizes[:-1]) > 1024 - len(item_record(RECEIPT.lines[0], FfdVersion.FFD_1_2, None))


async def test_may_create_is_awaited_between_the_data_and_the_finish() -> None:
    bench = Bench()
    await bench.warm()
    seen: list[str] = []

    async def may_create() -> None:
        seen.extend(bench.fn.codes)

    await bench.kkt.register_receipt(ORDER, AT, may_create)
    assert seen == ["15", "07"]


async def test_forbidden_creation_drops_the_document_and_passes_the_error_on() -> None:
    bench = Bench()
    await bench.warm()

    async def forbid() -> None:
        raise PermissionError("lease lost")

    with pytest.raises(PermissionError):
        await bench.kkt.register_receipt(ORDER, AT, forbid)
    assert bench.fn.codes == ["15", "07", "06"]


async def test_refused_data_drop_the_document() -> None:
    bench = Bench()
    await bench.warm()
    bench.fn.answers[0x07] = (0x0B, b"")
    with pytest.raises(KktRefused) as caught:
        await bench.kkt.register_receipt(ORDER, AT)
    assert caught.value.kind is Refusal.BAD_REQUEST
    assert bench.fn.codes == ["15", "07", "06"]


async def test_refused_beginning_leaves_nothing_to_drop() -> None:
    bench = Bench()
    await bench.warm()
    bench.fn.answers[0x15] = (0x16, b"")
    with pytest.raises(KktRefused) as caught:
        await bench.kkt.register_receipt(ORDER, AT)
    assert caught.value.kind is Refusal.SHIFT_EXPIRED
    assert bench.fn.codes == ["15"]


async def test_lost_answer_to_the_finish_leaves_the_fn_as_it_is() -> None:
    bench = Bench(enq=False)
    await bench.warm()
    bench.faults.once_after(0x16, lost)
    with pytest.raises(KktOutcomeUnknown):
        await bench.kkt.register_receipt(ORDER, AT)
    assert bench.fn.codes == RECEIPT_COMMANDS


async def test_lost_answer_before_the_finish_is_taken_back_on_a_new_connection() -> None:
    bench = Bench(enq=False)
    await bench.warm()
    bench.faults.once_after(0x07, lost)
    with pytest.raises(KktUnavailable):
        await bench.kkt.register_receipt(ORDER, AT)
    assert bench.fn.codes == ["15", "07", *BEGINNING, "06"]
    assert bench.pipe.connections == 2


async def test_document_found_open_is_cancelled_first() -> None:
    bench = Bench()
    bench.fn.answers[0x30] = (0, status(open_document=4))
    await bench.kkt.register_receipt(ORDER, AT)
    assert bench.fn.codes == [*BEGINNING, "30", "06", "3A", "10", *RECEIPT_COMMANDS]


async def test_document_that_somebody_left_open_meanwhile_is_cancelled() -> None:
    bench = Bench()
    await bench.warm()
    bench.fn.answers[0x15] = [(2, b""), (0, b"")]
    bench.fn.answers[0x30] = (0, status(open_document=4))
    await bench.kkt.register_receipt(ORDER, AT)
    assert bench.fn.codes == ["15", "30", "06", *RECEIPT_COMMANDS]


async def test_another_fn_behind_a_new_connection_is_asked_anew() -> None:
    bench = Bench()
    await bench.warm()
    await bench.kkt.close()
    bench.fn.answers[0x10] = (0, bytes((1, 9, 0, 0, 0)))
    assert (await bench.kkt.register_receipt(ORDER, AT)).shift_number == 9
    assert bench.fn.codes == ["30", "3A", "10", *RECEIPT_COMMANDS]


async def test_receipt_that_cannot_be_written_is_refused_before_a_document_is_begun() -> None:
    bench = Bench()
    await bench.warm()
    receipt = msgspec.structs.replace(RECEIPT, lines=NOTED, user_requisite=UserRequisite("a", "b"))
    with pytest.raises(KktRefused) as caught:
        await bench.kkt.register_receipt(msgspec.structs.replace(ORDER, receipt=receipt), AT)
    assert (caught.value.kind, caught.value.code) == (Refusal.BAD_REQUEST, 0)
    assert bench.fn.codes == []


async def test_fn_that_does_not_know_3a_is_of_1_05() -> None:
    bench = Bench()
    bench.fn.answers[0x3A] = (1, b"")
    bench.fn.answers[0x32] = TERM
    resource = await bench.kkt.resource()
    assert (resource.ffd, resource.documents_left, resource.valid_until) == (FfdVersion.FFD_1_05, None, VALID_UNTIL)
    await bench.kkt.register_receipt(ORDER, AT)
    handed = b"".join(data for code, data in bench.fn.asked if code == "07")
    assert tlv.find(tlv.decode(handed), 1209) is not None


async def test_fn_that_refuses_3a_for_another_reason_is_not_taken_for_one_of_1_05() -> None:
    bench = Bench()
    bench.fn.answers[0x3A] = [(9, b""), (0, b"\x04\x04")]
    with pytest.raises(KktRefused):
        await bench.kkt.register_receipt(ORDER, AT)
    await bench.kkt.register_receipt(ORDER, AT)
    handed = b"".join(data for code, data in bench.fn.asked if code == "07")
    assert tlv.find(tlv.decode(handed), 1209) is None


async def test_cancelling_nothing_is_harmless() -> None:
    bench = Bench()
    bench.fn.answers[0x06] = (2, b"")
    await bench.kkt.cancel_document()


async def test_naive_time_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="aware"):
        await Bench().kkt.open_shift(datetime(2026, 1, 15), "Иванова")  # noqa: DTZ001


def test_driver_is_a_kkt() -> None:
    kkt: Kkt = Bench().kkt
    order: ReceiptOrder = ORDER
    assert kkt.address == "pipe://"
    assert order.receipt_id_tag == 1084
