"""How a company receives money: bank statements and payment registers, previewed and taken in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Annotated, Any, Literal

from litestar import Request, Response, get, post
from litestar.datastructures import State, UploadFile
from litestar.enums import RequestEncodingType
from litestar.exceptions import NotFoundException, ValidationException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream

from accounting.reconciliation.incoming.adapter import Adapter
from accounting.reconciliation.incoming.limits import MAX_FILE_BYTES, MAX_NAME_CHARS, MAX_PAYMENTS
from accounting.reconciliation.incoming.received import FileKind, Outcome
from fiscal_server.api.auth import needs
from fiscal_server.api.import_lines import MEDIA_TYPES, Format, stream_lines
from fiscal_server.api.import_schemas import (
    AdapterAnswer,
    ImportAnswer,
    ImportPage,
    adapter_answer,
    import_answer,
    result_answer,
)
from fiscal_server.api.uploads import BodyMemory, read_form, read_upload
from fiscal_server.intake.imports import ImportRequest, import_file
from fiscal_server.storage.imports import count_receipts, list_imports, read_import
from fiscal_server.storage.keys import Scope

_LAST_ID = (1 << 63) - 1
_STATEMENT = "1c-exchange"
_MULTIPART_ROOM = 64 * 1024

_TEXT = r"^[^\0]*\Z"
_WHO = "through whom the money came; else the adapter's"
_CREDITED = "when the bank handed over the money of a register"
_UNKNOWN = "what becomes of money whose account is not found"


@post(
    "/v1/imports",
    status_code=201,
    request_max_body_size=MAX_FILE_BYTES + _MULTIPART_ROOM,
    operation_id="PostImport",
    tags=["imports"],
    opt=needs(Scope.SUBMIT),
)
async def post_import(
    request: Request[int, Any, State],
    state: State,
    kind: FromQuery[FileKind],
    adapter: Annotated[str, QueryParameter(max_length=MAX_NAME_CHARS, description="see /v1/import-adapters")] = "",
    channel: Annotated[str, QueryParameter(max_length=MAX_NAME_CHARS, pattern=_TEXT, description=_WHO)] = "",
    file_name: Annotated[str, QueryParameter(max_length=255, pattern=_TEXT)] = "",
    credited_on: Annotated[date | None, QueryParameter(description=_CREDITED)] = None,
    unknown: Annotated[Literal["suspense", "reject"], QueryParameter(description=_UNKNOWN)] = "suspense",
    again: Annotated[bool, QueryParameter(description="the same file once more, for its rejected lines")] = False,
    preview: Annotated[bool, QueryParameter(description="say what would be posted, store nothing")] = False,
    limit: Annotated[int, QueryParameter(ge=0, le=MAX_PAYMENTS, description="lines that a preview shows")] = 1_000,
) -> Response[ImportAnswer]:
    """Take in a bank statement or a payment register: the body is the file, or a form with one file in it.

    Its payments go in by one transaction, like a batch. The same file again is answered with the first import.
    """
    described = _adapter(state, kind, adapter)
    async with _file(request, state["body_memory"]) as (content, name):
        order = ImportRequest(
            merchant_id=request.user,
            adapter=described,
            file=content,
            file_name=file_name or name,
            channel=channel,
            credited_on=credited_on,
            unknown=unknown,
            again=again,
        )
        async with state["importing"]:
            result = await import_file(state["database"], state["intake"], order, preview=preview)
    answer = result_answer(result, preview=preview, limit=limit)
    return Response(answer, status_code=200 if preview or result.known else 201)


@asynccontextmanager
async def _file(request: Request[int, Any, State], memory: BodyMemory) -> AsyncIterator[tuple[bytes, str]]:
    """The file and its name: the body itself, or the one file of a form."""
    content_type, _ = request.content_type
    if content_type != RequestEncodingType.MULTI_PART:
        async with read_upload(request, memory) as body:
            yield body, ""
        return
    async with read_form(request, memory) as form:
        files = [value for _, value in form.multi_items() if isinstance(value, UploadFile)]
        if len(files) != 1:
            raise ValidationException(f"The form must hold one file; there are {len(files)}")
        name = files[0].filename.replace("\0", "").rpartition("/")[2].rpartition("\\")[2]
        yield await files[0].read(), name[:255]


def _adapter(state: State, kind: FileKind, name: str) -> Adapter:
    adapters: dict[str, Adapter] = state["adapters"]
    if not name and kind == "statement":
        name = _STATEMENT
    found = adapters.get(name)
    if found is None or found.kind != kind:
        there = ", ".join(sorted(one.id for one in adapters.values() if one.kind == kind))
        raise ValidationException(f"There is no adapter {name!r} for a {kind}; there are: {there}")
    return found


@get("/v1/imports", operation_id="ListImports", tags=["imports"])
async def get_imports(
    request: Request[int, Any, State],
    state: State,
    limit: Annotated[int, QueryParameter(ge=1, le=1000)] = 100,
    before: Annotated[
        int, QueryParameter(name="cursor", ge=1, le=_LAST_ID, description="`next` of the page before")
    ] = _LAST_ID,
) -> ImportPage:
    """Imports, newest first."""
    async with state["database"].read() as db:
        rows = await list_imports(db, request.user, before=before, limit=limit + 1)
    following = str(rows[limit - 1].id) if len(rows) > limit else None
    return ImportPage([import_answer(row) for row in rows[:limit]], following)


@get("/v1/imports/{import_id:int}", operation_id="GetImport", tags=["imports"])
async def get_import(request: Request[int, Any, State], import_id: FromPath[int], state: State) -> ImportAnswer:
    """One import: its totals, and how far its receipts are."""
    return await _found(request, state, import_id, states=True)


@get("/v1/imports/{import_id:int}/rejects", operation_id="GetImportRejects", tags=["imports"])
async def get_rejects(
    request: Request[int, Any, State],
    import_id: FromPath[int],
    state: State,
    form: Annotated[Format, QueryParameter(name="format")] = "ndjson",
) -> Stream:
    """The lines that a person has to look at, each with its reason."""
    return await _lines(request, state, import_id, (Outcome.REJECTED,), form)


@get("/v1/imports/{import_id:int}/lines", operation_id="GetImportLines", tags=["imports"])
async def get_lines(
    request: Request[int, Any, State],
    import_id: FromPath[int],
    state: State,
    outcome: FromQuery[Outcome | None] = None,
    form: Annotated[Format, QueryParameter(name="format")] = "ndjson",
) -> Stream:
    """Every line of the file and what became of it; of one outcome if given."""
    return await _lines(request, state, import_id, (outcome,) if outcome else tuple(Outcome), form)


@get("/v1/import-adapters", operation_id="ListImportAdapters", tags=["imports"])
async def get_adapters(state: State) -> list[AdapterAnswer]:
    """The formats that files may have."""
    adapters: dict[str, Adapter] = state["adapters"]
    return [adapter_answer(adapters[name]) for name in sorted(adapters)]


async def _found(request: Request[int, Any, State], state: State, import_id: int, *, states: bool) -> ImportAnswer:
    if abs(import_id) <= _LAST_ID:
        async with state["database"].read() as db:
            row = await read_import(db, request.user, import_id)
            if row is not None:
                counted = await count_receipts(db, request.user, import_id) if states else None
                return import_answer(row, states=counted)
    raise NotFoundException(f"There is no import {import_id}")


async def _lines(
    request: Request[int, Any, State], state: State, import_id: int, outcomes: tuple[Outcome, ...], form: Format
) -> Stream:
    await _found(request, state, import_id, states=False)
    names = [outcome.value for outcome in outcomes]
    return Stream(stream_lines(state, request.user, import_id, names, form), media_type=MEDIA_TYPES[form])


HANDLERS = [post_import, get_imports, get_import, get_rejects, get_lines, get_adapters]
