"""Names of requisites in the JSON of the tax service and of operators, by the place they stand in. FFD 6.

One name may mean several tags: ``totalSum`` is 1020 in a receipt and 1201 in a counter, ``taxationType`` is 1062 in a
registration and 1055 in a receipt of 1.05. What the place has comes first, names of the 1.2 era before older ones.
"""

from functools import cache

from accounting.receipts.codes import FfdVersion
from kkt_drivers.ffd.composition import places_of
from kkt_drivers.ffd.tags import TAGS, Tag

APPLIED_TAXATION = 1055
CORRECTION_BASIS = 1174
_REASONS_NAME, _REASONS_LATER = "correctionReasonCode", 1205
"""1101 in a re-registration of FFD 1.05, 1205 later."""

CYRILLIC_CORRECTION_BASE = "\u0441orrectionBase"
"""The first letter is a Cyrillic с: so it stands in the text of the tax service, and in programs that copied it."""

NOT_REQUISITES = frozenset(
    {
        "code", "receiptCode", "rawData", "messageFiscalSign", "metadata", "region", "numberKkt", "redefine_mask",
        "user_data", "id", "ofdId", "receiveDate", "subtype", "address", "protocolVersion", "documentIndex",
    }
)  # fmt: skip
"""Keys around the requisites: ours, or those that consumer services add."""


def name_of(tag: int, version: FfdVersion | None) -> str:
    """Name to write; the tag's number when JSON has no name for it (withdrawn and unknown tags)."""
    info = TAGS.get(tag)
    if info is None or not info.json_names:
        return str(tag)
    if tag == APPLIED_TAXATION and version is not FfdVersion.FFD_1_2:
        return "taxationType"
    return info.json_names[0]


def name_at(tag: int, place: int, version: FfdVersion | None) -> str:
    """Name to write at a place: ``name_of``, unless ``tag_of`` would read another tag out of it there."""
    name = name_of(tag, version)
    return name if tag_of(name, place, version) == tag and name not in NOT_REQUISITES else str(tag)


def tag_of(name: str, place: int, version: object = None) -> int | None:
    """Tag behind a name at a place (a form or a structure's tag); None: nobody's name. A number names itself.

    ``version``: the document's 1209, if it has one.
    """
    if name == _REASONS_NAME and version in (FfdVersion.FFD_1_1, FfdVersion.FFD_1_2):
        return _REASONS_LATER
    if name.isascii() and name.isdigit() and len(name) <= 5:
        return int(name) if int(name) <= 0xFFFF else None
    if name == CYRILLIC_CORRECTION_BASE:
        return CORRECTION_BASIS
    return _names_at(place).get(name) or _all_names().get(name)


@cache
def _names_at(place: int) -> dict[str, int]:
    here = [info for info in TAGS.values() if _stands_in(info, place)]
    return _first_come([(info.json_names[:1], info) for info in here] + [(info.json_names[1:], info) for info in here])


def _stands_in(info: Tag, place: int) -> bool:
    return place in info.parents or any(place in places_of(info.number, version) for version in FfdVersion)


@cache
def _all_names() -> dict[str, int]:
    # Requisites of the document before those of structures: 1.0 has some in other places than any table says.
    everywhere = sorted(TAGS.values(), key=lambda info: bool(info.parents))
    return _first_come([(info.json_names, info) for info in everywhere])


def _first_come(pairs: list[tuple[tuple[str, ...], Tag]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for names, info in pairs:
        for name in names:
            found.setdefault(name, info.number)
    return found
