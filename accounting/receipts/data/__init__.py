"""Published calendars that ship with the package."""
