"""The door: paths, content types, tokens; whatever is wrong is answered in the dialect's own words.

    POST|GET {prefix}/{v4|v5}/getToken         POST {prefix}/{v4|v5}/{group}/{operation}
    GET {prefix}/{v4|v5}/schema/{sell|correction}    GET {prefix}/{v4|v5}/{group}/report/{uuid}

A trailing slash changes nothing. It is an ASGI application of its own, which ``api/front.py`` hands what is below the
prefix: the framework's ways of refusing a path, a method or a body are not the dialect's.
"""

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import structlog
from msgspec import Meta

from fiscal_server.api.atol_online import errors
from fiscal_server.api.atol_online.asked import CREDENTIALS_BYTES, Asked
from fiscal_server.api.atol_online.documents import Amendment4, Amendment5, Sale4, Sale5
from fiscal_server.api.atol_online.errors import AtolError, fault
from fiscal_server.api.atol_online.patience import Patience
from fiscal_server.api.atol_online.registration import Registrar
from fiscal_server.api.atol_online.reports import encode, error_body, moment, report_of
from fiscal_server.api.atol_online.tokens import Doorkeeper, Group
from fiscal_server.api.atol_online.uuids import id_of
from fiscal_server.api.requests import HEADER, sound_id
from fiscal_server.api.uploads import BodyMemory
from fiscal_server.clock import Clock
from fiscal_server.errors import Overloaded
from fiscal_server.intake.forms import BYTE_ORDER_MARK
from fiscal_server.intake.singles import Singles, TooManyWait
from fiscal_server.storage import atol_online
from fiscal_server.storage.pool import DATABASE_ERRORS, Database, may_pass

if TYPE_CHECKING:
    from litestar.types import Receive, Scope, Send

VERSIONS: Final = {"v4": 4, "v5": 5}
BODY_S: Final = 30.0
"""A document is a few kilobytes: who needs longer to send it is not waited for."""

HELD_BYTES: Final = 64 * 1024 * 1024
"""Of all documents on their way at once: tens of thousands of common ones, and no more of the largest."""

SCHEMAS: Final = {(4, "sell"): Sale4, (5, "sell"): Sale5, (4, "correction"): Amendment4, (5, "correction"): Amendment5}

_REQUEST_ID: Final = HEADER.lower().encode()
_CONTENT_TYPE: Final = (b"content-type", b"application/json; charset=utf-8")

log = structlog.get_logger(room="api")


class _Credentials(msgspec.Struct, frozen=True):
    """The body of getToken."""

    login: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^\S+\Z")]
    pass_: Annotated[str, Meta(min_length=1, max_length=100)] = msgspec.field(name="pass")
    source: Annotated[str, Meta(max_length=100, pattern=r"^[a-zA-Z0-9_\-@.]*\Z")] | None = None


_CREDENTIALS: Final = msgspec.json.Decoder(_Credentials)


class AtolOnline:
    """The dialect, once it is opened over a database."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.patience = Patience(BODY_S)
        self.memory = BodyMemory(HELD_BYTES)
        self._database: Database
        self._door: Doorkeeper
        self._registrar: Registrar

    def open(self, database: Database, singles: Singles) -> None:
        """From now on requests are served."""
        self._database = database
        self._door = Doorkeeper(database, self._clock)
        self._registrar = Registrar(singles, self._clock)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """ASGI."""
        asked = Asked(scope, receive, self.patience, self.memory)
        request_id = sound_id(asked.header(_REQUEST_ID))
        # Never unbound: the context is this request's own.
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            status, packet = await self._answer(asked)
        except AtolError as error:
            status, packet = error.kind.http, self._refusal(error)
        except Exception as error:  # the last one who can answer in the dialect
            log.log(30 if _may_pass(error) else 40, "atol_request_failed", exc_info=error)
            failed = AtolError(errors.SERVER)
            status, packet = failed.kind.http, self._refusal(failed)
        finally:
            asked.let_go()
        body = encode(packet)
        headers = [_CONTENT_TYPE, (b"content-length", b"%d" % len(body)), (_REQUEST_ID, request_id.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _answer(self, asked: Asked) -> tuple[int, Any]:
        match asked.parts:
            case [version, "getToken"] if version in VERSIONS and asked.method in ("GET", "POST"):
                return 200, await self._token(asked)
            case [version, "schema", name] if (VERSIONS.get(version, 0), name) in SCHEMAS and asked.method == "GET":
                return 200, msgspec.json.schema(SCHEMAS[VERSIONS[version], name], schema_hook=_schema_of_number)
            case [version, group, "report", uuid] if version in VERSIONS and asked.method == "GET":
                return 200, await self._report(asked, VERSIONS[version], group, uuid)
            case [version, group, operation] if version in VERSIONS and asked.method == "POST":
                return 200, await self._register(asked, VERSIONS[version], group, operation)
            case _:
                raise AtolError(errors.UNDEFINED)

    async def _token(self, asked: Asked) -> dict[str, Any]:
        """A GET with a body (one client does that) is answered by its body when the address says nothing."""
        login, password = asked.parameter("login"), asked.parameter("pass")
        if login is None or password is None:
            asked.require_json()
            try:
                given = _CREDENTIALS.decode(await asked.body(CREDENTIALS_BYTES))
            except msgspec.ValidationError as error:
                raise AtolError(errors.BAD_FIELDS, str(error)) from error
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise AtolError(errors.BAD_REQUEST) from error
            login, password = given.login, given.pass_
        elif len(login) > 100 or len(password) > 100:
            raise AtolError(errors.BAD_FIELDS, fault("StringTooLong", "login"))
        token = await self._door.token_of(login, password)
        return {"error": None, "token": token, "timestamp": moment(self._clock.now())}

    async def _group(self, asked: Asked, version: int, code: str) -> Group:
        return await self._door.group_of(await self._door.login_of(asked.token), code, version)

    async def _register(self, asked: Asked, version: int, code: str, operation: str) -> dict[str, Any]:
        group = await self._group(asked, version, code)
        asked.require_json()
        body = (await asked.body()).removeprefix(BYTE_ORDER_MARK)
        uuid = await self._registrar.register(group, operation, body)
        return {"uuid": uuid, "timestamp": moment(self._clock.now()), "error": None, "status": "wait"}

    async def _report(self, asked: Asked, version: int, code: str, uuid: str) -> dict[str, Any]:
        group = await self._group(asked, version, code)
        document_id = id_of(uuid)
        found = []
        if document_id is not None:
            async with self._database.read() as db:
                found = await atol_online.read_reports(db, [(group.row.merchant_id, document_id)])
        if not found or not found[0].event_key.startswith(f"atol|{code}|"):
            raise AtolError(errors.UNKNOWN_UUID, uuid)
        return report_of(found[0], self._clock.now())

    def _refusal(self, error: AtolError) -> dict[str, Any]:
        packet: dict[str, Any] = {} if error.uuid is None else {"uuid": error.uuid}
        packet |= {
            "error": error_body(error.code, error.text, error.kind.type),
            "timestamp": moment(self._clock.now()),
        }
        if error.kind.status is not None:
            packet["status"] = error.kind.status
        return packet


def _may_pass(error: Exception) -> bool:
    return isinstance(error, TooManyWait | Overloaded) or (isinstance(error, DATABASE_ERRORS) and may_pass(error))


def _schema_of_number(_: type) -> dict[str, str]:
    return {"type": "number"}
