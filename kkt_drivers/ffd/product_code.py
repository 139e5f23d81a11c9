"""Product code of FFD 1.05 and 1.1 (tag 1162): two bytes of kind, then the code. FFD 3.3, table 26 of the order.

00 00  not recognised: up to 30 bytes as scanned
45 08  EAN-8, UPC-E       45 0D  EAN-13, UPC-A       49 0E  ITF-14      the number in 6 bytes, big-endian
44 4D  Data Matrix        14 digits in 6 bytes, then serial number in ASCII, then the price digits of AI 8005
       tobacco            14 digits in 6 bytes, then 11 characters padded with spaces to 13
52 46  fur sign           20 characters
C5 14  ЕГАИС 2.0          characters 9 to 31 of 68      C5 1E  ЕГАИС 3.0   characters 1 to 14 of 150
"""

from kkt_drivers.errors import CodecError

TAG = 1162
MAX_SIZE = 32

_EAN_8, _EAN_13, _ITF_14 = b"\x45\x08", b"\x45\x0d", b"\x49\x0e"
_DATA_MATRIX, _FUR, _EGAIS_2, _EGAIS_3 = b"\x44\x4d", b"\x52\x46", b"\xc5\x14", b"\xc5\x1e"
_BARCODES = {8: _EAN_8, 12: _EAN_13, 13: _EAN_13, 14: _ITF_14}
_NUMBER_BYTES = 6
_TOBACCO_TAIL, _TOBACCO_WIDTH = 11, 13
_FUR_LENGTH, _EGAIS_2_LENGTH, _EGAIS_3_LENGTH = 20, 68, 150


def barcode(digits: str) -> bytes:
    """EAN-8, UPC-A, EAN-13 or ITF-14 by the count of digits. Raises CodecError for anything else."""
    kind = _BARCODES.get(len(digits))
    if kind is None or not _is_number(digits):
        raise CodecError(f"a barcode has 8, 12, 13 or 14 digits, not {digits!r}", tag=TAG)
    return kind + _number(digits)


def data_matrix(gtin: str, serial: str, price: str = "") -> bytes:
    """A marked product: GTIN (AI 01, 14 digits), serial number (AI 21), digits of AI 8005 if the code has them."""
    if len(gtin) != 14 or not _is_number(gtin):
        raise CodecError(f"a GTIN has 14 digits, not {gtin!r}", tag=TAG)
    return _sized(_DATA_MATRIX + _number(gtin) + _ascii(serial) + _ascii(price))


def tobacco(code: str) -> bytes:
    """A pack of tobacco: the 29 characters of its code; the last four are not taken."""
    if len(code) != 29 or not _is_number(code[:14]):
        raise CodecError("a tobacco code has 29 characters, 14 digits first", tag=TAG)
    tail = _ascii(code[14 : 14 + _TOBACCO_TAIL])
    return _DATA_MATRIX + _number(code[:14]) + tail.ljust(_TOBACCO_WIDTH)


def fur(sign: str) -> bytes:
    """A control sign of furs, 20 characters."""
    return _FUR + _exactly(sign, _FUR_LENGTH)


def egais(code: str) -> bytes:
    """Alcohol: the 68 characters of ЕГАИС 2.0 or the 150 of 3.0. Raises CodecError for another length."""
    if len(code) == _EGAIS_2_LENGTH:
        return _EGAIS_2 + _ascii(code[8:31])
    return _EGAIS_3 + _exactly(code, _EGAIS_3_LENGTH)[:14]


def unrecognised(scanned: bytes = b"") -> bytes:
    """What no rule knows, up to 30 bytes; nothing: the code cannot be read."""
    return _sized(b"\x00\x00" + scanned)


def _number(digits: str) -> bytes:
    return int(digits).to_bytes(_NUMBER_BYTES, "big")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _ascii(text: str) -> bytes:
    if not text.isascii():
        raise CodecError(f"a product code is ASCII, not {text!r}", tag=TAG)
    return text.encode("ascii")


def _exactly(text: str, length: int) -> bytes:
    if len(text) != length:
        raise CodecError(f"the code has {length} characters, not {len(text)}", tag=TAG)
    return _ascii(text)


def _sized(code: bytes) -> bytes:
    if len(code) > MAX_SIZE:
        raise CodecError(f"a product code has at most {MAX_SIZE} bytes, not {len(code)}", tag=TAG)
    return code
