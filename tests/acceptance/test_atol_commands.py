"""Groups and logins from the command line."""

import os
from pathlib import Path

from tests.command_line import run_command
from tests.storage.scene import open_shop


def _run(dsn: str, folder: Path, *arguments: str) -> tuple[int, str, str]:
    environment = {**os.environ, "FISCAL_DATABASE_URL": dsn, "FISCAL_DATA_DIR": str(folder)}
    done = run_command("atol", *arguments, env=environment)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


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
            ended, out, err = _run(database, tmp_path, *arguments)
            assert ended == code, (arguments, out, err)
            assert said in out + err, arguments
        password_hash = await shop.value("select password_hash from fiscal.atol_login")
        assert len(password_hash) == 32


async def test_the_later_version_is_not_given_to_a_register_of_the_older_format(database: str, tmp_path: Path) -> None:
    rules = {"inn": "7700000016", "ffd": "1.05", "services": [{"id": "internet", "name": "Интернет", "vat_code": 11}]}
    async with open_shop(database, rules) as shop:
        await shop.add_kkts()
        words = ("group", "add", "g", "--merchant", shop.merchant.name, "--version", "5")
        code, _, err = _run(database, tmp_path, *words)
        assert (code, "needs FFD 1.2" in err) == (2, True)
