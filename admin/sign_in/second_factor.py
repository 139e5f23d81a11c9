"""The second factor: codes of six digits that change every 30 seconds (RFC 6238), from an application on a phone."""

import hmac
from datetime import datetime
from typing import Final

import pyotp
import segno

ISSUER: Final = "Fiscal server"
_STEP_S: Final = 30
_AROUND: Final = (0, -1, 1)
"""Steps beside the present one that count too: clocks of phones differ."""


def new_secret() -> str:
    """Base32, 160 bits, as the RFC asks."""
    return pyotp.random_base32()


def step_of(secret: str, code: str, now: datetime) -> int | None:
    """The 30-second step that a code belongs to; None when it is none of this time."""
    digits = code.replace(" ", "")
    present, totp = int(now.timestamp()) // _STEP_S, pyotp.TOTP(secret)
    for offset in _AROUND:
        if hmac.compare_digest(totp.generate_otp(present + offset), digits.encode("ascii", "replace").decode("ascii")):
            return present + offset
    return None


def address_of(secret: str, email: str) -> str:
    """The otpauth:// address that applications read."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def picture_of(address: str) -> str:
    """The same as a QR code: an SVG to stand in the page."""
    return segno.make(address, error="m").svg_inline(scale=4, border=2, light="#ffffff", dark="#000000")
