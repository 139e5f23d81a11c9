"""`fiscal-server ffd`: what people and scripts get, the exit codes, errors in one line."""

import base64
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from kkt_drivers.ffd.cli import app
from tests.unit.kkt_drivers import golden

RUNNER = CliRunner()
TWO_ITEMS = str(golden.path("receipt_two_items.hex"))


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return RUNNER.invoke(app, list(arguments), input=stdin)


def test_decode_shows_tags_names_values_and_meanings() -> None:
    result = run("decode", TWO_ITEMS)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0] == "3 Кассовый чек · ФФД 1.05 · 342 байт"
    assert "1020 сумма расчета, указанного в чеке (БСО) 159.00" in {" ".join(line.split()) for line in lines}
    assert any("1  приход" in line for line in lines)
    assert any(line.startswith("    1030 ") for line in lines)


@pytest.mark.parametrize("name", golden.EVERYTHING)
def test_every_golden_file_is_decoded(name: str) -> None:
    assert run("decode", str(golden.path(f"{name}.hex"))).exit_code == 0


def test_input_may_be_hex_base64_binary_or_stdin(tmp_path: Path) -> None:
    data = golden.document("raw_data_cash")
    shown = run("decode", data.hex()).stdout
    assert shown
    assert run("decode", base64.b64encode(data).decode()).stdout == shown
    assert run("decode", "-", stdin=data).stdout == shown
    binary = tmp_path / "document.bin"
    binary.write_bytes(data)
    assert run("decode", str(binary)).stdout == shown
    assert "ФПС 8106F27418108E59" in shown


def test_json_goes_there_and_back(tmp_path: Path) -> None:
    text = run("decode", TWO_ITEMS, "--json").stdout
    assert json.loads(text)["receipt"]["totalSum"] == 15900
    file = tmp_path / "receipt.json"
    file.write_text(text, encoding="utf-8")
    assert bytes.fromhex(run("encode", str(file)).stdout) == golden.document("receipt_two_items")
    assert base64.b64decode(run("encode", str(file), "--as", "base64").stdout) == golden.document("receipt_two_items")
    out = tmp_path / "receipt.bin"
    assert run("encode", "-", "--as", "raw", "--out", str(out), stdin=text).exit_code == 0
    assert out.read_bytes() == golden.document("receipt_two_items")


def test_published_json_of_a_service_is_encoded() -> None:
    result = run("encode", str(golden.path("receipt_ffd_1_2_vat_22.json")))
    assert bytes.fromhex(result.stdout)[:2] == b"\x03\x00"


def test_check_says_nothing_is_wrong_or_what_is() -> None:
    good = run("check", TWO_ITEMS)
    assert (good.exit_code, good.stdout.splitlines()[-1]) == (0, "Проверен по ФФД 1.05: ошибок 0, остального 0.")
    bad = run("check", str(golden.path("receipt_user_requisite.hex")))
    assert bad.exit_code == 1
    assert "ошибка   1209: нет обязательного реквизита" in bad.stdout
    assert "→ добавить" in bad.stdout
    assert run("check", TWO_ITEMS, "--version", "1.2").exit_code == 1


def test_drawings_are_written_by_their_suffix(tmp_path: Path) -> None:
    for suffix, start in ((".pdf", b"%PDF-"), (".html", b"<!doctype html>")):
        out = tmp_path / f"receipt{suffix}"
        assert run("draw", TWO_ITEMS, "--out", str(out)).exit_code == 0
        assert out.read_bytes().startswith(start)
    assert run("draw", TWO_ITEMS).stdout.startswith("<!doctype html>")


def test_records_without_a_head_need_their_form() -> None:
    source = str(golden.path("receipt_zero_length_vln.hex"))
    assert "--form" in run("decode", source).stderr
    assert run("decode", source, "--form", "3").exit_code == 0
    assert json.loads(run("decode", source, "--form", "3", "--json").stdout)["receipt"]["totalSum"] == 527


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("decode", "03000100FF"), "a TLV head is cut at offset 4"),
        (("decode", "no-such-file.bin"), "no such file"),
        (("decode", "0300050022040100AABB"), "1 bytes behind a document are no sign of 8 at offset 9"),
        (("decode", "030006001E0402000101"), "the value is 2 bytes long, must be 1 in tag 1054 at offset 8"),
        (("encode", "-"), "one key must name the document"),
        (("draw", TWO_ITEMS, "--out", "x.png"), ".pdf or .html"),
        (("draw", TWO_ITEMS, "--out", "/no/such/folder/x.pdf"), "x.pdf"),
        (("check", TWO_ITEMS, "--version", "2.0"), "there is no FFD 2.0"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_code_2(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments, stdin="{}")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("ffd: ")
    assert words in result.stderr


def test_lenient_decode_keeps_what_breaks() -> None:
    broken = "030006001E0402000101"
    assert run("decode", broken, "--lenient").exit_code == 0
