"""Month close: its jobs and their reports."""
