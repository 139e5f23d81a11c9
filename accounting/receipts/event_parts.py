"""Small types that events are made of."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from accounting.receipts.money import DecimalText, SignedKopecks

EventKey = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
AccountId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
ServiceId = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Contact = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
TimeText = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\Z")]


class EventBase(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="type",
    gc=False,
):
    """What all events have: the key by which the merchant tells them apart."""

    key: EventKey


class Volume(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The volume behind a charge: quantity, price of a unit in kopecks with decimals, measure of tag 2108."""

    quantity: DecimalText
    price: DecimalText
    measure: Annotated[int, msgspec.Meta(ge=0, le=255)] = 0


class PaymentTenders(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, gc=False
):
    """Amounts by way of payment, kopecks. A way that is left out was not used; one that is given must be positive."""

    cash_kopecks: SignedKopecks | UnsetType = msgspec.field(default=UNSET, name="cash")
    card_present_kopecks: SignedKopecks | UnsetType = msgspec.field(default=UNSET, name="card_present")
    card_online_kopecks: SignedKopecks | UnsetType = msgspec.field(default=UNSET, name="card_online")
    bank_transfer_kopecks: SignedKopecks | UnsetType = msgspec.field(default=UNSET, name="bank_transfer")

    def __post_init__(self) -> None:
        if (
            self.bank_transfer_kopecks is UNSET
            and self.card_online_kopecks is UNSET
            and self.cash_kopecks is UNSET
            and self.card_present_kopecks is UNSET
        ):
            raise ValueError("no way of payment is given")

    def given(self) -> list[int]:
        """The amounts that are given, in tag order."""
        ways = (self.cash_kopecks, self.card_present_kopecks, self.card_online_kopecks, self.bank_transfer_kopecks)
        return [amount for amount in ways if amount is not UNSET]

    def are_positive(self) -> bool:
        """Whether each amount that is given is money at all."""
        return min(self.given()) > 0

    def total(self) -> int:
        """All of it, kopecks."""
        total = 0
        for amount in (
            self.bank_transfer_kopecks, self.card_online_kopecks, self.cash_kopecks, self.card_present_kopecks
        ):  # fmt: skip
            if amount is not UNSET:
                total += amount
        return total

    def cash(self) -> int:
        """The part that goes to tag 1031, kopecks."""
        return 0 if self.cash_kopecks is UNSET else self.cash_kopecks

    def noncash(self) -> int:
        """The part that goes to tag 1081, kopecks."""
        return self.total() - self.cash()

    def at_desk(self) -> bool:
        """Cash, or a card or device that was presented: such money is never exempt (rules 3.1 items 4, 6 [M] [I])."""
        return self.cash_kopecks is not UNSET or self.card_present_kopecks is not UNSET

    def only_bank_transfer(self) -> bool:
        """Nothing but a transfer by details: then there is time until the next business day (receipt rules 3.2)."""
        return not self.at_desk() and self.card_online_kopecks is UNSET
