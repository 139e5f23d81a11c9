"""Documents that correct: missing, wrong and superfluous receipts; bulk restoration (receipt rules 6)."""
