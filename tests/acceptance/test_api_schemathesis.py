"""Requests that nobody thought of: Schemathesis makes them from the OpenAPI document, on real sockets against a real
process over a real database, singly and in chains (what one answer names, the next request asks for). No answer may be
an error of the server, and none may be one that the document does not have: status, content type, headers, schema.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import httpx
import msgspec
import pytest

from fiscal_server.commands.atol_online import create_group, create_login
from fiscal_server.commands.keys import create_api_key
from fiscal_server.storage.keys import Scope
from tests.acceptance import schemathesis_hooks as hooks
from tests.api_process import Api, api_process
from tests.storage.scene import Shop, charge, open_shop, payment

CHECKS: Final = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "unsupported_method", "allow_header_conformance", "ignored_auth",
    "missing_required_header", "use_after_free", "ensure_resource_availability",
)  # fmt: skip


class Target(msgspec.Struct, frozen=True):
    """A server with a merchant in it, and what opens it."""

    api: Api
    key: str
    token: str
    names: dict[str, str]


async def furnish(shop: Shop) -> tuple[str, str, dict[str, str]]:
    """A bit of everything; a key that may do all, a password of the dialect, names of what is there."""
    key = await create_api_key(shop.db, shop.merchant.id, "all", scopes=tuple(Scope), operations=True)
    await shop.post([charge("c1"), payment("p1"), payment("p2", "A2")], ["A1", "A2"])
    await shop.add_kkts(2)
    for version in (4, 5):
        await create_group(shop.db, shop.clock, shop.merchant, f"shop{version}", version=version)
    password = await create_login(shop.db, shop.clock, shop.merchant.id, "till")
    names = {
        hooks.OWN_KEY: str(await shop.value("select id from fiscal.api_key")),
        hooks.MERCHANT: str(shop.merchant.id),
        hooks.KKT: str(await shop.value("select min(id) from fiscal.kkt")),
    }
    return key, password, names


@asynccontextmanager
async def target(database: str, folder: Path) -> AsyncIterator[Target]:
    async with open_shop(database) as shop:
        key, password, names = await furnish(shop)
    async with api_process(database, folder) as api:
        async with httpx.AsyncClient() as client:
            told = await client.get(f"{api.url}/possystem/v4/getToken", params={"login": "till", "pass": password})
        yield Target(api, key, told.json()["token"], names)


async def attack(server: Target, folder: Path, *arguments: str) -> str:
    """What Schemathesis said; it fails the test when it found something."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run",
        f"{server.api.url}/schema/openapi.json", "--checks", ",".join(CHECKS), "--request-timeout", "30",
        "--header", f"Authorization: Bearer {server.key}", "--header", f"Token: {server.token}",
        "--continue-on-failure", "--no-shrink", "--warnings", "off", "--no-color", *arguments,
        env={**os.environ, **server.names, "SCHEMATHESIS_HOOKS": hooks.__name__, "PYTHONPATH": os.getcwd()},
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        told, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    text = told.decode()
    assert process.returncode == 0, text
    assert server.api.process.returncode is None, "the server is gone"
    return text


async def test_every_operation_answers_its_examples_as_the_document_says(database: str, open_folder: Path) -> None:
    async with target(database, open_folder) as server:
        told = await attack(server, open_folder, "--phases", "examples,stateful", "--max-time", "5", "--seed", "54")
    assert "Tested: " in told


@pytest.mark.proof
async def test_nothing_that_can_be_asked_is_answered_otherwise_than_the_document_says(
    database: str, open_folder: Path
) -> None:
    async with target(database, open_folder) as server:
        await attack(server, open_folder, "--phases", "examples,coverage", "--seed", "54")
        await attack(server, open_folder, "--phases", "fuzzing,stateful", "--max-time", "300")
