"""Clients told of taxes due: bills and their letters, how they are sent, what comes of them."""
