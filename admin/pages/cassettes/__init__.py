"""Cassettes, their KKTs, their rules."""
