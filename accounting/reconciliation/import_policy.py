"""What an import of foreign receipts may decide by itself: every open choice has a name here and no place elsewhere."""

from typing import Literal

import msgspec


class ImportPolicy(msgspec.Struct, frozen=True):
    """The choices that rules leave open when receipts of other registers are taken over.

    ``rounded_total``: the total (1020) may be less than the sum of the lines by a part of a rouble, with the same whole
    roubles (order ЕД-7-20/662@, note to 1020; 4 of the 500 receipts we studied). ``accept`` keeps both as they are:
    the forms of payment add up to the total, the lines keep their sums, VAT is that of the lines. ``refuse`` leaves
    such receipts out.

    ``zero_total``: receipts of 0 roubles are made by real registers (free rides, fuel on a card), but no money was
    settled and our own receipts always have a line above 0. ``refuse`` leaves them out, ``accept`` takes them.

    ``missing_taxation``: answers often say 0 or nothing about the taxation system (1055), without which no receipt can
    be registered. ``general_with_vat`` takes the general system, and notes it, where the receipt names a VAT sum above
    0 and is older than 2025: then only payers of the general system and, since 2019, agricultural producers charged
    VAT. ``refuse`` leaves all such receipts out.

    ``vat_mismatch``: the lines have lawful codes, but the receipt's VAT totals are not those of the lines (18 % in
    2020). ``refuse`` leaves such receipts out, because nobody knows whether the code or the sum was meant.
    ``recompute`` believes the codes, registers the VAT that the law gives and lists the receipt as disagreeing.
    """

    rounded_total: Literal["accept", "refuse"] = "accept"
    zero_total: Literal["refuse", "accept"] = "refuse"
    missing_taxation: Literal["general_with_vat", "refuse"] = "general_with_vat"
    vat_mismatch: Literal["refuse", "recompute"] = "refuse"
