"""What Schemathesis, a process of its own, has to know of our API: bodies that are no JSON, names that are there."""

import os
from typing import Any, Final

import msgspec
import schemathesis
from schemathesis.openapi.checks import UnsupportedMethodResponse

OWN_KEY: Final = "OWN_KEY"
"""Variable with the id of the key that all requests are made with: it must outlive them."""
MERCHANT: Final = "MERCHANT"
KKT: Final = "KKT"

_THERE: Final = {
    "merchant_id": int(os.environ.get(MERCHANT, "0")),
    "kkt_id": int(os.environ.get(KKT, "0")),
    "code": "A1",
    "name": "main",
}
"""What exists, for addresses that nothing can be created under."""


@schemathesis.serializer("application/x-ndjson")
def lines(ctx: schemathesis.SerializationContext, value: Any) -> bytes:
    """Generated as one text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


@schemathesis.serializer("application/msgpack")
def packed(ctx: schemathesis.SerializationContext, value: Any) -> bytes:
    """The same object as in JSON; what MessagePack has no form for goes as its words."""
    return msgspec.msgpack.encode(value, enc_hook=str, order="deterministic")


@schemathesis.hook
def map_path_parameters(context: schemathesis.HookContext, path_parameters: dict[str, Any] | None) -> Any:
    """Every second request finds what it asks for."""
    for name, there in _THERE.items():
        if path_parameters and name in path_parameters and len(repr(path_parameters[name])) % 2:
            path_parameters[name] = there
    if path_parameters and "group" in path_parameters:
        path_parameters["group"] = "shop4" if "v4" in str(context.operation.path) else "shop5"
    return path_parameters


@schemathesis.hook
def filter_case(context: schemathesis.HookContext, case: schemathesis.Case) -> bool:
    """No request ends the key of all the others."""
    return str((case.path_parameters or {}).get("key_id")) != os.environ.get(OWN_KEY)


@schemathesis.hook
def filter_failure(
    context: schemathesis.HookContext, failure: Any, case: schemathesis.Case, response: schemathesis.Response
) -> bool:
    """The dialect answers whatever it does not know, methods too, with its error 0."""
    return not (case.path.startswith("/possystem") and isinstance(failure, UnsupportedMethodResponse))
