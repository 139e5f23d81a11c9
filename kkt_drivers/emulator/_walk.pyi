"""TLVs of 07h walked in C."""

from collections.abc import Iterable

class Walker:
    """Knows the tags whose value is again a list of TLVs."""

    def __init__(self, structures: Iterable[int]) -> None: ...
    def split_checked(self, data: bytes) -> list[tuple[int, bytes]] | None:
        """As ``requisites.split_checked``; None where that raises."""
