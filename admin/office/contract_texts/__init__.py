"""Texts of contracts: written by the office with named fields, filled in once, kept as they were signed."""
