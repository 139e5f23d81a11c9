"""The control of finished receipts: format, sums, VAT, texts; invariants of what is computed."""
