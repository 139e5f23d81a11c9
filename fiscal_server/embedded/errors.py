"""Why the embedded PostgreSQL does not run."""


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot run here. The message says what to change; print it without a traceback."""
