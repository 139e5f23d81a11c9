"""An emulated fiscal data operator: a message in, a confirmation out. OFD protocol 2-5; no I/O but its archive.

Its confirmations carry the toy sign that emulated FNs accept; no real FN would.
"""

import struct
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from kkt_drivers.emulator import container, signature
from kkt_drivers.emulator.log_file import LogDamaged, LogFile, MemoryLog, read_records
from kkt_drivers.emulator.ofd_faults import OfdFault, OfdFaultRule, OfdFaultSource

_HEADER = struct.Struct("<4s2s2s16sHHH")
HEADER_SIZE = 30
_SIGNATURE = b"\x2a\x08\x41\x0a"
_SESSION_VERSIONS = (b"\x81\xa2", b"\x82\xfb")
_MAX_BODY = 33_000

ACCEPTED = 0
NOT_RECOGNISED = 11


class OfdParameters(msgspec.Struct, frozen=True, array_like=True, tag="ofd"):
    """First record of an operator's archive."""

    inn: str


class OfdDocument(msgspec.Struct, frozen=True, array_like=True, tag="document"):
    """A document that the operator has accepted. ``conflict``: he already had another one with this number."""

    fn_number: str
    fd_number: int
    form: int
    received_at: int  # UTC seconds
    code: int  # tag 1022 of the confirmation
    container: bytes
    conflict: bool = False

    @property
    def tlv(self) -> bytes:
        """TLVs of the document without the outer head."""
        return container.document_body(self.container)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(OfdParameters | OfdDocument)


class OfdAnswer(msgspec.Struct, frozen=True):
    """What goes back to the KKT."""

    data: bytes = b""
    delay_s: float = 0.0
    close: bool = False


class EmulatedOfd:
    """One operator. Every accepted document is in the archive before its confirmation leaves."""

    def __init__(
        self,
        archive: str | Path | None = None,
        inn: str = "7700000000",
        faults: OfdFaultSource | None = None,
        utc_seconds: Callable[[], float] = time.time,
    ) -> None:
        """``archive``: file of accepted documents, None keeps them in memory. Raises LogInUse, LogDamaged."""
        self.inn = inn
        self.rejected = 0  # messages that were no messages
        self._faults = faults or OfdFaultSource()
        self._utc_seconds = utc_seconds
        self._log: LogFile | MemoryLog = MemoryLog() if archive is None else LogFile(archive)
        self._away_until = 0.0  # UTC seconds
        self._known: dict[tuple[str, int], int] = {}  # offset of the first document with this number
        try:
            self._replay()
        except BaseException:
            self._log.close()
            raise

    def _replay(self) -> None:
        empty = True
        for offset, payload in self._log.replay():
            empty = False
            try:
                record = _decoder.decode(payload)
            except msgspec.ValidationError:
                raise LogDamaged("the file is not the archive of an emulated operator") from None
            if isinstance(record, OfdDocument):
                self._known.setdefault((record.fn_number, record.fd_number), offset)
        if empty:
            self._log.append(_encoder.encode(OfdParameters(self.inn)))

    @property
    def reachable(self) -> bool:
        """Whether anybody is there; False while a fault of the script keeps the operator away."""
        return self._utc_seconds() >= self._away_until

    def message_size(self, received: bytes) -> int:
        """Bytes of the message that begins ``received``; 0 while the header is incomplete, -1 when it is none."""
        if len(received) < HEADER_SIZE:
            return 0
        head, version, _, _, size, _, _ = _HEADER.unpack_from(received)
        if head != _SIGNATURE or version not in _SESSION_VERSIONS or size > _MAX_BODY:
            self.rejected += 1
            return -1
        return HEADER_SIZE + int(size)

    def receive(self, message: bytes) -> OfdAnswer:
        """Judge a whole message (header and container), archive it and answer."""
        if not self.reachable:
            return OfdAnswer(close=True)
        rule = self._faults.meet()
        if rule is not None and rule.do is OfdFault.UNREACHABLE:
            self._away_until = self._utc_seconds() + rule.hours * 3600
            return OfdAnswer(close=True)
        delay_s = rule.ms / 1000 if rule is not None else 0.0
        if rule is not None and rule.do is OfdFault.CLOSE:
            return OfdAnswer(close=True, delay_s=delay_s)
        header = _HEADER.unpack_from(message)
        try:
            parsed = container.open_message(message[HEADER_SIZE:])
        except container.BrokenContainer:
            self.rejected += 1
            return OfdAnswer(close=True)
        if parsed.fn_number != header[3].decode("ascii", "replace").strip():
            self.rejected += 1
            return OfdAnswer(close=True)
        received_at = int(self._utc_seconds())
        code = self._archive(parsed, message[HEADER_SIZE:], received_at, rule)
        answer = container.Confirmation(parsed.fn_number, parsed.fd_number, received_at, code, ofd_inn=self.inn)
        return self._reply(message[:HEADER_SIZE], answer, parsed.sign, rule)

    def _archive(self, parsed: container.Message, raw: bytes, received_at: int, rule: OfdFaultRule | None) -> int:
        """Store a document that is new; gives the code to confirm it with."""
        if parsed.sign != signature.message_sign(parsed.document):
            return NOT_RECOGNISED
        key = (parsed.fn_number, parsed.fd_number)
        conflict = False
        if key in self._known:
            first: OfdParameters | OfdDocument = _decoder.decode(self._log.read(self._known[key]))
            assert isinstance(first, OfdDocument)
            if first.container == raw:
                return first.code
            conflict = True
        code = rule.code if rule is not None and rule.do is OfdFault.CODE else ACCEPTED
        if conflict:
            code = NOT_RECOGNISED
        record = OfdDocument(*key, parsed.form, received_at, code, raw, conflict)
        offset = self._log.append(_encoder.encode(record))
        self._known.setdefault(key, offset)
        return code

    def _reply(
        self, header: bytes, answer: container.Confirmation, message_sign: bytes, rule: OfdFaultRule | None
    ) -> OfdAnswer:
        fault = rule.do if rule is not None else None
        delay_s = rule.ms / 1000 if rule is not None else 0.0
        if fault is OfdFault.CLOSE_AFTER_STORE:
            return OfdAnswer(close=True, delay_s=delay_s)
        if fault is OfdFault.EMPTY:
            return OfdAnswer(_with_size(header, 0), delay_s)
        if fault is OfdFault.GARBAGE:
            return OfdAnswer(b"HTTP/1.1 400 Bad Request\r\n\r\nno operator is here", delay_s, close=True)
        body = self._faults.spoil(fault, answer, message_sign)
        data = _with_size(header, len(body)) + body
        if fault is OfdFault.HALF_ANSWER:
            return OfdAnswer(data[: len(data) // 2], delay_s, close=True)
        return OfdAnswer(data, delay_s)

    def close(self) -> None:
        """Let the archive file go."""
        self._log.close()


def read_ofd_archive(path: str | Path) -> list[OfdDocument]:
    """Every accepted document in order of arrival, also while an operator writes the file."""
    records = (_decoder.decode(payload) for payload in read_records(path))
    return [record for record in records if isinstance(record, OfdDocument)]


def _with_size(header: bytes, size: int) -> bytes:
    """The KKT's own header with another body size: versions and FN number are repeated."""
    flags = b"\x14\x00" if size else b"\x10\x00"
    return header[:24] + size.to_bytes(2, "little") + flags + b"\x00\x00"
