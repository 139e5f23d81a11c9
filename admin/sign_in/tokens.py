"""Random values that open something. The database keeps their hashes: whoever reads it cannot use them."""

import hashlib
import hmac
import secrets
from typing import Final

_BYTES: Final = 32
RECOVERY_CODES: Final = 10
_LETTERS: Final = "23456789abcdefghjkmnpqrstuvwxyz"  # none that looks like another


def new_token() -> str:
    """For a cookie or a link: 256 random bits."""
    return secrets.token_urlsafe(_BYTES)


def hash_of(token: str) -> bytes:
    """What is kept of it. No salt and no work: there is nothing to guess."""
    return hashlib.sha256(token.encode()).digest()


def form_token(cookie: str) -> str:
    """What a form carries so that only our own pages can send it: another site knows no cookie of ours."""
    return hmac.new(cookie.encode(), b"form", hashlib.sha256).hexdigest()


def is_form_token(cookie: str, given: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(form_token(cookie).encode(), given.encode())


def new_recovery_codes() -> list[str]:
    """Ten codes like «x7k2m-9qpf4»: 49 random bits each, shown once."""
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    ]


def hash_of_code(person_id: int, code: str) -> bytes:
    """Kept of a recovery code, however it was typed."""
    plain = "".join(letter for letter in code.lower() if letter in _LETTERS)
    return hashlib.sha256(f"{person_id}:{plain}".encode()).digest()
