"""A change of a KKT's registration data as it is ordered: what is to be registered, and why. FFD 3.1, tag 1205."""

from enum import StrEnum
from typing import Annotated

import msgspec

_NO_CONTROLS = r"^[^\x00-\x1f]*[^\s\x00-\x1f][^\x00-\x1f]*\Z"
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=256, pattern=_NO_CONTROLS)]
Address = Annotated[str, msgspec.Meta(max_length=256, pattern=r"^[^\s\x00-\x1f]+:[0-9]{1,5}\Z")]


class Reason(StrEnum):
    """Why registration data change; each is a bit of tag 1205."""

    OFD = "ofd"
    USER_NAME = "user_name"
    PLACE = "place"
    KKT_MODEL_VERSION = "kkt_model_version"
    TAXATION_SYSTEMS = "taxation_systems"
    NO_LONGER_INTERNET = "no_longer_internet"
    NOW_INTERNET = "now_internet"
    OTHER = "other"


class RegistrationChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a KKT is to be registered with from now on, and why; what is not named here stays as it is."""

    reasons: Annotated[tuple[Reason, ...], msgspec.Meta(min_length=1, max_length=len(Reason))]
    user_name: Text  # 1048
    address: Text  # 1009
    place: Text  # 1187
    taxation_systems: Annotated[int, msgspec.Meta(ge=1, le=63)]  # 1062, bit set
    ofd_inn: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{10}|[0-9]{12})\Z")]  # 1017
    ofd_name: Text  # 1046
    ofd_address: Address  # where its documents go
    sender_email: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=_NO_CONTROLS)]  # 1117
    internet_only: bool = True  # 1108
