"""Memory that the kernel filled."""

class Block:
    """A read-only buffer of int64 (format q) or of bytes (format B)."""

    def __len__(self) -> int: ...
    def __buffer__(self, flags: int, /) -> memoryview: ...
