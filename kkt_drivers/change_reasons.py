"""Why the registration data of a KKT change. FFD 3.1, tag 1205; FN protocol 8."""

from enum import IntFlag


class ChangeReason(IntFlag):
    """Why a KKT is registered anew: bits of tag 1205 (FFD 1.1 and 1.2)."""

    FN_REPLACED = 1 << 0
    OFD = 1 << 1
    USER_NAME = 1 << 2
    PLACE = 1 << 3
    NO_LONGER_AUTONOMOUS = 1 << 4
    NOW_AUTONOMOUS = 1 << 5
    KKT_MODEL_VERSION = 1 << 6
    TAXATION_SYSTEMS = 1 << 7
    AUTOMAT_NUMBER = 1 << 8
    NO_LONGER_AUTOMATIC = 1 << 9
    NOW_AUTOMATIC = 1 << 10
    NOW_BSO = 1 << 11
    NO_LONGER_BSO = 1 << 12
    NO_LONGER_INTERNET = 1 << 13
    NOW_INTERNET = 1 << 14
    NO_LONGER_AGENT = 1 << 15
    NOW_AGENT = 1 << 16
    NO_LONGER_GAMBLING = 1 << 17
    NOW_GAMBLING = 1 << 18
    NO_LONGER_LOTTERY = 1 << 19
    NOW_LOTTERY = 1 << 20
    FFD_VERSION = 1 << 21
    OTHER = 1 << 31
