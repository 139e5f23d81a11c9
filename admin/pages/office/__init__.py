"""Pages of the office: cases and projects."""
