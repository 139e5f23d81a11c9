"""The page of the API: every operation stands on it, without a script and without a word from elsewhere."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fiscal_server.api.reference_page import METHODS
from tests.acceptance.site import Site, open_site


@pytest.fixture
async def site(database: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(database, tmp_path) as opened:
        yield opened


async def test_every_operation_of_the_document_stands_on_the_page(site: Site) -> None:
    document = (await site.client.get("/schema/openapi.json")).json()
    page = await site.client.get("/schema")
    assert page.headers["content-type"].startswith("text/html")
    operations = [one[method] for one in document["paths"].values() for method in METHODS if method in one]
    assert len(operations) > 20
    for operation in operations:
        assert f'id="{operation["operationId"]}"' in page.text
        assert operation.get("description"), operation["operationId"]


async def test_the_page_needs_nothing_from_elsewhere(site: Site) -> None:
    page = (await site.client.get("/schema")).text
    for foreign in ("<script", "<link", "<img", "src=", 'href="http', "@import", "url("):
        assert foreign not in page


async def test_what_is_said_in_descriptions_is_text_and_no_markup(site: Site) -> None:
    page = (await site.client.get("/schema")).text
    assert "&lt;key&gt;" in page
    assert "``" not in page
