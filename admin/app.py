"""Puts the panel together."""
from litestar import Litestar, get
def create_admin_app(settings, dsn, clock):
    @get("/health/live", sync_to_thread=False)
    def live() -> dict[str, str]:
        return {"status": "alive"}
    return Litestar([live])
