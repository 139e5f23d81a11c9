"""Money in: statements, registers and batches."""
