"""The driver of an FN against an emulated one, over every wire: the whole life of an FN and its misfortunes.

After each test the FN's memory file is the judge: what the driver says and what the archive holds must agree.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from accounting.receipts.codes import (
    DocumentForm,
    FfdVersion,
)
from accounting.receipts.model import Correction
from kkt_drivers.emulator.faults import Fault, FaultRule
from kkt_drivers.emulator.ofd import read_ofd_archive
from kkt_drivers.emulator.ofd_faults import OfdFault, OfdFaultRule
from kkt_drivers.errors import KktOutcomeUnknown, KktRefused, KktUnavailable, Refusal
from kkt_drivers.kkt import FnPhase, FnWarning
from kkt_drivers.ofd.client import OfdError
from tests.unit.emulator.fn_stand import Stand, order, registration
from tests.unit.emulator.fn_wires import WIRES


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[FfdVersion.FFD_1_05, FfdVersion.FFD_1_2], ids=["ffd1.05", "ffd1.2"])
def ffd(request: pytest.FixtureRequest) -> FfdVersion:
    return FfdVersion(request.param)


@pytest.fixture
async def stand(wire: str, ffd: FfdVersion, tmp_path: Path) -> AsyncIterator[Stand]:
    stand = Stand(wire, ffd, tmp_path)
    yield stand
    await stand.stop()


async def test_the_whole_life_of_an_fn(stand: Stand) -> None:
    kkt = await stand.start()
    operator = await stand.operator()
    assert (await kkt.status()).phase is FnPhase.READY
    made = [await kkt.register(registration(stand.ffd), stand.at), await kkt.open_shift(stand.at, "Сервер")]
    for number in range(3):
        stand.at += timedelta(minutes=7)
        made.append(await kkt.register_receipt(order(f"r{number}", 1000 + number), stand.at))
    correction = Correction(kind=0, settled_on=datetime(2026, 1, 30, tzinfo=UTC).date())
    made.append(await kkt.register_receipt(order("c1", correction=correction), stand.at))
    shift = await kkt.shift()
    assert (shift.open, shift.number, shift.receipts) == (True, 1, 4)
    made.append(await kkt.close_shift(stand.at, "Сервер"))
    made.append(await kkt.report_settlements(stand.at))
    queue = await kkt.ofd_queue()
    assert (queue.unsent, queue.first_fd_number) == (8, 1)
    assert [await stand.send_one(operator) for _ in range(8)] == [0] * 8
    made.append(await kkt.close_fn(stand.at + timedelta(minutes=1), "Сервер"))
    assert (await kkt.status()).phase is FnPhase.POST_FISCAL
    await stand.send_one(operator)
    assert (await kkt.status()).phase is FnPhase.ARCHIVE

    assert [document.form for document in made] == [1, 2, 3, 3, 3, 31, 5, 21, 6]
    archive = stand.archive()
    assert [(d.fd_number, d.fiscal_sign, d.form, d.issued_at) for d in made] == [
        (entry.fd_number, entry.fiscal_sign, entry.form, entry.issued_at) for entry in archive
    ]
    assert [d.number_in_shift for d in made[2:6]] == [1, 2, 3, 4]
    for entry in archive:
        read = await kkt.read_document(entry.fd_number)
        assert (read.form, read.fiscal_sign, read.confirmed, read.tlv) == (
            entry.form,
            entry.fiscal_sign,
            True,
            entry.tlv,
        )
        assert (read.sign, read.total_kopecks, read.issued_at) == (entry.sign, entry.total_kopecks, entry.issued_at)
    assert [document.container for document in read_ofd_archive(stand.ofd_archive)] == [
        entry.container for entry in archive
    ]


async def test_what_the_fn_can_still_take(stand: Stand) -> None:
    stand.capacity = 20
    kkt = await stand.start()
    await stand.ready()
    resource = await kkt.resource()
    assert resource.documents_left == (None if stand.ffd is FfdVersion.FFD_1_05 else 15)
    assert resource.ffd is stand.ffd
    for number in range(15):
        await kkt.register_receipt(order(f"r{number}"), stand.at)
    assert FnWarning.RESOURCE in (await kkt.status()).warnings
    with pytest.raises(KktRefused) as refused:
        await kkt.register_receipt(order("one too many"), stand.at)
    assert refused.value.kind is Refusal.EXHAUSTED
    assert (await kkt.status()).open_document == 0
    await kkt.close_shift(stand.at, "Сервер")
    await kkt.report_settlements(stand.at)
    await kkt.close_fn(stand.at, "Сервер")
    assert len(stand.forms()) == 20


async def test_limits_of_time_reach_the_caller_in_our_words(stand: Stand) -> None:
    kkt = await stand.start()
    await stand.ready()
    with pytest.raises(KktRefused) as earlier:
        await kkt.register_receipt(order("r1"), stand.at - timedelta(hours=1))
    assert earlier.value.kind is Refusal.CLOCK
    with pytest.raises(KktRefused) as expired:
        await kkt.register_receipt(order("r1"), stand.at + timedelta(hours=25))
    assert expired.value.kind is Refusal.SHIFT_EXPIRED
    await kkt.close_shift(stand.at + timedelta(hours=25), "Сервер")
    with pytest.raises(KktRefused) as silent:
        await kkt.open_shift(stand.at + timedelta(days=31), "Сервер")
    assert silent.value.kind is Refusal.OFD_BACKLOG
    with pytest.raises(KktRefused) as nothing:
        await kkt.read_document(4)
    assert nothing.value.kind is Refusal.NO_DATA


async def test_a_lost_answer_is_repeated_on_request(stand: Stand) -> None:
    kkt = await stand.start(FaultRule("16h", Fault.LOSE_ANSWER))
    await stand.ready()
    document = await kkt.register_receipt(order("r1"), stand.at)
    assert document.fd_number == 3
    assert stand.forms() == [1, 2, 3]


async def test_a_garbled_answer_is_repeated_on_request(stand: Stand) -> None:
    kkt = await stand.start(FaultRule("16h", Fault.GARBLE_ANSWER))
    await stand.ready()
    document = await kkt.register_receipt(order("r1"), stand.at)
    assert document.fiscal_sign == stand.archive()[2].fiscal_sign


@pytest.mark.parametrize(
    "fault", [Fault.LOSE_ANSWER, Fault.GARBLE_ANSWER, Fault.POWER_OFF_AFTER_WRITE], ids=lambda fault: str(fault.value)
)
async def test_an_answer_that_never_comes_leaves_one_document_and_an_unknown_outcome(
    stand: Stand, fault: Fault
) -> None:
    kkt = await stand.start(FaultRule("16h", fault), enq=False)
    await stand.ready()
    with pytest.raises(KktOutcomeUnknown):
        await kkt.register_receipt(order("r1"), stand.at)
    status = await kkt.status()
    assert (status.last_fd_number, status.open_document) == (3, 0)
    assert (await kkt.read_document(3)).tlv == stand.archive()[2].tlv
    assert (await kkt.register_receipt(order("r2"), stand.at)).fd_number == 4
    assert stand.forms() == [1, 2, 3, 3]


@pytest.mark.parametrize(
    "fault", [Fault.LOSE_REQUEST, Fault.POWER_OFF_BEFORE_WRITE, Fault.UNPLUG], ids=lambda fault: str(fault.value)
)
async def test_a_request_that_never_arrived_leaves_no_document_and_an_unknown_outcome(
    stand: Stand, fault: Fault
) -> None:
    kkt = await stand.start(FaultRule("16h", fault, ms=1))
    await stand.ready()
    with pytest.raises(KktOutcomeUnknown):
        await kkt.register_receipt(order("r1"), stand.at)
    assert stand.forms() == [1, 2]
    while True:  # an unplugged FN is back after its millisecond
        try:
            assert (await kkt.status()).last_fd_number == 2
            break
        except KktUnavailable:
            await asyncio.sleep(0)
    assert (await kkt.register_receipt(order("r1"), stand.at)).fd_number == 3


async def test_a_fault_before_the_finish_did_nothing(stand: Stand) -> None:
    kkt = await stand.start(FaultRule("07h", Fault.POWER_OFF_BEFORE_WRITE, nth=4))
    await stand.ready()
    for receipt_id in ("r1", "r2", "r3", "r4"):
        try:
            await kkt.register_receipt(order(receipt_id), stand.at)
        except KktUnavailable:
            await kkt.register_receipt(order(receipt_id), stand.at)
    assert stand.forms() == [1, 2, 3, 3, 3, 3]


async def test_an_answer_that_comes_twice_is_taken_once(stand: Stand) -> None:
    kkt = await stand.start(FaultRule("16h", Fault.ANSWER_TWICE), FaultRule("15h", Fault.ANSWER_TWICE, nth=2))
    await stand.ready()
    assert (await kkt.register_receipt(order("r1"), stand.at)).fd_number == 3
    assert (await kkt.register_receipt(order("r2"), stand.at)).fd_number == 4
    assert (await kkt.status()).last_fd_number == 4


async def test_a_refused_permission_drops_the_document(stand: Stand) -> None:
    kkt = await stand.start()
    await stand.ready()

    async def never() -> None:
        raise PermissionError("the lease is over")

    with pytest.raises(PermissionError):
        await kkt.register_receipt(order("r1"), stand.at, never)
    assert ((await kkt.status()).open_document, stand.forms()) == (0, [1, 2])


async def test_a_broken_fn_is_a_fault(stand: Stand) -> None:
    kkt = await stand.start(FaultRule("16h", Fault.CRITICAL))
    await stand.ready()
    with pytest.raises(KktRefused) as refused:
        await kkt.register_receipt(order("r1"), stand.at)
    assert refused.value.kind is Refusal.FAULT
    assert FnWarning.CRITICAL in (await kkt.status()).warnings


async def test_a_killed_fn_goes_on_from_its_memory(stand: Stand) -> None:
    await stand.start()
    await stand.ready()
    await stand.kkt.register_receipt(order("r1"), stand.at)
    await stand.kkt.read_ofd_message()
    await stand.stop()
    kkt = await stand.start()
    assert (await kkt.shift()).receipts == 1
    assert (await kkt.register_receipt(order("r2"), stand.at)).number_in_shift == 2
    operator = await stand.operator()
    assert [await stand.send_one(operator) for _ in range(4)] == [0] * 4


async def test_an_operator_that_misbehaves_loses_nothing_and_stores_nothing_twice(stand: Stand) -> None:
    kkt = await stand.start()
    await stand.ready()
    kinds = [fault for fault in OfdFault if fault not in (OfdFault.CODE, OfdFault.DELAY)]
    operator = await stand.operator(*(OfdFaultRule(number, fault) for number, fault in enumerate(kinds, 1)))
    for _ in kinds:
        with pytest.raises((OfdError, KktRefused)) as error:
            await stand.send_one(operator)
        if isinstance(error.value, KktRefused):
            assert error.value.kind is Refusal.OFD_ANSWER
        assert (await kkt.ofd_queue()).unsent == 2
    assert [await stand.send_one(operator) for _ in range(2)] == [0, 0]
    assert [document.fd_number for document in read_ofd_archive(stand.ofd_archive)] == [1, 2]
    with pytest.raises(KktRefused) as nothing:
        await kkt.read_ofd_message()
    assert nothing.value.kind is Refusal.NO_DATA


async def test_documents_keep_our_words_and_the_fn_adds_its_own(stand: Stand) -> None:
    kkt = await stand.start()
    await stand.ready()
    document = await kkt.register_receipt(order("id-42"), stand.at)
    assert document.form is DocumentForm.RECEIPT
    (entry,) = (entry for entry in stand.archive() if entry.form == DocumentForm.RECEIPT)
    assert (entry.total_kopecks, entry.sign) == (45_000, 1)
    assert "Холодная вода, май".encode("cp866") in entry.tlv
    assert b"id-42" in entry.tlv
    assert entry.tlv.count(b"\xb9\x04\x01\x00" + bytes((stand.ffd,))) == 1  # tag 1209 once, whoever writes it
