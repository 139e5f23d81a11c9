"""Settings: FISCAL_* environment variables, read once in `__main__` and handed down from there.

A field `api_port` is the variable FISCAL_API_PORT. A misspelt variable is an error, not a silent default: a server that
ignores FISCAL_DATABSE_URL would happily put receipts into the wrong database.
"""

import difflib
import ipaddress
import os
import pwd
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

PREFIX = "FISCAL_"

# Read by setup.py when the extension is built; allowed in the environment of a server, and of no meaning there.
BUILD_VARIABLES = frozenset({"FISCAL_CYTHON_DEBUG"})

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)] | Literal["auto"]
LogFormat = Literal["auto", "console", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

API_PORT = 8080
ADMIN_PORT = 8090
_PORTS_TRIED = 100


class SettingsError(Exception):
    """A setting is wrong. The message is one line that names the variable; print it without a traceback."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a deployment may choose. Every field has a default that suits one machine with nothing installed."""

    database_url: str | None = None
    """`postgresql://user:password@host:5432/database`. None: an embedded PostgreSQL under `data_dir`."""

    data_dir: Path
    """Everything this machine keeps: database cluster, logs, run.json. Default: /var/lib/fiscal-server for root,
    else $XDG_DATA_HOME/fiscal-server, else ~/.local/share/fiscal-server."""

    api_host: str = "127.0.0.1"
    """Address the API listens on. 0.0.0.0 opens it to the network."""

    api_port: Port = "auto"
    """TCP port of the API; /metrics answers there as well. auto: 8080, or the next free one. A number: exactly that."""

    api_rate: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 5000
    """Requests a second that one key may make of one API process, ten seconds of them at once. 0: no limit."""

    api_body_mb: Annotated[int, msgspec.Meta(ge=64, le=65_536)] = 256
    """MiB of large bodies that one API process holds at once; who would send more is asked to come again (503)."""

    admin_host: str = "127.0.0.1"
    """Address the panel listens on."""

    admin_port: Port = "auto"
    """TCP port of the panel. auto: 8090, or the next free one. A number: exactly that."""

    admin_login: bool = True
    """0: the panel asks nobody to sign in, and whoever reaches it may do everything. Only while it listens on loopback,
    for a first look or a machine that nobody else uses."""

    admin_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s]+\Z")] | None = None
    """Where people find the panel: `https://panel.example.ru`. Links in mails begin with it, and with https its cookie
    is sent over https alone. None: http and the address that it listens on."""

    api_url: Annotated[str, msgspec.Meta(pattern=r"^https?://[^/\s]+\Z")] | None = None
    """Where the panel finds the API when it runs on another machine: `http://server:8080`. None: this machine, and the
    port of `api_port` (auto: 8080)."""

    mail_url: str | None = None
    """The mail server: `smtp://user:password@host:587` (STARTTLS where the server has it), or `smtps://...`. None: no
    mail is sent, and links are shown to the administrator instead."""

    mail_from: str = "fiscal-server@localhost"
    """Sender of the panel's mails."""

    office_daily: bool = True
    """0: the panel makes no obligations and sends no letters of the morning by itself; another one of the same database
    does."""

    log_format: LogFormat = "auto"
    """console: for eyes. json: one object a line. auto: console on a terminal, json elsewhere."""

    log_level: LogLevel = "info"
    """The least severe event that is written."""

    node_id: Annotated[int, msgspec.Meta(ge=0, le=1023)] = 0
    """Number of this dispatch node, unique among the nodes that share a database. KKTs plugged into it stay with it."""

    lease_s: Annotated[int, msgspec.Meta(ge=3, le=600)] = 30
    """Seconds for which a node may go on with its KKTs without the database. When it dies, others take its network KKTs
    after this time and 20 s for the longest command."""

    ofd_keep_open_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 0.0
    """Seconds for which a connection to the operator waits for the KKT's next document. 0: one connection a document,
    as operators expect; more only where the operator takes several on one: two commands of the FN less for each."""

    atol_path: Annotated[str, msgspec.Meta(pattern=r"^(/[A-Za-z0-9._-]+)+\Z")] = "/possystem"
    """Where the dialect of ATOL Online begins: /v4 and /v5 come behind it. Never a path of the native API."""

    atol_queue_s: Annotated[int, msgspec.Meta(ge=0, le=604_800)] = 0
    """Seconds for which a document of that dialect may wait for a KKT; then it is given up and answered with error 1,
    timeout. ATOL Online has 300. 0: it waits for as long as it takes."""

    atol_private_callbacks: bool = False
    """1: reports of that dialect may be sent to addresses of private networks. Only where all who hold its logins are
    trusted."""

    webhook_private_addresses: bool = False
    """1: webhooks may go to private and loopback addresses and over plain HTTP. Only where every merchant is trusted
    with this machine's network: the server then posts to whatever stands in it."""

    timezone: str = "Europe/Moscow"
    """IANA name of the zone in which people read dates and months close. Stored times are UTC all the same."""

    import_adapters: Path | None = None
    """Folder with formats of payment registers (`*.toml`) beside those of the package; read as the API starts."""

    pure: bool = False
    """1: compute receipts with the Python reference instead of the compiled kernel. Slower, equal to the kopeck."""

    @property
    def zone(self) -> ZoneInfo:
        """`timezone` as an object; its name was checked by `load_settings`."""
        return ZoneInfo(self.timezone)


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Settings from the FISCAL_* variables of `environ`; an empty value counts as not set. Raises SettingsError."""
    fields = {field.name: field for field in msgspec.structs.fields(Settings)}
    values: dict[str, Any] = {"data_dir": default_data_dir(environ)}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX) or variable in BUILD_VARIABLES:
            continue
        name = variable.removeprefix(PREFIX).lower()
        if variable != variable_of(name) or name not in fields:
            raise SettingsError(f"{variable} is not a setting{_nearest(variable, fields)}")
        if text != "":
            values[name] = _convert(variable, text, fields[name].type)
    settings = Settings(**values)
    _check(settings)
    return settings


def to_environ(settings: Settings) -> dict[str, str]:
    """The settings as variables, for a child process that loads them again. `load_settings` of it gives the same."""
    environ: dict[str, str] = {}
    for name, value in msgspec.structs.asdict(settings).items():
        if value is not None:
            environ[variable_of(name)] = str(int(value)) if isinstance(value, bool) else str(value)
    return environ


def variable_of(field: str) -> str:
    """`api_port` -> `FISCAL_API_PORT`."""
    return PREFIX + field.upper()


def default_data_dir(environ: Mapping[str, str]) -> Path:
    """Where data live unless FISCAL_DATA_DIR says otherwise. Needs no HOME: the user database knows it too."""
    if os.geteuid() == 0:
        return Path("/var/lib/fiscal-server")
    # The XDG specification: a relative value is invalid and is to be ignored.
    if (data_home := environ.get("XDG_DATA_HOME", "")).startswith("/"):
        return Path(data_home) / "fiscal-server"
    home = environ.get("HOME") or _home_of_user()
    return Path(home) / ".local/share/fiscal-server"


def make_data_dir(settings: Settings) -> Path:
    """Create `data_dir` if it is missing. Others may pass through it (PostgreSQL has its own uid under root), not list
    it. Raises SettingsError naming FISCAL_DATA_DIR."""
    path = settings.data_dir
    if path.is_dir() and os.access(path, os.W_OK | os.X_OK):
        return path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(exist_ok=False)
        path.chmod(0o711)  # not left to the umask, which may be 077
    except OSError as error:
        reason = "is not writable" if path.is_dir() else f"cannot be created ({error.strerror})"
        raise SettingsError(f"FISCAL_DATA_DIR: {path} {reason}; set it to a folder that you may write") from error
    return path


def choose_port(variable: str, port: Port, host: str, default: int) -> int:
    """The TCP port to listen on.

    A number is what the user asked for: taken, it is a SettingsError naming `variable`. `auto` is `default` or the next
    free one; compare the answer with `default` to know whether to tell the user. Another process may still take the
    port before ours listens; then the child fails to start, and says so.
    """
    if port != "auto":
        if reason := _why_not(host, port):
            raise SettingsError(f"{variable}={port}: {reason}; choose another port, or `auto`")
        return port
    for candidate in range(default, default + _PORTS_TRIED):
        reason = _why_not(host, candidate)
        if reason is None:
            return candidate
        if "in use" not in reason:  # the host is wrong: no port would do
            raise SettingsError(f"{variable.removesuffix('PORT')}HOST={host}: {reason}")
    raise SettingsError(f"{variable}: no free port from {default} to {default + _PORTS_TRIED - 1} on {host}")


def _why_not(host: str, port: int) -> str | None:
    """Why nobody can listen there; None if one can."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            # As servers do: connections of a server that has just stopped (TIME_WAIT) do not make the port taken.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        return f"port {port} on {host} is {reason.removeprefix('address ')}" if "in use" in reason else reason
    return None


