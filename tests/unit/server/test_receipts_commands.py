"""``fiscal-server receipts``: what people get to see, in Russian and in English; nothing is stored."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from fiscal_server.commands.receipts import app

CASES = Path(__file__).parents[2] / "data" / "receipt-cases.json"
RECEIPT = {
    "dateTime": 1600214400,
    "operationType": 1,
    "appliedTaxationType": 1,
    "totalSum": 10000,
    "ecashTotalSum": 10000,
    "nds18": 1667,
    "items": [
        {"name": "Internet", "price": 10000, "quantity": 1, "sum": 10000, "nds": 1, "paymentType": 4, "productType": 4}
    ],
}


def run(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=typed)


def test_explained_cases_name_case_amount_law_and_deadline() -> None:
    done = run("explain", str(CASES))
    assert done.exit_code == 0
    assert "== E08\nКакой это чек:\n  Кассовый чек: приход на 1 000,00 ₽" in done.stdout
    assert "== E08\nWhat receipt this is:" in run("explain", str(CASES), "--language", "en").stdout


def test_explain_refuses_what_compute_refuses(tmp_path: Path) -> None:
    wrong = tmp_path / "case.json"
    wrong.write_text('{"id": "x", "in": {}}')
    done = run("explain", str(wrong))
    assert (done.exit_code, done.stdout) == (2, "")


HUGE = {
    "merchant": {"services": [{"id": "a", "vat_code": 6}], "policies": {"max_sum": 10**18}},
    "accounts": [{"id": "A"}],
    "events": [{"type": "payment", "key": "p", "date": "2026-10-05", "tenders": {"cash": 10**15, "card_online": 1}}],
}


@pytest.mark.parametrize("command", ["compute", "explain"])
@pytest.mark.parametrize(
    ("content", "reason"),
    [(json.dumps({"id": "x", "in": HUGE}), "amounts add up to more"), ("[" * 5000, "nested too deeply")],
    ids=["amounts", "depth"],
)
def test_what_nothing_can_hold_ends_in_one_line(tmp_path: Path, command: str, content: str, reason: str) -> None:
    case = tmp_path / "case.json"
    case.write_text(content)
    done = run(command, str(case))
    assert (done.exit_code, done.stdout) == (2, "")
    assert reason in done.stderr


def test_language_that_is_not_there_is_refused() -> None:
    done = run("which", "event=write_off", "settled=unpaid", "--language", "xx")
    assert done.exit_code == 2
    assert "there are ru, en" in done.output


def _file(tmp_path: Path, *receipts: object) -> str:
    path = tmp_path / "receipts.ndjson"
    path.write_text("".join(json.dumps(receipt) + "\n" for receipt in receipts))
    return str(path)


def test_sound_receipts_are_told_in_one_line(tmp_path: Path) -> None:
    done = run("check", _file(tmp_path, RECEIPT))
    assert (done.exit_code, done.stdout) == (0, "Чеков: 1, без замечаний: 1, с ошибками: 0, не прочитано: 0.\n")


def test_broken_rules_are_counted_and_unreadable_lines_named(tmp_path: Path) -> None:
    stale = RECEIPT | {"nds18": 1525}
    done = run("check", _file(tmp_path, RECEIPT, stale, stale, {"operationType": 1}), "--language", "en")
    assert done.exit_code == 1
    first, broken, example, action, unreadable = done.stdout.splitlines()
    assert first == "Receipts: 4, nothing found: 1, with errors: 2, unreadable: 1."
    assert broken == "ERROR vat_total: 2 receipts, 2 cases (sec. 4.4 [1])"
    assert example == "    The total of code 1 is 15.25 ₽, it must be 16.67 ₽."
    assert action == "    -> Recount the sums and make the receipt anew."
    assert unreadable.startswith("4: ")


def test_findings_by_receipt_are_json_lines(tmp_path: Path) -> None:
    done = run("check", _file(tmp_path, RECEIPT, RECEIPT | {"nds18": 1525}), "--json")
    sound, broken = (json.loads(line) for line in done.stdout.splitlines())
    assert (sound["number"], sound["findings"]) == (1, [])
    assert [(found["rule"], found["severity"]) for found in broken["findings"]] == [("vat_total", "error")]


def test_policies_say_what_they_mean_and_what_decides_nothing(tmp_path: Path) -> None:
    merchant = tmp_path / "merchant.json"
    services = [{"id": "internet", "vat_code": 11}]
    merchant.write_text(json.dumps({"services": services, "policies": {"allocation": "priority_list"}}))
    done = run("policies", str(merchant))
    assert done.exit_code == 0
    assert "postpaid_mode = on_payment\n    Услуга оказана, но не оплачена" in done.stdout
    assert "\n! allocation: Список первых услуг пуст" in done.stdout
    assert "!" not in run("policies").stdout


@pytest.mark.parametrize(
    ("language", "answer"), [("ru", "Чек «в долг» отменяют"), ("en", "the credit receipt is reversed")]
)
def test_known_answers_need_no_questions(language: str, answer: str) -> None:
    done = run("which", "event=write_off", "settled=credit", "--language", language)
    assert done.exit_code == 0
    assert answer.lower() in done.stdout.lower()


def test_missing_answer_without_a_terminal_names_the_choices() -> None:
    done = run("which", "event=payment", "way=cash")
    assert done.exit_code == 2
    assert "payer= is needed" in done.output or "purpose= is needed" in done.output
