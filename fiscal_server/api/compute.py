"""Receipts worked out and not stored: cases in, answers out, as ``fiscal-server receipts compute`` gives them."""

import asyncio
from typing import Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.datastructures import State

from accounting.receipts.case_file import answer_cases
from fiscal_server.api.problems import problem_response
from fiscal_server.intake.batch import Problem, problem_of

MAX_CASES_BYTES: Final = 1024 * 1024
"""A case is computed by the rules' plain form, some 200 microseconds an event: a megabyte is a second or two."""


@post(
    "/v1/receipts/compute",
    status_code=200,
    request_max_body_size=MAX_CASES_BYTES,
    operation_id="ComputeReceipts",
    tags=["receipts"],
)
async def compute_receipts(request: Request[int, Any, State], state: State) -> Response[bytes]:
    """Answer one case or a list of them with ``[{"id", "out"}]``; nothing is stored."""
    content = await request.body()
    async with state["computing"]:  # one at a time in a process: batches have the rest of it
        answer = await asyncio.to_thread(_answer, content)
    if isinstance(answer, Problem):
        where = f" at {answer.field}" if answer.field else ""
        return problem_response(
            400, "invalid-case", "A case says what its format does not allow", f"{answer.reason}{where}", [answer]
        )
    return Response(answer, media_type="application/json")


def _answer(content: bytes) -> bytes | Problem:
    try:
        return msgspec.json.encode(answer_cases(content))
    except msgspec.ValidationError as error:
        reason, _, path = str(error).removesuffix("`").partition(" - at `")
        return Problem("invalid", reason, path.removeprefix("$").removeprefix("."))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return problem_of(error)
    except OverflowError:
        return Problem("invalid", "amounts add up to more than anything here can hold")
