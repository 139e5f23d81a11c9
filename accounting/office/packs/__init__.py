"""Data that ship, each row with its source: calendars of obligations by country, the Russian balance sheet."""
