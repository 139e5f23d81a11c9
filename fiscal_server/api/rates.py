"""How often a key may come: a token bucket a key, in the memory of this process."""

from collections import OrderedDict
from typing import Final

import msgspec

from fiscal_server.clock import Clock
from fiscal_server.errors import TooManyRequests

_KEYS: Final = 10_000
"""Buckets kept; the key that was away longest is forgotten first, and finds its bucket full when it comes again."""

WINDOW_S: Final = 10
"""A key may spend the requests of so many seconds at once."""


class _Bucket(msgspec.Struct, gc=False):
    left: float
    at: float


class Rates:
    """``per_second`` requests of a key on average, `WINDOW_S` seconds of them at once. 0: no limit, no headers."""

    def __init__(self, per_second: int, clock: Clock) -> None:
        self._per_second = per_second
        self._clock = clock
        self._buckets: OrderedDict[int, _Bucket] = OrderedDict()

    def ask(self, key_id: int) -> None:
        """Count a request. Raises TooManyRequests with the seconds to wait."""
        if not self._per_second:
            return
        bucket = self._filled(key_id)
        if bucket.left < 1:
            raise TooManyRequests((1 - bucket.left) / self._per_second, self._per_second)
        bucket.left -= 1

    def headers(self, key_id: int) -> dict[str, str]:
        """``RateLimit-Policy`` and ``RateLimit`` of draft-ietf-httpapi-ratelimit-headers; empty without a limit."""
        if not self._per_second:
            return {}
        size = self._per_second * WINDOW_S
        left = int(self._filled(key_id).left)
        full_in = -((left - size) // self._per_second)
        return {"RateLimit-Policy": f'"key";q={size};w={WINDOW_S}', "RateLimit": f'"key";r={left};t={full_in}'}

    def _filled(self, key_id: int) -> _Bucket:
        size = float(self._per_second * WINDOW_S)
        now = self._clock.monotonic()
        bucket = self._buckets.pop(key_id, None)
        if bucket is None:
            bucket = _Bucket(size, now)
            while len(self._buckets) >= _KEYS:
                self._buckets.popitem(last=False)
        bucket.left = min(size, bucket.left + (now - bucket.at) * self._per_second)
        bucket.at = now
        self._buckets[key_id] = bucket
        return bucket
