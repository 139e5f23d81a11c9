"""Dispatch nodes: GET how they stand, POST to drain one and to let it work again. For keys of operations only."""

from datetime import datetime, timedelta
from typing import Any, Final, Literal

import msgspec
from litestar import Request, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.exceptions import NotFoundException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath

from fiscal_server.api.auth import needs
from fiscal_server.api.idempotency import IdempotencyKey, Once
from fiscal_server.clock import Clock
from fiscal_server.storage.keys import Scope
from fiscal_server.storage.kkts import announce_kkts
from fiscal_server.storage.nodes import NodeRow, list_nodes, set_draining
from fiscal_server.storage.pool import WriteConnection

NodeState = Literal["working", "draining", "drained", "silent", "stopped"]

SILENT_AFTER: Final = timedelta(seconds=60)
"""For the word alone: who may take a node's KKTs does not read this clock."""

_LAST_NUMBER: Final = 1023


class NodeAnswer(msgspec.Struct, frozen=True):
    """A node. ``kkts``: in its hands now; ``plugged_in``: those that no other node can take."""

    number: int
    state: NodeState
    host: str
    process: int
    version: str
    started_at: datetime
    seen_at: datetime
    kkts: int
    plugged_in: int


class NodesAnswer(msgspec.Struct, frozen=True):
    """All of them, by number."""

    nodes: list[NodeAnswer]


def node_state(node: NodeRow, now: datetime) -> NodeState:
    """In one word. Drained: nothing is in its hands, it may be switched off."""
    if node.stopped_at is not None:
        return "stopped"
    if now - node.seen_at > SILENT_AFTER:
        return "silent"
    if node.draining:
        return "draining" if node.kkts else "drained"
    return "working"


def node_answer(node: NodeRow, now: datetime) -> NodeAnswer:
    """A node as it is answered."""
    return NodeAnswer(
        number=node.number,
        state=node_state(node, now),
        host=node.host,
        process=node.process,
        version=node.version,
        started_at=node.started_at,
        seen_at=node.seen_at,
        kkts=node.kkts,
        plugged_in=node.plugged_in,
    )


async def operations_only(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Nodes serve every merchant of the installation: an ordinary key of one of them has no say."""
    if not connection.auth.operations:
        raise PermissionDeniedException("This key is not one of operations: `fiscal-server apikey create --operations`")


@get("/v1/nodes", operation_id="GetNodes", tags=["nodes"], guards=[operations_only])
async def get_nodes(state: State) -> NodesAnswer:
    """Every dispatch node that ever worked with this database."""
    now = _now(state)
    async with state["database"].read() as db:
        return NodesAnswer([node_answer(node, now) for node in await list_nodes(db)])


@post(
    "/v1/nodes/{number:int}/drain",
    status_code=202,
    operation_id="DrainNode",
    tags=["nodes"],
    opt=needs(Scope.OPERATE),
    guards=[operations_only],
)
async def drain_node(
    request: Request[int, Any, State], number: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> NodeAnswer:
    """Let a node finish the documents in hand and give its KKTs back; it takes none until it is resumed, also after a
    restart. Other nodes take network KKTs at once; KKTs plugged into the node stand still.
    """
    async with state["database"].write() as db:
        return await _set(state, Once(request, state, db, idempotency_key), db, number, draining=True)


@post(
    "/v1/nodes/{number:int}/resume",
    status_code=202,
    operation_id="ResumeNode",
    tags=["nodes"],
    opt=needs(Scope.OPERATE),
    guards=[operations_only],
)
async def resume_node(
    request: Request[int, Any, State], number: FromPath[int], state: State, idempotency_key: IdempotencyKey = None
) -> NodeAnswer:
    """Let a drained node take KKTs again."""
    async with state["database"].write() as db:
        return await _set(state, Once(request, state, db, idempotency_key), db, number, draining=False)


async def _set(state: State, order: Once, db: WriteConnection, number: int, *, draining: bool) -> NodeAnswer:
    if (earlier := await order.earlier(NodeAnswer)) is not None:
        return earlier
    if not 0 <= number <= _LAST_NUMBER or not await set_draining(db, number, draining):
        raise NotFoundException(f"There is no node {number}")
    await announce_kkts(db)
    [node] = await list_nodes(db, number)
    answer = node_answer(node, _now(state))
    await order.keep(answer)
    return answer


def _now(state: State) -> datetime:
    clock: Clock = state["intake"].clock
    return clock.now()
