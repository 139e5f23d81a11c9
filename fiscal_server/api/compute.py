"""Receipts worked out and not stored: cases in, answers out, as ``fiscal-server receipts compute`` gives them."""

import asyncio
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State
from litestar.params import QueryParameter

from accounting.receipts.cases.file import answer_cases
from accounting.receipts.compute import Engine, kernel_is_built
from fiscal_server.api.auth import needs
from fiscal_server.api.bodies import small_body
from fiscal_server.api.problem_kinds import KINDS
from fiscal_server.api.problems import problem_response
from fiscal_server.intake.batch import Problem, problem_of
from fiscal_server.storage.keys import Scope

MAX_CASES_BYTES: Final = 1024 * 1024
"""What goes by the rules' plain form takes some 200 microseconds an event: a megabyte is a second or two."""


@post(
    "/v1/receipts/compute",
    status_code=200,
    request_max_body_size=MAX_CASES_BYTES,
    operation_id="ComputeReceipts",
    tags=["receipts"],
    opt=needs(Scope.READ),
)
async def compute_receipts(
    request: Request[int, Any, State],
    state: State,
    engine: Annotated[Engine, QueryParameter(description="who computes; the answers are the same")] = Engine.AUTO,
    diagnostics: Annotated[bool, QueryParameter(description="say who computed which event")] = False,
) -> Response[bytes]:
    """Answer one case or a list of them with ``[{"id", "out"}]``; nothing is stored.

    With ``diagnostics`` each row says in ``engines`` which events the compiled kernel computed, and why not the others.
    """
    content = await small_body(request)
    async with state["computing"]:  # one at a time in a process: batches have the rest of it
        answer = await asyncio.to_thread(_answer, content, engine, diagnostics)
    if isinstance(answer, Problem):
        where = f" at {answer.field}" if answer.field else ""
        return problem_response(KINDS["invalid-case"], f"{answer.reason}{where}", [answer])
    return Response(answer, media_type="application/json")


def _answer(content: bytes, engine: Engine, diagnostics: bool) -> bytes | Problem:
    if engine is Engine.KERNEL and not kernel_is_built():
        return Problem("invalid", "the kernel was not built on this node: ask for reference or auto", "engine")
    try:
        return msgspec.json.encode(answer_cases(content, engine, diagnostics=diagnostics))
    except msgspec.ValidationError as error:
        reason, _, path = str(error).removesuffix("`").partition(" - at `")
        return Problem("invalid", reason, path.removeprefix("$").removeprefix("."))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return problem_of(error)
    except OverflowError:
        return Problem("invalid", "amounts add up to more than anything here can hold")
