"""``fiscal-server import statement|register``, as an accountant runs it."""

import asyncio
import os
from pathlib import Path

from tests.command_line import run_command
from tests.storage.scene import open_shop
from tests.unit.reconciliation.incoming_files import Document, Paid, many, payout, statement, total_line, totals_of


async def run(dsn: str, folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Exit code and what was said, on a wide terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FISCAL_")}
    environment = {**kept, "FISCAL_DATABASE_URL": dsn, "FISCAL_DATA_DIR": str(folder), "COLUMNS": "160"}
    done = await asyncio.to_thread(run_command, "import", *arguments, env=environment)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


async def test_a_register_is_previewed_and_taken_in_with_figures_for_an_accountant(
    database: str, tmp_path: Path
) -> None:
    file = tmp_path / "реестр.txt"
    file.write_bytes(total_line([*many(2), Paid(kopecks=-100, fee=0, operation="-", payer="[red]П[/red]\x1b[2J")]))
    async with open_shop(database) as shop:
        await shop.post([], ["0001234567"])
        words = ("register", str(file), "--merchant", shop.merchant.name, "--adapter", "total-line")
        code, out, err = await run(database, tmp_path, *words, "--preview")
        assert (code, err) == (0, "")
        for said in ("Реестр реестр.txt", "900,01 ₽", "октябрь 2026", "сходится", "ничего не записано", "[red]П[/red]"):
            assert said in out
        assert "\x1b[2J" not in out
        assert await shop.value("select count(*) from fiscal.import") == 0
        code, out, _ = await run(database, tmp_path, *words)
        assert (code, "Загружено, загрузка" in out, "Сумма не больше нуля" in out) == (0, True, True)
        code, out, _ = await run(database, tmp_path, *words, "--language", "en")
        assert (code, "was imported before" in out) == (0, True)
        assert await shop.value("select count(*) from fiscal.receipt") == 2


async def test_a_refused_file_ends_with_its_reasons_and_code_1(database: str, tmp_path: Path) -> None:
    file = tmp_path / "r.txt"
    file.write_bytes(total_line(many(2), total=totals_of(many(3))))
    async with open_shop(database) as shop:
        words = ("register", str(file), "--merchant", shop.merchant.name, "--adapter", "total-line")
        code, _, err = await run(database, tmp_path, *words)
        assert (code, err.count("Итог не сходится"), "Файл не принят" in err) == (1, 4, True)
        code, out, _ = await run(database, tmp_path, *words, "--preview")
        assert (code, "НЕ СХОДИТСЯ" in out) == (1, True)
        code, _, err = await run(database, tmp_path, *words[:-1], "nothing")
        assert (code, "total-line" in err) == (2, True)
        code, _, err = await run(database, tmp_path, "register", str(tmp_path / "no"), *words[2:])
        assert (code, err.count("\n")) == (2, 1)


async def test_a_statement_and_a_format_of_ones_own_are_taken(database: str, tmp_path: Path) -> None:
    file, own = tmp_path / "kl_to_1c.txt", tmp_path / "own.toml"
    file.write_bytes(statement([payout(), Document()]))
    own.write_text(
        'id = "own"\ntitle = "Свой"\nsource = "договор"\n'
        "[columns]\ndate = { position = 1 }\naccount = { position = 2 }\namount = { position = 3 }\n"
    )
    async with open_shop(database) as shop:
        await shop.post([], ["0001234567"])
        merchant = ("--merchant", shop.merchant.name)
        code, out, err = await run(database, tmp_path, "statement", str(file), *merchant)
        assert (code, err) == (0, "")
        assert "Перечисление по реестру" in out
        (tmp_path / "own.csv").write_text("16.11.2026;0001234567;450,00\n")
        code, out, _ = await run(
            database, tmp_path, "register", str(tmp_path / "own.csv"), *merchant, "--adapter", str(own),
            "--credited-on", "2026-11-17",
        )  # fmt: skip
        assert code == 0, out
        days = await shop.rows("select paid_on::text from fiscal.import_line where outcome = 'payment'")
        assert [row[0] for row in days] == ["2026-11-17", "2026-11-17"]