def _convert(variable: str, text: str, kind: Any) -> Any:
    if kind in (Path, Path | None):
        return Path(text).expanduser().absolute()
    try:
        return msgspec.convert(text, kind, strict=False)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{variable}={text}: {error}{_choices(kind)}") from error


def _choices(kind: Any) -> str:
    """The words a Literal allows: msgspec's message does not list them."""
    words = [str(word) for part in (kind, *getattr(kind, "__args__", ())) for word in getattr(part, "__args__", ())]
    words += [word for word in getattr(kind, "__args__", ()) if isinstance(word, str)]
    return f" (allowed: {', '.join(dict.fromkeys(words))})" if words else ""


def _check(settings: Settings) -> None:
    url = settings.database_url
    if url is not None and not url.startswith(("postgresql://", "postgres://")):
        raise SettingsError("FISCAL_DATABASE_URL must start with postgresql://")  # the value may hold a password
    if settings.mail_url is not None and not re.fullmatch(r"smtps?://[^/\s]+", settings.mail_url):
        raise SettingsError("FISCAL_MAIL_URL must be smtp://user:password@host:port or smtps://...")  # the same
    if not settings.admin_login and not is_loopback(settings.admin_host):
        raise SettingsError(
            f"FISCAL_ADMIN_LOGIN=0 needs FISCAL_ADMIN_HOST=127.0.0.1, not {settings.admin_host}: without signing in, "
            "whoever reaches the panel may do everything"
        )
    try:
        ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(f"FISCAL_TIMEZONE={settings.timezone}: no such time zone (e.g. Europe/Moscow)") from error


def is_loopback(host: str) -> bool:
    """Whether an address to listen on can be reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _nearest(variable: str, fields: Mapping[str, Any]) -> str:
    # Without the prefix: it is common to all and would make any two names look alike.
    nearest = difflib.get_close_matches(variable.removeprefix(PREFIX).lower(), fields, n=1, cutoff=0.5)
    if nearest:
        return f"; did you mean {variable_of(nearest[0])}?"
    return f"; settings are {', '.join(variable_of(name) for name in fields)}"


def _home_of_user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:  # a container may run under a uid that nobody wrote down
        return "/var/tmp"
