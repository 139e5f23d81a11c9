"""Dockerfile and compose.yaml name commands and settings that there are."""

import json
import re
from pathlib import Path

from fiscal_server.__main__ import COMMANDS
from fiscal_server.settings import load_settings

ROOT = Path(__file__).parents[2]
COMPOSE = (ROOT / "compose.yaml").read_text("utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def test_containers_run_commands_that_there_are() -> None:
    called = [json.loads(found)[0] for found in re.findall(r"^\s*command: (\[.*\])$", COMPOSE, re.MULTILINE)]
    called += [json.loads(found)[0] for found in re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)]
    called += re.findall(r"fiscal-server (\w[\w-]*) ", "\n".join(re.findall(r"^#.*", COMPOSE, re.MULTILINE)))
    assert {"migrate", "api", "dispatch", "admin", "run"} <= set(called)
    assert set(called) <= COMMANDS.keys()


def test_containers_set_settings_that_there_are() -> None:
    given = dict(re.findall(r"^\s+(FISCAL_\w+): (.+)$", COMPOSE, re.MULTILINE))
    given |= dict(re.findall(r"\b(FISCAL_\w+)=(\S+)", DOCKERFILE))
    assert {"FISCAL_DATABASE_URL", "FISCAL_ADMIN_URL", "FISCAL_API_PORT", "FISCAL_DATA_DIR"} <= given.keys()
    load_settings({**given, "FISCAL_DATABASE_URL": "postgresql://fiscal@postgres/fiscal"})
