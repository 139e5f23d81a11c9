"""Passwords: argon2id, and what a password must be.

Parameters are those of RFC 9106 for machines with little memory, with half of its 64 MiB: the panel shares a small
machine. One hash is computed at a time, so a crowd at the door takes time and not memory.
"""

import asyncio
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST: Final = 12
LONGEST: Final = 200
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)


@cache
def _nobody() -> str:
    """Compared with when there is nobody of that name: a stranger learns nothing from the time it takes."""
    return _HASHER.hash("nobody has this one")


class Passwords:
    """Makes and compares hashes, one at a time, outside of the event loop."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()

    async def make(self, password: str) -> str:
        """The hash to keep, PHC string."""
        async with self._one:
            return await asyncio.to_thread(_HASHER.hash, password)

    async def fits(self, kept: str | None, password: str) -> bool:
        """Whether it is the password of a hash; as slow when there is no hash."""
        async with self._one:
            return await asyncio.to_thread(_fits, kept, password)


def _fits(kept: str | None, password: str) -> bool:
    try:
        right = _HASHER.verify(kept or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def why_not(password: str, *about: str) -> str | None:
    """Why a password cannot be taken; None when it can. ``about``: name and address, which others know too."""
    if len(password) < SHORTEST:
        return "Пароль короче 12 знаков: несколько слов подряд легко запомнить и трудно подобрать."
    if len(password) > LONGEST:
        return "Пароль длиннее 200 знаков."
    if len(set(password)) < 5:
        return "В пароле слишком мало разных знаков."
    lowered = password.lower()
    if any(len(word) >= 4 and word in lowered for text in about for word in text.lower().replace("@", " ").split()):
        return "В пароле есть ваше имя или адрес: их знают и другие."
    return None
