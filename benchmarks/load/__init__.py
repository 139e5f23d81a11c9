"""The server under load in its users' terms, by Locust: ``make load``."""
