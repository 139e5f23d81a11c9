"""One module a page: load, render."""
