"""Published calendars that several rooms count by."""
