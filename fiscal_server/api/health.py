"""Is it alive, is it ready, how does it do: for people's monitoring, without a key."""

from litestar import Response, get
from litestar.datastructures import State

from fiscal_server.metrics import CONTENT_TYPE, render_metrics
from fiscal_server.storage.pool import DATABASE_ERRORS


@get("/health/live", operation_id="Live", tags=["health"], sync_to_thread=False)
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@get("/health/ready", operation_id="Ready", tags=["health"])
async def ready(state: State) -> Response[dict[str, str]]:
    """The database answers too: requests will be served."""
    try:
        async with state["database"].read() as db:
            await db.execute("select")
    except DATABASE_ERRORS as error:
        return Response({"status": "database unavailable", "reason": type(error).__name__}, status_code=503)
    return Response({"status": "ready"})


@get("/metrics", operation_id="Metrics", tags=["health"], sync_to_thread=False)
def metrics() -> Response[bytes]:
    """Prometheus text."""
    return Response(render_metrics(), media_type=CONTENT_TYPE)
