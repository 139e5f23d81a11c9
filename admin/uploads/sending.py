"""A file as a request of the API: which one its kind asks for, and what stands around its bytes."""

from typing import Any, Final

import msgspec

from admin.storage.uploads import Upload
from fiscal_server.client.protocol import Request

LINES_SHOWN: Final = 100
"""Lines of an import that its check shows."""

_BYTES: Final = "application/octet-stream"
_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"


class Sending(msgspec.Struct, frozen=True):
    """``size``: of the whole body, what stands before and behind the file included."""

    request: Request
    media_type: str
    size: int
    before: bytes = b""
    behind: bytes = b""


def sending_of(upload: Upload, *, preview: bool) -> Sending:
    """What checks a file (``preview``) or takes it in."""
    if upload.kind == "batch":
        query = {"dry_run": "true"} if preview else {}
        request = Request("POST", "/v1/batches", query=query, idempotency_key=f"upload-{upload.id}")
        return Sending(request, _LINES if upload.options.lines else _JSON, upload.size)
    if upload.kind == "restoration":
        return _restoration(upload, preview=preview)
    return Sending(Request("POST", "/v1/imports", query=_import_query(upload, preview=preview)), _BYTES, upload.size)


def _import_query(upload: Upload, *, preview: bool) -> dict[str, Any]:
    options = upload.options
    query: dict[str, Any] = {
        "kind": upload.kind,
        "adapter": options.adapter,
        "channel": options.channel,
        "file_name": upload.file_name,
        "unknown": options.unknown,
        "again": str(options.again).lower(),
        "preview": str(preview).lower(),
        "limit": LINES_SHOWN,
    }
    if options.credited_on is not None:
        query["credited_on"] = options.credited_on.isoformat()
    return query


def _restoration(upload: Upload, *, preview: bool) -> Sending:
    """The file is the list of events; the order's head is what the form said."""
    options = upload.options
    head: dict[str, Any] = {
        "date": options.restored_on,
        "dry_run": preview,
        "on_error": "skip" if options.skip else "reject",
    }
    if options.basis_on is not None:
        head["basis_document"] = {"date": options.basis_on}
        if options.basis_number:
            head["basis_document"]["number"] = options.basis_number
    before = msgspec.json.encode(head)[:-1] + b',"replay":'
    step = "check" if preview else "run"
    request = Request("POST", "/v1/restoration-jobs", idempotency_key=f"upload-{upload.id}-{step}")
    return Sending(request, _JSON, len(before) + upload.size + 1, before, b"}")
