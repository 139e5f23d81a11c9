"""The memory of an emulated FN: a log file that is written before an answer leaves, and read back at start."""

from datetime import datetime
from pathlib import Path

import msgspec

from kkt_drivers.emulator import container
from kkt_drivers.emulator.log_file import LogFile, MemoryLog, read_records
from kkt_drivers.emulator.moment import from_seconds
from kkt_drivers.emulator.records import (
    ConfirmationRecord,
    DocumentRecord,
    FnParameters,
    Record,
    RegistrationRecord,
    ResetRecord,
)
from kkt_drivers.emulator.state import FnState

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Record)


class NotAnFnMemory(Exception):
    """The file is something else, or belongs to an FN with another number."""


class FnMemory:
    """The log and the state that follows from it."""

    def __init__(self, path: str | Path | None, parameters: FnParameters) -> None:
        """Replay ``path`` (None: forget everything at the end). The file's own parameters win over those given.

        Raises NotAnFnMemory, LogInUse, LogDamaged.
        """
        self._log: LogFile | MemoryLog = MemoryLog() if path is None else LogFile(path)
        try:
            self.state = self._replay(parameters)
        except BaseException:
            self._log.close()  # the file is free again for whoever it belongs to
            raise

    def _replay(self, parameters: FnParameters) -> FnState:
        state: FnState | None = None
        for offset, payload in self._log.replay():
            record = _decode(payload)
            if state is not None:
                state.apply(record, offset)
            elif isinstance(record, FnParameters) and record.number == parameters.number:
                state = FnState(record)
            else:
                raise NotAnFnMemory(f"the file is not the memory of emulated FN {parameters.number}")
        if state is None:
            self._log.append(_encoder.encode(parameters))
            state = FnState(parameters)
        return state

    def store(self, record: Record) -> None:
        """Write, then change the state. On OSError nothing has changed."""
        offset = self._log.append(_encoder.encode(record))
        self.state.apply(record, offset)

    def document(self, fd_number: int) -> DocumentRecord:
        """A document as it was stored; ``fd_number`` must exist."""
        record = _decode(self._log.read(self.state.index[fd_number - 1].offset))
        assert isinstance(record, DocumentRecord)
        return record

    def confirmation(self, fd_number: int) -> ConfirmationRecord:
        """The confirmation of a confirmed document."""
        record = _decode(self._log.read(self.state.index[fd_number - 1].confirmation_offset))
        assert isinstance(record, ConfirmationRecord)
        return record

    def close(self) -> None:
        self._log.close()


class ArchiveEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A document of a memory file, for tests and auditors. Money in kopecks, times local to the point of sale."""

    fd_number: int
    form: int
    fiscal_sign: int
    issued_at: datetime
    tlv: bytes  # all TLVs of the document without the outer head
    container: bytes  # what the operator gets
    sign: int | None = None
    total_kopecks: int | None = None
    shift_number: int | None = None
    number_in_shift: int | None = None
    confirmed: bool = False
    confirmation_code: int | None = None
    registration: RegistrationRecord | None = None


def read_parameters(path: str | Path) -> FnParameters:
    """The header of a memory file."""
    for payload in read_records(path):
        record = _decode(payload)
        if isinstance(record, FnParameters):
            return record
        break
    raise NotAnFnMemory(f"{path} is not the memory of an emulated FN")


def read_archive(path: str | Path) -> list[ArchiveEntry]:
    """Every document of a memory file in FD order, also while an emulator writes it; a document is all or nothing."""
    entries: list[ArchiveEntry] = []
    for payload in read_records(path):
        record = _decode(payload)
        if isinstance(record, DocumentRecord):
            entries.append(_entry(record))
        elif isinstance(record, ConfirmationRecord):
            place = record.fd_number - 1
            entries[place] = msgspec.structs.replace(entries[place], confirmed=True, confirmation_code=record.code)
        elif isinstance(record, ResetRecord):
            entries.clear()
    return entries


def _entry(record: DocumentRecord) -> ArchiveEntry:
    is_receipt = record.sign != 0
    return ArchiveEntry(
        fd_number=record.fd_number,
        form=record.form,
        fiscal_sign=record.fiscal_sign,
        issued_at=from_seconds(record.issued_at),
        tlv=container.document_body(record.container),
        container=record.container,
        sign=record.sign if is_receipt else None,
        total_kopecks=record.total_kopecks if is_receipt else None,
        shift_number=record.shift_number or None,
        number_in_shift=record.number_in_shift if is_receipt else None,
        registration=record.registration,
    )


def _decode(payload: bytes) -> Record:
    try:
        record: Record = _decoder.decode(payload)
    except msgspec.DecodeError as error:
        raise NotAnFnMemory(f"a record is of another kind: {error}") from None
    return record
