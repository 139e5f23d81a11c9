"""Which slot of a merchant is meant: by its FN, by the address of its KKT, by the number of its KKT."""

from collections.abc import Iterable, Sequence

from fiscal_server.storage.cassette_cards import SlotCard


def slot_at(slots: Iterable[SlotCard], address: str, fn_number: str = "") -> SlotCard | None:
    """The slot that has not ended with this FN or, while nobody knows which FN is there, at this address.

    What stands behind ``?`` is no part of the place.
    """
    place = address.partition("?")[0]
    at_work = [slot for slot in slots if slot.state != "CLOSED"]
    if fn_number:
        return next((slot for slot in at_work if slot.fn_number == fn_number), None)
    return next((slot for slot in at_work if place and slot.address.partition("?")[0] == place), None)


def replaceable(slots: Sequence[SlotCard], fn_number: str) -> SlotCard | None:
    """The slot of this FN when it has ended and no other FN is in its KKT."""
    ended = next((slot for slot in slots if slot.fn_number == fn_number and slot.state == "CLOSED"), None)
    return None if ended is None or successors(slots, ended.registration_number) else ended


def successors(slots: Iterable[SlotCard], registration_number: str) -> list[SlotCard]:
    """Slots of this KKT that have not ended."""
    return [slot for slot in slots if slot.registration_number == registration_number and slot.state != "CLOSED"]
