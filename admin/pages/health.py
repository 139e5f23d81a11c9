"""For the supervisor: the panel answers, with or without a database."""

from litestar import get


@get("/health/live", opt={"open": True}, sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}
