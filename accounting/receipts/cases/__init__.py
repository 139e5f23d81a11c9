"""The case format: merchant, state and events as JSON in, receipts by tags out."""
