"""Many structs of one type in little memory: a hundred thousand lines of a file as some ten megabytes of bytes.

As objects they would take a kilobyte each, and a file of the most lines a quarter of a process.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, Generic, TypeVar, overload

import msgspec

T = TypeVar("T", bound=msgspec.Struct)
BLOCK: Final = 1_000
_LEVEL: Final = 1

_encode: Final = msgspec.msgpack.Encoder().encode


class Packed(Sequence[T], Generic[T]):
    """Structs of one type that can be added at the end, gone through, and asked for by place or slice.

    Each passage makes them anew, ``BLOCK`` at a time: equal, not identical.
    """

    def __init__(self, kind: type[T], given: Iterable[T] = ()) -> None:
        self._decode = msgspec.msgpack.Decoder(list[kind]).decode  # type: ignore[valid-type]
        self._blocks: list[bytes] = []
        self._last: list[T] = []
        for one in given:
            self.append(one)

    def append(self, one: T) -> None:
        """At the end."""
        self._last.append(one)
        if len(self._last) == BLOCK:
            self._blocks.append(zlib.compress(_encode(self._last), _LEVEL))
            self._last = []

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK + len(self._last)

    def __iter__(self) -> Iterator[T]:
        for block in self._blocks:
            yield from self._opened(block)
        yield from self._last

    def pieces(self, size: int) -> Iterator[list[T]]:
        """All of them in order, so many at a time."""
        rest = iter(self)
        while piece := list(islice(rest, size)):
            yield piece

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> list[T]: ...
    def __getitem__(self, place: int | slice) -> T | list[T]:
        if isinstance(place, slice):
            first, behind, step = place.indices(len(self))
            if step < 1:
                return list(self)[place]
            return list(islice(self, first, behind, step))
        at = place + len(self) if place < 0 else place
        if not 0 <= at < len(self):
            raise IndexError(place)
        block, inside = divmod(at, BLOCK)
        return self._last[inside] if block == len(self._blocks) else self._opened(self._blocks[block])[inside]

    def _opened(self, block: bytes) -> list[T]:
        found: list[T] = self._decode(zlib.decompress(block))
        return found
