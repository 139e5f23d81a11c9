"""Amounts and quantities as people read them in Russian: 1 076 200 kopecks are 10 762,00."""

from decimal import Decimal

_THIN = "\u00a0"


def money(kopecks: int) -> str:
    """Roubles with kopecks, thousands apart by a no-break space."""
    return f"{kopecks // 100:,}".replace(",", _THIN) + f",{kopecks % 100:02d}"


def quantity(value: Decimal) -> str:
    """A quantity without the zeros at its end: 0,876."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", ",")
