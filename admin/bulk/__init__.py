"""One deed to many rows: what there is (kinds), which rows (choosing), and the work itself (work)."""
