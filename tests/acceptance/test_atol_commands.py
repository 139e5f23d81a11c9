"""Groups and logins from the command line."""

import os
import subprocess
import sys
from pathlib import Path

from tests.storage.scene import open_shop


def _run(dsn: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "fiscal_server", "atol", *arguments],
        env={**os.environ, "FISCAL_DATABASE_URL": dsn, "FISCAL_DATA_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


async def test_groups_and_logins_are_made_shown_and_taken_away(database: str, tmp_path: Path) -> None:
    async with open_shop(database) as shop:
        await shop.add_kkts()
        merchant = ("--merchant", shop.merchant.name)
        for arguments, code, said in (
            (("group", "add", "shop_1", *merchant, "--version", "5"), 0, "protocol v5"),
            (("group", "add", "shop_1", *merchant, "--version", "5"), 2, "already"),
            (("group", "add", "schema", *merchant, "--version", "5"), 2, "cannot be a group code"),
            (("group", "add", "x", *merchant, "--version", "5", "--cassette", "y"), 1, "no cassette 'y'"),
            (("group", "list"), 0, "shop_1  v5  Пример  main"),
            (("login", "add", "billing", *merchant), 0, ""),
            (("login", "add", "billing", *merchant), 2, "already"),
            (("login", "block", "billing"), 0, "blocked"),
            (("login", "list"), 0, "billing  Пример  blocked"),
            (("login", "unblock", "billing"), 0, "let in again"),
            (("login", "block", "nobody"), 1, "no login"),
            (("group", "remove", "shop_1"), 0, "removed"),
            (("group", "remove", "shop_1"), 1, "no group"),
        ):
            done = _run(database, tmp_path, *arguments)
            assert done.returncode == code, (arguments, done.stdout, done.stderr)
            assert said in done.stdout + done.stderr, arguments
        password_hash = await shop.value("select password_hash from fiscal.atol_login")
        assert len(password_hash) == 32


async def test_the_later_version_is_not_given_to_a_register_of_the_older_format(database: str, tmp_path: Path) -> None:
    rules = {"inn": "7700000016", "ffd": "1.05", "services": [{"id": "internet", "name": "Интернет", "vat_code": 11}]}
    async with open_shop(database, rules) as shop:
        await shop.add_kkts()
        done = _run(database, tmp_path, "group", "add", "g", "--merchant", shop.merchant.name, "--version", "5")
        assert (done.returncode, "needs FFD 1.2" in done.stderr) == (2, True)
