"""Toy signs of emulated devices. A real FN signs with keys nobody has; these only make mistakes visible.

All four are BLAKE2s with a public key, so an emulated FN and an emulated operator agree without being introduced.
None of them means anything to a real operator or to the tax service.
"""

import struct
from hashlib import blake2s

_FN_KEY = b"emulated FN"
_OFD_KEY = b"emulated OFD"
_OPERATOR_FIELDS = struct.Struct("<16sI8sIB")

FISCAL_SIGN_PREFIX = b"\x31\x04"
MESSAGE_SIGN_PREFIX = b"\x81\x06"
OPERATOR_SIGN_SIZE = 16


def fiscal_sign(fields: bytes) -> int:
    """ФПД of a document, uint32, over the fields of FFD 4 packed by the caller."""
    return int.from_bytes(blake2s(fields, digest_size=4, key=_FN_KEY).digest(), "big")


def message_sign(document: bytes) -> bytes:
    """ФПС, 8 bytes, over the whole outer STLV."""
    return MESSAGE_SIGN_PREFIX + blake2s(document, digest_size=6, key=_FN_KEY).digest()


def message_nonce(document: bytes) -> bytes:
    """The five varying bytes of a container; ours repeat for equal documents so that archives can be compared."""
    return blake2s(document, digest_size=5, key=_FN_KEY, person=b"nonce").digest()


def operator_sign(fn_number: str, fd_number: int, sign_of_message: bytes, received_at: int, code: int) -> bytes:
    """ФПО, 16 bytes: the operator's sign over what he confirms and with which answer."""
    fields = _OPERATOR_FIELDS.pack(fn_number.encode("ascii"), fd_number, sign_of_message, received_at, code)
    return blake2s(fields, digest_size=OPERATOR_SIGN_SIZE, key=_OFD_KEY).digest()


def confirmation_sign(document: bytes) -> bytes:
    """ФПП, 8 bytes, over the confirmation's outer STLV."""
    return blake2s(document, digest_size=8, key=_OFD_KEY).digest()
