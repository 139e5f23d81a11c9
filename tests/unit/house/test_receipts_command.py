"""``fiscal-server receipts``: cases from a file or a pipe, answers on standard output, one line when it is wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from accounting.receipts.cases.run import compare_out
from tests.command_line import run_command
from tests.contract.kernel_bench import KERNEL_IS_BUILT
from tests.contract.test_engines import DECLINED

needs_kernel = pytest.mark.skipif(not KERNEL_IS_BUILT, reason="the kernel is not built")
ROOT = Path(__file__).parents[3]
CASES = ROOT / "tests" / "data" / "receipt-cases.json"
EXPECTED: list[dict[str, Any]] = json.loads(CASES.read_text("utf-8"))


def run(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return run_command("receipts", *arguments, env=os.environ, stdin=stdin)


@pytest.mark.parametrize("engine", ["auto", "reference", pytest.param("kernel", marks=needs_kernel)])
def test_every_published_case_comes_out_through_the_command(engine: str) -> None:
    done = run("compute", str(CASES), "--engine", engine, "--diagnostics")
    answers = json.loads(done.stdout)
    assert [answer["id"] for answer in answers] == [case["id"] for case in EXPECTED]
    differences = {
        case["id"]: found
        for case, answer in zip(EXPECTED, answers, strict=True)
        if (found := compare_out(case["out"], answer["out"]))
    }
    assert differences == {}
    by_kernel = {answer["id"] for answer in answers if answer["engines"]["kernel"]}
    expected = {case["id"] for case in EXPECTED} - DECLINED.keys() if engine == "kernel" else set()
    assert by_kernel == expected


def test_an_engine_that_is_not_there_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FISCAL_PURE", "1")
    command = [sys.executable, "-m", "fiscal_server", "receipts", "compute", str(CASES), "--engine", "kernel"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode().count("\n") == 1
    assert "--engine kernel: the kernel was not built here" in done.stderr.decode()


def test_one_case_from_standard_input_is_answered_by_a_list() -> None:
    done = run("compute", "-", stdin=json.dumps(EXPECTED[3]).encode())
    assert [answer["id"] for answer in json.loads(done.stdout)] == [EXPECTED[3]["id"]]


def _broken(**fields: Any) -> bytes:
    case = json.loads(json.dumps(EXPECTED[3]))
    case["in"]["events"][0] |= fields
    return json.dumps([EXPECTED[0], case]).encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_broken(date="2026-02-30"), "at `$[1].in.events[0].date`"),
        (_broken(extra="line\nbreak"), "at `$[1].in.events[0].extra`"),
        (_broken(key="\n" * 200), "at `$[1].in.events[0].key`"),
        (b"[1]", "at `$[0]`"),
        (b'{"in": {}}', "missing required field `id`"),
        (b"{", "-: "),
        (b"\xff", "-: "),
        (b"", "-: "),
    ],
)
def test_wrong_input_is_one_line_with_the_path_and_exit_code_2(content: bytes, said: str) -> None:
    done = run("compute", "-", stdin=content)
    assert (done.returncode, done.stdout) == (2, b"")
    assert len(done.stderr.decode().splitlines()) == 1
    assert said in done.stderr.decode()


def test_file_that_is_not_there_is_one_line() -> None:
    done = run("compute", "/nowhere.json")
    assert (done.returncode, len(done.stderr.decode().splitlines())) == (2, 1)


def test_situation_given_in_full_is_answered_without_questions() -> None:
    done = run("which", "event=close", "payer=individual", "covered=none", "postpaid_mode=credit_pair")
    assert done.returncode == 0
    assert "1214 способ расчета: 6" in done.stdout.decode()
    assert "[C]" in done.stdout.decode()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["event=close"], "payer= is needed: individual, legal, member"),
        (["event=x"], "is not one of: payment"),
        (["event=refund_advance", "way=agent"], "no rule"),
    ],
)
def test_situation_that_is_not_clear_names_the_choices(arguments: list[str], said: str) -> None:
    done = run("which", *arguments)
    assert (done.returncode, len(done.stderr.decode().splitlines())) == (2, 1)
    assert said in done.stderr.decode()
