"""The fiscal server: billing events in, receipts registered exactly once on a cassette of FNs."""

__version__ = "0.1.0"
