"""The web panel: its own process, its own database role; it never touches a device."""
