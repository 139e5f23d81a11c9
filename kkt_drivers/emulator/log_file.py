"""An append-only file of records, safe against being killed at any byte.

    +------------------+------------------+-----------------+
    | length, uint32 LE| CRC-32, uint32 LE| payload         |   ... and the next one
    +------------------+------------------+-----------------+

One record is one ``os.write``, so a killed process leaves a whole record or a torn last one; the torn one is cut off at
the next opening. Damage in the middle is never repaired silently: records behind it would be lost.
"""

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_HEAD = struct.Struct("<II")
HEAD_SIZE = _HEAD.size

MAX_RECORD = 64 * 1024
"""Bytes of the longest payload: a longer one was never written, so such a length is damage, or no log at all."""


class LogDamaged(Exception):
    """A record that is not the last one is not as it was written, or the file is no log; it was not touched."""


class LogInUse(Exception):
    """Another process writes this file."""


class MemoryLog:
    """A log without a file, for FNs that need not outlive their process."""

    def __init__(self) -> None:
        self._records: list[bytes] = []

    def replay(self) -> Iterator[tuple[int, bytes]]:
        """All records as (offset, payload); offsets only serve ``read``."""
        return enumerate(self._records)

    def append(self, payload: bytes) -> int:
        self._records.append(payload)
        return len(self._records) - 1

    def read(self, offset: int) -> bytes:
        return self._records[offset]

    def close(self) -> None:
        pass


class LogFile:
    """The one writer of a log file; a second one raises LogInUse. Cuts off a torn tail when opened."""

    def __init__(self, path: str | Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._fd)
            raise LogInUse(f"{path} is in use by another process") from None
        self._end = 0
        self._path = path

    def replay(self) -> Iterator[tuple[int, bytes]]:
        """All records as (offset, payload). Must be run to its end before the first ``append``."""
        data = Path(self._path).read_bytes()
        for offset, payload in _records(data):
            self._end = offset + HEAD_SIZE + len(payload)
            yield offset, payload
        if self._end < len(data):
            os.ftruncate(self._fd, self._end)

    def append(self, payload: bytes) -> int:
        """Write one record and give its offset. On OSError nothing of it stays."""
        assert len(payload) <= MAX_RECORD
        record = _HEAD.pack(len(payload), zlib.crc32(payload)) + payload
        offset = self._end
        try:
            written = os.write(self._fd, record)
        except OSError:
            os.ftruncate(self._fd, offset)
            raise
        if written != len(record):
            os.ftruncate(self._fd, offset)
            raise OSError(f"only {written} of {len(record)} bytes fitted into {self._path}")
        self._end += written
        return offset

    def read(self, offset: int) -> bytes:
        """The payload of the record at ``offset``."""
        length, _ = _HEAD.unpack(os.pread(self._fd, HEAD_SIZE, offset))
        return os.pread(self._fd, length, offset + HEAD_SIZE)

    def close(self) -> None:
        os.close(self._fd)


def read_records(path: str | Path) -> Iterator[bytes]:
    """Payloads of a log file that a writer may be using; an unfinished last record is left out."""
    for _, payload in _records(Path(path).read_bytes()):
        yield payload


def _records(data: bytes) -> Iterator[tuple[int, bytes]]:
    at, size = 0, len(data)
    while size - at >= HEAD_SIZE:
        length, crc = _HEAD.unpack_from(data, at)
        end = at + HEAD_SIZE + length
        if length > MAX_RECORD:
            raise LogDamaged(f"there is no record at offset {at}, and {size - at} bytes of something else")
        if end > size:
            return  # torn
        payload = data[at + HEAD_SIZE : end]
        if length == 0 or zlib.crc32(payload) != crc:
            if end == size or not any(data[at:]):
                return  # torn, or space that a power cut left filled with zeros
            raise LogDamaged(f"the record at offset {at} does not match its CRC and {size - end} bytes follow it")
        yield at, payload
        at = end
