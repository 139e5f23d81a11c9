"""Receipts: the list, the card, what may be done with one."""
