"""Descriptions of registers: those of the package, and those that people write for their banks."""

from pathlib import Path

import pytest

from accounting.reconciliation.incoming.adapter import AdapterError, packaged_adapters, parse_adapter
from accounting.reconciliation.incoming.received import Outcome
from accounting.reconciliation.incoming.register import read_register
from fiscal_server.intake.adapters import load_adapters

OWN = """
id = "our-bank"
title = "Реестр нашего банка"
source = "договор с банком, приложение 3"
delimiter = "|"
encodings = ["cp866"]
date = "YYYYMMDD"
amounts = "kopecks"
way = "cash"

[columns]
date = { position = 1 }
account = { position = 2 }
amount = { position = 3 }
purpose = { position = 4 }

[[purpose.periods]]
name = "месяц в скобках"
pattern = '\\((?P<month>\\d\\d)(?P<year>\\d\\d)\\)'
"""


def test_every_format_of_the_package_says_where_it_is_from() -> None:
    found = packaged_adapters()
    assert set(found) == {"1c-exchange", "total-line", "named-fields", "table", "fixed-places"}
    assert all(one.source and one.title for one in found.values())


def test_a_format_of_ones_own_is_a_file() -> None:
    adapter = parse_adapter(OWN.encode(), "own.toml")
    (line,) = read_register("20261116|А-15|45000|вода (1026)\r\n".encode("cp866"), adapter).lines
    assert (line.outcome, line.accounts, line.amount_kopecks, line.period, line.way) == (
        Outcome.PAYMENT,
        ("А-15",),
        45_000,
        "2026-10",
        "cash",
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('id = "our-bank"', 'id = "Our Bank"', "id"),
        ("account = { position = 2 }", "", ""),
        ("amount = { position = 3 }", "", "no column for amount"),
        ("amount = { position = 3 }", "amount = { position = 0 }", "columns"),
        ("amount = { position = 3 }", 'amount = { names = ["sum"] }', "named_with"),
        ("amount = { position = 3 }", "amount = { start = 3 }", "length"),
        ("amount = { position = 3 }", 'amount = { position = 3, names = ["sum"] }', "one of"),
        ('date = "YYYYMMDD"', 'date = "YYYYMM"', "DD"),
        ('encodings = ["cp866"]', 'encodings = ["utf-16"]', "encodings"),
        ('way = "cash"', 'way = "barter"', "way"),
        ('way = "cash"', 'colour = "red"', "colour"),
        ("(?P<month>", "(?P<monat>", "month"),
        ("(?P<month>", "((?P<month>", "pattern"),
        ('delimiter = "|"', "delimiter = |", "own.toml"),
        ('delimiter = "|"', 'kind = "statement"', "statement"),
    ],
)
def test_a_wrong_description_is_refused_with_the_key_that_is_wrong(old: str, new: str, words: str) -> None:
    assert old in OWN
    content = OWN.replace(old, new).encode()
    if not words:
        parse_adapter(content, "own.toml")  # the purpose may name the account
        return
    with pytest.raises(AdapterError, match=words):
        parse_adapter(content, "own.toml")


def test_files_of_a_folder_stand_beside_those_of_the_package_and_before_them(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(OWN)
    (tmp_path / "table.toml").write_text(OWN.replace("our-bank", "table"))
    (tmp_path / "readme.txt").write_text("nothing")
    found = load_adapters(tmp_path)
    assert found["our-bank"].title == found["table"].title == "Реестр нашего банка"
    assert found["total-line"] == packaged_adapters()["total-line"]


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AdapterError, match="no folder"):
        load_adapters(tmp_path / "nowhere")
    (tmp_path / "bad.toml").write_text("id = 1")
    with pytest.raises(AdapterError, match=r"bad\.toml"):
        load_adapters(tmp_path)


def test_the_format_in_the_documentation_is_one() -> None:
    text = (Path(__file__).parents[3] / "docs/imports.md").read_text()
    adapter = parse_adapter(text.split("```toml\n")[1].split("```")[0].encode(), "docs/imports.md")
    content = "16.11.2026;77;0001234567;450,00\n=1;450,00\n".encode("cp1251")
    file = read_register(content, adapter)
    assert (file.refusals, file.lines[0].accounts) == ((), ("0001234567",))
