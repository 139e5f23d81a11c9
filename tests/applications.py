"""Applications for tests that open one each: the routes are made once a worker, a third of a second each time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from litestar import Litestar

import admin.app
import fiscal_server.app
from fiscal_server.api.framework import Framework
from fiscal_server.api.front import FrontDoor
from fiscal_server.clock import Clock
from fiscal_server.settings import Settings

_idle_apis: dict[str, list[Framework]] = {}
_idle_panels: dict[tuple[bool, Path], list[Litestar]] = {}


@contextmanager
def api(settings: Settings, dsn: str, clock: Clock) -> Iterator[FrontDoor]:
    """The API, with nothing in it of whoever had these routes before. It has to have ended at the end."""
    idle = _idle_apis.setdefault(settings.atol_path, [])
    framework = idle.pop() if idle else fiscal_server.app.make_framework(settings.atol_path)
    yield fiscal_server.app.furnish(framework, settings, dsn, clock)
    idle.append(framework)  # not after a failure: who knows whether it has ended


@contextmanager
def panel(dsn: str, clock: Clock, **settings: Any) -> Iterator[Litestar]:
    """The same of the panel."""
    chosen = Settings(**{"data_dir": Path("/nowhere"), "office_daily": False, **settings})
    idle = _idle_panels.setdefault((chosen.admin_login, chosen.data_dir), [])
    framework = idle.pop() if idle else admin.app.make_framework(chosen)
    yield admin.app.furnish(framework, chosen, dsn, clock)
    idle.append(framework)
