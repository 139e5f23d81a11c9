"""Calendars of obligations by country: data that ship with the package, each row with its source."""
