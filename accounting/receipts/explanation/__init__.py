"""Why a receipt is as it is, in words (``fiscal-server receipts explain``)."""
