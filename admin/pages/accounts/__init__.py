"""Accounts: the list, the card, what a payment would do."""
