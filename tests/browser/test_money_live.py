"""Money in, in a real browser: a statement from the disk to the file of its errors, every page on a narrow screen."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from admin.app import create_admin_app
from fiscal_server.clock import VirtualClock
from fiscal_server.settings import Settings
from tests.browser.chromium import PROGRAM, Page, chromium
from tests.browser.pictures import TEXT, fits, shoot
from tests.browser.serving import served
from tests.storage.scene import Shop, open_shop
from tests.unit.reconciliation.incoming_files import Document, statement

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="needs Chromium")

KNOWN = "0001234567"


@pytest.fixture
async def shop(database: str) -> AsyncIterator[Shop]:
    async with open_shop(database) as shop:
        await shop.post([], [KNOWN])
        yield shop


@pytest.fixture
def clock(shop: Shop) -> VirtualClock:
    return shop.clock


@pytest.fixture
async def desk(shop: Shop, api: str) -> AsyncIterator[str]:
    """Where a panel is served that has the API beside it."""
    settings = Settings(data_dir=Path("/nowhere"), admin_login=False, api_url=api)
    async with served(create_admin_app(settings, shop.dsn, shop.clock)) as url:
        yield url


@pytest.fixture
async def page(desk: str) -> AsyncIterator[Page]:
    async with chromium() as page:
        await page.look_like(1366, 768)
        yield page
        assert page.complaints == []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    bad = Document(number="9003", dated="31.02.2026", credited="31.02.2026", kopecks=20_000, payer="=1+1")
    nobodys = [Document(number=f"91{n:02}", purpose="Интернет", kopecks=10_000 + n) for n in range(12)]
    path = tmp_path / "kl_to_1c.txt"
    path.write_bytes(statement([Document(), *nobodys, bad]))
    return path


async def _choose(page: Page, file: Path) -> None:
    """As a person picks a file."""
    root = await page.command("DOM.getDocument")
    found = await page.command("DOM.querySelector", nodeId=root["root"]["nodeId"], selector="input[type=file]")
    await page.command("DOM.setFileInputFiles", files=[str(file)], nodeId=found["nodeId"])


async def test_a_statement_goes_from_the_disk_to_the_file_of_its_errors(
    page: Page, desk: str, shop: Shop, file: Path
) -> None:
    await page.open(f"{desk}/money/new")
    await shoot(page, "new")
    await fits(page, "new")
    await _choose(page, file)
    await page.evaluate("document.querySelector('main .primary').click()")
    await page.wait_through("document.querySelector('.check-result')")
    assert "Неизвестных плательщиков\n12" in await page.evaluate(TEXT)
    await shoot(page, "check")
    await fits(page, "check")
    await page.evaluate("document.querySelector('.page-head .primary').click()")
    await page.wait_through("location.pathname.startsWith('/money/imports/')")
    await page.wait_through("document.querySelector('.counts')")
    assert await shop.value("select count(*) from fiscal.import") == 1
    await shoot(page, "import")
    await fits(page, "import")
    errors = await page.evaluate(
        "fetch(document.querySelector('.page-head a[download]').href).then((answer) => answer.text())"
    )
    assert "31.02.2026" in errors
    assert "'=1+1" in errors
    await page.evaluate("document.querySelector('.page-head .primary').click()")
    await page.wait_through("document.querySelector('.nobodys')")
    await shoot(page, "unknown")
    await fits(page, "unknown")
    await page.open(f"{desk}/money")
    await shoot(page, "list")
    await fits(page, "list")
