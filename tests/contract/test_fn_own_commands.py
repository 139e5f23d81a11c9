"""What an FN can do beyond the ``Kkt`` protocol: register anew, count, say what it is, change its speed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from accounting.receipts.codes import DocumentForm, FfdVersion, SettlementSign
from accounting.receipts.model import Correction, Tenders
from kkt_drivers.change_reasons import ChangeReason
from kkt_drivers.emulator.faults import Fault, FaultRule
from kkt_drivers.errors import KktRefused, KktUnavailable, Refusal
from kkt_drivers.fn.registration import WorkMode
from kkt_drivers.kkt import FnPhase
from tests.unit.emulator.fn_stand import Stand, order, registration

CORRECTION = Correction(kind=0, settled_on=datetime(2026, 1, 30, tzinfo=UTC).date())
later = pytest.mark.parametrize("ffd", [FfdVersion.FFD_1_2], ids=["ffd1.2"], indirect=True)


@pytest.fixture(params=[FfdVersion.FFD_1_05, FfdVersion.FFD_1_2], ids=["ffd1.05", "ffd1.2"])
def ffd(request: pytest.FixtureRequest) -> FfdVersion:
    return FfdVersion(request.param)


@pytest.fixture
async def stand(ffd: FfdVersion, tmp_path: Path) -> AsyncIterator[Stand]:
    stand = Stand("pipe", ffd, tmp_path)
    yield stand
    await stand.stop()


async def test_a_change_is_registered_and_can_be_read_back(stand: Stand) -> None:
    kkt = await stand.start()
    first = await kkt.register(registration(stand.ffd), stand.at)
    changed = msgspec.structs.replace(registration(stand.ffd), place="https://pay.example", taxation_systems=3)
    stand.at += timedelta(days=1)
    second = await kkt.re_register(changed, stand.at, ChangeReason.PLACE)
    assert (second.form, second.fd_number) == (DocumentForm.RE_REGISTRATION, 2)
    now, then = await kkt.registration(), await kkt.registration(1)
    assert (now.fd_number, now.fiscal_sign, now.taxation_systems) == (2, second.fiscal_sign, 3)
    assert (then.fd_number, then.fiscal_sign, then.taxation_systems) == (1, first.fiscal_sign, 1)
    assert now.modes == WorkMode.SERVICES | WorkMode.INTERNET
    assert now.reasons == (None if stand.ffd is FfdVersion.FFD_1_05 else int(ChangeReason.PLACE))
    assert (await kkt.registration(2)).reasons == (3 if stand.ffd is FfdVersion.FFD_1_05 else int(ChangeReason.PLACE))
    requisites = {record.tag: record for record in await kkt.registered_requisites()}
    assert requisites[1187].text() == "https://pay.example"
    assert requisites[1048].text() == "ООО Водоканал"
    earlier = {record.tag: record for record in await kkt.registered_requisites(1)}
    assert earlier[1187].text() == "https://water.example"
    await kkt.open_shift(stand.at, "Сервер")
    await kkt.register_receipt(order("r1"), stand.at)
    assert stand.forms() == [1, 11, 2, 3]


async def test_a_new_fn_takes_a_registered_kkt_over(stand: Stand) -> None:
    kkt = await stand.start()
    document = await kkt.re_register(registration(stand.ffd), stand.at, ChangeReason.FN_REPLACED)
    assert (document.form, document.fd_number) == (DocumentForm.RE_REGISTRATION, 1)
    assert (await kkt.registration(1)).reasons == 1
    assert (await kkt.status()).phase is FnPhase.FISCAL


@later
async def test_other_changes_together_with_a_new_fn_are_kept(stand: Stand) -> None:
    kkt = await stand.start()
    reasons = ChangeReason.FN_REPLACED | ChangeReason.OFD
    await kkt.re_register(registration(stand.ffd), stand.at, reasons)
    assert (await kkt.registration()).reasons == reasons


async def test_a_change_during_a_shift_is_refused_and_leaves_nothing(stand: Stand) -> None:
    kkt = await stand.start()
    await stand.ready()
    with pytest.raises(KktRefused) as refused:
        await kkt.re_register(registration(stand.ffd), stand.at, ChangeReason.OFD)
    assert refused.value.kind is Refusal.WRONG_STATE
    assert ((await kkt.status()).open_document, stand.forms()) == (0, [1, 2])


@pytest.mark.parametrize("ffd", [FfdVersion.FFD_1_05], ids=["ffd1.05"], indirect=True)
async def test_two_reasons_do_not_fit_1_05_and_nothing_is_begun(stand: Stand) -> None:
    kkt = await stand.start()
    await kkt.register(registration(stand.ffd), stand.at)
    with pytest.raises(KktRefused) as refused:
        await kkt.re_register(registration(stand.ffd), stand.at, ChangeReason.OFD | ChangeReason.PLACE)
    assert (refused.value.kind, refused.value.code) == (Refusal.BAD_REQUEST, 0)


async def test_corrections_are_made_in_both_versions(stand: Stand) -> None:
    kkt = await stand.start()
    await stand.ready()
    one = await kkt.register_receipt(order("c1", 10_000, correction=CORRECTION), stand.at)
    assert (one.form, one.number_in_shift) == (DocumentForm.CORRECTION_RECEIPT, 1)
    back = order("c2", 10_000, correction=CORRECTION, sign=SettlementSign.INCOME_RETURN)
    if stand.ffd is FfdVersion.FFD_1_05:
        with pytest.raises(KktRefused) as refused:
            await kkt.register_receipt(back, stand.at)
        assert refused.value.kind is Refusal.BAD_REQUEST
        assert stand.forms() == [1, 2, 31]
    else:
        await kkt.register_receipt(back, stand.at)
        assert stand.forms() == [1, 2, 31, 31]


@later
async def test_counters_add_up_what_was_made(stand: Stand) -> None:
    kkt = await stand.start()
    await stand.ready()
    await kkt.register_receipt(order("r1", 30_000), stand.at)
    await kkt.register_receipt(order("r2", 12_000, tenders=Tenders(cash=2_000, electronic=10_000)), stand.at)
    await kkt.register_receipt(order("r3", 6_000, sign=SettlementSign.INCOME_RETURN), stand.at)
    await kkt.register_receipt(order("c1", 1_200, correction=CORRECTION), stand.at)
    counters = await kkt.counters(whole_fn=False)
    assert (counters.shift_number, counters.count) == (1, 4)
    income = counters.by_sign[SettlementSign.INCOME]
    assert (income.count, income.total_kopecks, income.cash_kopecks, income.electronic_kopecks) == (
        2,
        42_000,
        2_000,
        40_000,
    )
    assert income.vat_20_kopecks == 7_000
    assert counters.by_sign[SettlementSign.INCOME_RETURN].total_kopecks == 6_000
    assert counters.corrections.by_sign[SettlementSign.INCOME].total_kopecks == 1_200
    counts = await kkt.operation_counters(whole_fn=False)
    assert (counts.count, counts.by_sign[SettlementSign.INCOME], counts.bso) == (4, 2, 0)
    assert counts.corrections_by_sign[SettlementSign.INCOME] == 1
    unsent = await kkt.unsent_counters()
    assert (unsent.count, unsent.by_sign[SettlementSign.INCOME].total_kopecks) == (4, 43_200)
    await kkt.close_shift(stand.at, "Сервер")
    await kkt.open_shift(stand.at, "Сервер")
    assert (await kkt.counters(whole_fn=False)).count == 0
    assert (await kkt.counters(whole_fn=True)).count == 4


@pytest.mark.parametrize("ffd", [FfdVersion.FFD_1_05], ids=["ffd1.05"], indirect=True)
async def test_an_fn_of_1_05_does_not_count(stand: Stand) -> None:
    kkt = await stand.start()
    with pytest.raises(KktRefused) as refused:
        await kkt.counters(whole_fn=True)
    assert refused.value.kind is Refusal.BAD_REQUEST


async def test_the_operators_word_is_read_back(stand: Stand) -> None:
    kkt = await stand.start()
    await kkt.register(registration(stand.ffd), stand.at)
    with pytest.raises(KktRefused) as nothing:
        await kkt.confirmation(1)
    assert nothing.value.kind is Refusal.NO_DATA
    await stand.send_one(await stand.operator())
    confirmation = await kkt.confirmation(1)
    assert (confirmation.fd_number, len(confirmation.operator_sign)) == (1, 18)


async def test_an_fn_says_what_it_is(stand: Stand) -> None:
    kkt = await stand.start()
    firmware = await kkt.firmware()
    assert (firmware.version, firmware.serial) == ("emulated FN 1.2", False)
    assert b"no errors" in await kkt.diagnostics()


@later
async def test_days_left_are_counted_from_the_day_given(stand: Stand) -> None:
    kkt = await stand.start()
    await kkt.register(registration(stand.ffd), stand.at)
    assert await kkt.days_left(stand.at + timedelta(days=10)) == 460


async def test_a_debug_fn_can_be_wiped_and_begun_again(stand: Stand) -> None:
    kkt = await stand.start()
    await stand.ready()
    await kkt.wipe_debug_fn()
    assert (await kkt.status()).phase is FnPhase.READY
    await stand.ready()
    assert (await kkt.register_receipt(order("r1"), stand.at)).fd_number == 3


@later
@pytest.mark.parametrize("wire", ["serial", "usb-ftdi", "usb-cdc"])
async def test_an_fn_and_its_wire_change_their_speed_together(wire: str, ffd: FfdVersion, tmp_path: Path) -> None:
    stand = Stand(wire, ffd, tmp_path)
    kkt = await stand.start(FaultRule("30h", Fault.LOSE_ANSWER, nth=3), enq=False)
    await kkt.status()
    await kkt.change_speed(460_800)
    assert stand.fn.bits_per_s == 460_800
    await kkt.status()
    with pytest.raises(KktUnavailable):
        await kkt.status()
    await kkt.status()  # on a new opening of the wire, still at the new speed
    with pytest.raises(KktRefused) as refused:
        await kkt.change_speed(1234)
    assert refused.value.kind is Refusal.BAD_REQUEST
    await stand.stop()


async def test_a_wire_without_a_speed_refuses_before_the_fn_hears_of_it(stand: Stand) -> None:
    kkt = await stand.start()
    with pytest.raises(KktRefused, match="no speed"):
        await kkt.change_speed(460_800)
    assert stand.fn.bits_per_s == 115_200
