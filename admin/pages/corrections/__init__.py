"""Corrections and restorations."""
