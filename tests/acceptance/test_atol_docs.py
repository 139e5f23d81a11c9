"""The conversation that docs/atol-online.md shows is held with a real server."""

import json
import re
from pathlib import Path

from fiscal_server.commands.atol_online import create_group, create_login
from tests.acceptance.atol_site import open_atol_shop

PAGE = (Path(__file__).parents[2] / "docs/atol-online.md").read_text()


async def test_the_conversation_of_the_page_is_as_it_says(database: str, tmp_path: Path) -> None:
    found = re.search(r"<!-- conversation: [^\n]*-->\n```http\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    token, sell, report = re.split(r"\n(?=(?:POST|GET) )", found[1].strip())
    async with open_atol_shop(database, tmp_path) as (desk, shop):
        await create_group(shop.db, shop.clock, shop.merchant, "my-shop_17", version=5)
        password = await create_login(shop.db, shop.clock, shop.merchant.id, "my-shop")
        head, _, body = token.replace("PASSWORD", password).partition("\n")
        answer = await desk.http.post(head.removeprefix("POST "), json=json.loads(body))
        headers = {"Token": answer.json()["token"]}
        head, _, body = sell.partition("\n")
        answer = await desk.http.post(head.removeprefix("POST "), json=json.loads(body), headers=headers)
        assert (answer.status_code, answer.json()["status"]) == (200, "wait")
        path = report.strip().removeprefix("GET ").replace("UUID", answer.json()["uuid"])
        answer = await desk.http.get(path, headers=headers)
        assert answer.json()["error"]["code"] == 34
