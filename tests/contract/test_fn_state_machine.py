"""FnKkt over an emulated FN, with misfortunes, against a small model: after recovery the model, the driver's belief and
the archive agree, whatever happened. Time jumps, so a lost answer costs nothing."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from accounting.receipts.codes import DocumentForm, FfdVersion
from accounting.receipts.model import Correction
from kkt_drivers.change_reasons import ChangeReason
from kkt_drivers.emulator.cable import FnAtSerialCable, FnSocketOnCable
from kkt_drivers.emulator.faults import Fault, FaultRule
from kkt_drivers.emulator.memory import read_archive
from kkt_drivers.emulator.ofd import HEADER_SIZE, EmulatedOfd
from kkt_drivers.errors import KktOutcomeUnknown, KktRefused, KktUnavailable
from kkt_drivers.ffd.receipt_id import receipt_id_of
from kkt_drivers.fn.driver import FnKkt
from kkt_drivers.fn.error_codes import ERRORS, UNKNOWN_COMMAND
from kkt_drivers.kkt import FiscalDocument, FnPhase
from kkt_drivers.ofd.message import encode_message
from tests.contract.fn_bench import FnBench
from tests.contract.fn_model import FnModel, Wanted
from tests.unit.emulator.fn_stand import NOON, NUMBER, order, registration

CASHIER = "Сервер"
CORRECTION = Correction(kind=0, settled_on=datetime(2026, 1, 30, tzinfo=UTC).date())
MISFORTUNES = [fault for fault in Fault if fault not in (Fault.CRITICAL, Fault.FILL_UP)]
FINISHING = [0x03, 0xA3, 0x05, 0x12, 0x14, 0x16, 0x19]
OTHERS = [0x02, 0x06, 0x07, 0x11, 0x15, 0x22, 0x26, 0x30, 0x31, 0x45, 0x46]


class FnUnderMisfortunes(RuleBasedStateMachine):
    """Each rule is what a server does or what happens to it."""

    def __init__(self) -> None:
        super().__init__()
        self.bench = FnBench()
        self.operator = EmulatedOfd(utc_seconds=lambda: self.at.timestamp())
        self.at = NOON
        self.orders = 0

    @property
    def kkt(self) -> FnKkt:
        return self.bench.kkt

    # Beginning and end ------------------------------------------------------------------------------------------------

    @initialize(
        ffd=st.sampled_from([FfdVersion.FFD_1_05, FfdVersion.FFD_1_2]),
        enq=st.booleans(),
        works=st.sampled_from([True, True, True, False]),
        socket=st.sampled_from([FnSocketOnCable, FnAtSerialCable]),
    )
    def plug_in(self, ffd: FfdVersion, enq: bool, works: bool, socket: type[FnSocketOnCable]) -> None:
        self.model = FnModel(ffd)
        self.bench.begin(ffd, socket, enq=enq)
        if works:
            self.register()
            self.open_shift()

    def teardown(self) -> None:
        if hasattr(self, "model"):
            self.everything_agrees()
        self.bench.end()

    # What a server asks for -------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.model.documents)
    @rule()
    def register(self) -> None:
        self._make(Wanted(DocumentForm.REGISTRATION), lambda: self.kkt.register(self._registration(), self.at))

    @precondition(lambda self: self.model.documents and not self.model.shift_open)
    @rule()
    def open_shift(self) -> None:
        self._make(Wanted(DocumentForm.SHIFT_OPENING), lambda: self.kkt.open_shift(self.at, CASHIER))

    @precondition(lambda self: self.model.shift_open)
    @rule()
    def close_shift(self) -> None:
        self._make(Wanted(DocumentForm.SHIFT_CLOSING), lambda: self.kkt.close_shift(self.at, CASHIER))

    @precondition(lambda self: self.model.shift_open)
    @rule(sums=st.lists(st.integers(1, 10_000_000), min_size=1, max_size=3))
    def receipts(self, sums: list[int]) -> None:
        for kopecks in sums:
            self._receipt(kopecks, None)

    @precondition(lambda self: self.model.shift_open)
    @rule(kopecks=st.integers(1, 10_000_000))
    def correction(self, kopecks: int) -> None:
        self._receipt(kopecks, CORRECTION)

    @rule()
    def report_settlements(self) -> None:
        self._make(Wanted(DocumentForm.SETTLEMENTS_REPORT), lambda: self.kkt.report_settlements(self.at))

    @precondition(lambda self: self.model.documents and not self.model.shift_open)
    @rule()
    def register_anew(self) -> None:
        self._make(
            Wanted(DocumentForm.RE_REGISTRATION),
            lambda: self.kkt.re_register(self._registration(), self.at, ChangeReason.PLACE),
        )

    @precondition(lambda self: len(self.model.documents) > 12 and not self.model.shift_open)
    @rule()
    def close_fn(self) -> None:
        self._make(Wanted(DocumentForm.FN_CLOSING), lambda: self.kkt.close_fn(self.at, CASHIER))

    @rule(form=st.sampled_from(["register", "register_anew", "open_shift", "close_shift", "receipt"]))
    def whatever_at_any_moment(self, form: str) -> None:
        """Most often the wrong one, which the FN refuses."""
        match form:
            case "receipt":
                self._receipt(45_000, None)
            case "register":
                self.register()
            case "register_anew":
                self.register_anew()
            case "open_shift":
                self.open_shift()
            case _:
                self.close_shift()

    def _receipt(self, kopecks: int, correction: Correction | None) -> None:
        self.orders += 1
        name = f"order {self.orders}"
        form = DocumentForm.RECEIPT if correction is None else DocumentForm.CORRECTION_RECEIPT
        given = order(name, kopecks, correction=correction)
        self._make(Wanted(form, kopecks, name), lambda: self.kkt.register_receipt(given, self.at))

    @rule(documents=st.integers(1, 4))
    def send_to_the_operator(self, documents: int) -> None:
        for _ in range(documents):
            try:
                container = self.bench.run(self.kkt.read_ofd_message())
                message = encode_message(container, self.model.ffd, NUMBER)
                answer = self.operator.receive(message).data[HEADER_SIZE:]
                assert self.bench.run(self.kkt.accept_ofd_answer(answer)) == 0
            except (KktRefused, KktUnavailable):
                break  # nothing to send, or who knows: the queue will tell
        self._follow_confirmations()

    # What happens -----------------------------------------------------------------------------------------------------

    @rule(fault=st.sampled_from(MISFORTUNES), after=st.integers(0, 6))
    def misfortune_is_coming(self, fault: Fault, after: int) -> None:
        self.bench.faults.by_count.append((after, self._misfortune(fault)))

    # Not 01h: to 3Ah it says, once and for all, that the FN is one of FFD 1.05.
    @rule(code=st.sampled_from(sorted(ERRORS.keys() - {UNKNOWN_COMMAND})), after=st.integers(0, 8))
    def refusal_is_coming(self, code: int, after: int) -> None:
        self.bench.faults.by_count.append((after, FaultRule(0, Fault.REFUSE, code=code)))

    @rule(faults=st.lists(st.sampled_from(MISFORTUNES), min_size=len(FINISHING), max_size=len(FINISHING)))
    def the_next_document_will_be_unlucky(self, faults: list[Fault]) -> None:
        self.bench.faults.by_code |= {
            code: self._misfortune(fault) for code, fault in zip(FINISHING, faults, strict=True)
        }

    @rule(code=st.sampled_from(OTHERS), fault=st.sampled_from(MISFORTUNES))
    def the_next_command_of_a_kind_will_be_unlucky(self, code: int, fault: Fault) -> None:
        self.bench.faults.by_code[code] = self._misfortune(fault)

    def _misfortune(self, fault: Fault) -> FaultRule:
        return FaultRule(0, fault, ms=2500 if fault in (Fault.STALL, Fault.UNPLUG) else 0)

    @rule()
    def power_cut(self) -> None:
        self.bench.cut_power()

    @rule()
    def the_fns_process_is_killed(self) -> None:
        self.bench.kill_fn()

    @rule()
    def the_server_is_killed(self) -> None:
        self.bench.kill_server()

    @rule(minutes=st.sampled_from([1, 7, 60, 23 * 60, 25 * 60, 8 * 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.at += timedelta(minutes=minutes)

    # Recovery ---------------------------------------------------------------------------------------------------------

    @rule()
    def everything_agrees(self) -> None:
        """Model, driver and archive."""
        self.bench.faults.clear()
        self._follow_confirmations()
        model = self.model
        self.bench.surely(self.kkt.cancel_document)
        status = self.bench.surely(self.kkt.status)
        assert (status.phase, status.open_document, status.shift_open, status.last_fd_number) == (
            model.phase,
            0,
            model.shift_open,
            len(model.documents),
        )
        if model.shift_open:
            shift = self.bench.surely(self.kkt.shift)
            assert (shift.number, shift.receipts) == (model.shift_number, model.receipts)
        archive = read_archive(self.bench.memory)
        assert [(entry.form, entry.total_kopecks) for entry in archive] == [
            (wanted.form, wanted.total_kopecks) for wanted in model.documents
        ]
        assert [receipt_id_of(entry.tlv) for entry in archive if entry.total_kopecks is not None] == [
            wanted.order_id for wanted in model.documents if wanted.order_id is not None
        ]
        assert [entry.confirmed for entry in archive] == [number < model.confirmed for number in range(len(archive))]
        if archive:
            last = archive[-1]
            read = self.bench.surely(lambda: self.kkt.read_document(last.fd_number))
            assert (read.form, read.fiscal_sign, read.tlv) == (last.form, last.fiscal_sign, last.tlv)

    def _registration(self) -> Any:
        return registration(self.model.ffd)

    def _make(self, wanted: Wanted, ask: Callable[[], Coroutine[Any, Any, FiscalDocument]]) -> None:
        """Ask for a document; the model follows what the driver says came of it."""
        allowed, before = self.model.allows(wanted, self.at), len(self.model.documents)
        refused = self.bench.faults.refused
        document: FiscalDocument | None = None
        try:
            document = self.bench.run(ask())
        except KktUnavailable:
            return
        except KktRefused:
            assert not allowed or self.bench.faults.refused > refused
            return
        except KktOutcomeUnknown:
            assert allowed
            if self.bench.surely(self.kkt.status).last_fd_number == before:
                return
            read = self.bench.surely(lambda: self.kkt.read_document(before + 1))
            assert (read.form, read.total_kopecks) == (wanted.form, wanted.total_kopecks)
        else:
            assert allowed
            assert (document.form, document.fd_number, document.fn_number) == (wanted.form, before + 1, NUMBER)
        self.model.make(wanted, self.at)
        if wanted.order_id is not None and document is not None:
            assert (document.shift_number, document.number_in_shift) == (self.model.shift_number, self.model.receipts)

    def _follow_confirmations(self) -> None:
        """A confirmation whose answer was lost is found in the FN's queue."""
        if self.model.phase in (FnPhase.FISCAL, FnPhase.POST_FISCAL):
            try:
                queue = self.bench.surely(self.kkt.ofd_queue)
                self.model.confirmed = queue.first_fd_number - 1 if queue.unsent else len(self.model.documents)
            except KktRefused:  # the last confirmation of a closed FN was taken: it is an archive by now
                self.model.confirmed = len(self.model.documents)


class FnUnderManyMisfortunes(FnUnderMisfortunes):
    """The same, for longer."""


_COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": True}
TestFn = FnUnderMisfortunes.TestCase
TestFn.settings = settings(max_examples=25, stateful_step_count=30, **_COMMON)
TestFnForLong = pytest.mark.proof(FnUnderManyMisfortunes.TestCase)
TestFnForLong.settings = settings(max_examples=600, stateful_step_count=80, **_COMMON)
