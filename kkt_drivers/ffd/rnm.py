"""Registration number of a KKT (tag 1037): ten digits of the tax service and six that check them. FN protocol 14.

The check digits are CRC-16/CCITT-FALSE, in decimal, over three fields padded with zeros on the left: the order number
(10), the user's INN (12), the KKT's serial number (20). Order ЕД-7-20/662@, point 16.
"""

import binascii

from kkt_drivers.errors import CodecError

ORDER_DIGITS = 10
CHECK_DIGITS = 6
_TAG = 1037
_INN_WIDTH = 12
_SERIAL_WIDTH = 20


def check_digits(order_number: str, inn: str, serial_number: str) -> str:
    """The last six digits of an RNM. Raises CodecError for an order number or INN that is not digits, or too long."""
    inn, serial_number = inn.strip(" "), serial_number.strip(" ")
    if len(order_number) != ORDER_DIGITS or not _digits(order_number):
        raise CodecError(f"an order number has {ORDER_DIGITS} digits, not {order_number!r}", tag=_TAG)
    if not _digits(inn) or len(inn) > _INN_WIDTH:
        raise CodecError(f"an INN has 10 or 12 digits, not {inn!r}", tag=1018)
    if len(serial_number) > _SERIAL_WIDTH or not serial_number.isascii():
        raise CodecError(f"a serial number has up to {_SERIAL_WIDTH} ASCII characters, not {serial_number!r}", tag=1013)
    given = order_number + inn.rjust(_INN_WIDTH, "0") + serial_number.rjust(_SERIAL_WIDTH, "0")
    return f"{binascii.crc_hqx(given.encode('ascii'), 0xFFFF):0{CHECK_DIGITS}d}"


def registration_number(order_number: str, inn: str, serial_number: str) -> str:
    """The whole RNM, 16 digits. Raises CodecError as ``check_digits``."""
    return order_number + check_digits(order_number, inn, serial_number)


def is_registration_number(rnm: str, inn: str, serial_number: str) -> bool:
    """Whether this RNM (padding allowed) was given to this user and this KKT; False for anything malformed."""
    rnm = rnm.rstrip(" ")
    try:
        return registration_number(rnm[:ORDER_DIGITS], inn, serial_number) == rnm
    except CodecError:
        return False


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit()
