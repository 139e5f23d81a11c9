"""Content control of 07h data. An FN of FFD 1.05 looks at lengths only; one of 1.1 or 1.2 reads the tags.

Codes 0Bh, 0Ch, 0Dh, 18h, 19h exist in the protocol; exactly which tags raise them is inferred (FN protocol 5, 8).
"""

from kkt_drivers.emulator.answers import AnswerCode, Refused
from kkt_drivers.emulator.core import OpenDocument
from kkt_drivers.emulator.requisites import number

FORMED_BY_FN = frozenset(
    {1041, 1037, 1018, 1040, 1012, 1077, 1038, 1042, 1054, 1020, 1209, 1190, 1213, 1001, 1002, 1056, 1062, 1290}
    | {1017, 1205, 1157, 1194, 1158, 1097, 1098, 1116, 1111, 1118, 1050, 1051, 1052, 1053, 1206}
)
FOLDED_INTO_1290 = frozenset({1057, 1101, 1108, 1109, 1110, 1126, 1193, 1207, 1221})
"""Flags of a registration that are bits of 1290 in FFD 1.1 and 1.2."""

REPEATABLE = frozenset({1059, 1073, 1074, 1075, 1171, 1260, 1261})
TENDERS = (1031, 1081, 1215, 1216, 1217)

REGISTRATION_KINDS = frozenset({0x01, 0x12, 0x13})


def check_passed(document: OpenDocument, passed: list[tuple[int, bytes]], taxation_systems: int) -> None:
    """Look at the TLVs of one 07h of FFD 1.1+. Raises Refused 0Bh, 0Ch, 19h; then nothing was taken."""
    forbidden = FORMED_BY_FN | FOLDED_INTO_1290 if document.kind in REGISTRATION_KINDS else FORMED_BY_FN
    seen = set(document.said)
    for tag, value in passed:
        if tag in forbidden:
            raise Refused(AnswerCode.FORBIDDEN_TAG)
        if tag in seen and tag not in REPEATABLE:
            raise Refused(AnswerCode.DUPLICATE_TAG)
        if tag == 1055 and not number(value) & taxation_systems:
            raise Refused(AnswerCode.NOT_REGISTERED)
        seen.add(tag)


def check_receipt(passed: dict[int, bytes], total_kopecks: int) -> None:
    """Look at a finished receipt of FFD 1.1+. Raises Refused 0Dh without items or payments, 18h for a wrong sum."""
    tenders = [number(passed[tag]) for tag in TENDERS if tag in passed]
    if 1059 not in passed or not tenders:
        raise Refused(AnswerCode.NOTHING_TO_COUNT)
    if sum(tenders) != total_kopecks:
        raise Refused(AnswerCode.BAD_REQUISITE)
