"""Which receipt for this case: questions, and rows that answer (``fiscal-server receipts which``)."""
