"""How long an emulated FN takes: not at all, or as long as a wire and a slow chip."""

import msgspec

SIGNING_COMMANDS = frozenset({0x03, 0x05, 0x12, 0x14, 0x16, 0x19, 0xA3})
_RESET = 0x60


class Timing(msgspec.Struct, frozen=True):
    """Durations of commands. No maker publishes them; the defaults of UART are design figures (FN protocol 11)."""

    bytes_per_s: float = 0.0  # 0: the wire takes no time
    signing_ms: float = 0.0
    other_ms: float = 0.0
    reset_ms: float = 0.0

    def delay_s(self, code: int, bytes_on_wire: int) -> float:
        """Seconds from the first byte of the request to the last byte of the answer."""
        work_ms = self.reset_ms if code == _RESET else self.other_ms
        if code in SIGNING_COMMANDS:
            work_ms = self.signing_ms
        wire_s = bytes_on_wire / self.bytes_per_s if self.bytes_per_s else 0.0
        return work_ms / 1000 + wire_s


TURBO = Timing()
UART = Timing(bytes_per_s=11_520, signing_ms=300, other_ms=10, reset_ms=5_000)
"""115200 bit/s, 8N1."""
