"""``fiscal-server receipts``: what the law asks for, worked out without a database. Nothing is stored."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from accounting.receipts.cases.explain import explain_cases
from accounting.receipts.cases.file import answer_cases
from accounting.receipts.cases.merchant import MerchantRow
from accounting.receipts.compute import Engine, kernel_is_built
from accounting.receipts.policy import POLICY_KEYS, Policies
from accounting.receipts.policy_notices import notices
from accounting.receipts.policy_words import words_of
from accounting.receipts.which.advice import Question, advise, check_answers, next_question
from accounting.receipts.which.questions import QUESTIONS
from accounting.receipts.which.table import ROWS
from accounting.receipts.wording import SOURCE_LANGUAGE, in_language, languages, translated
from accounting.reconciliation.receipt_control import CheckedReceipt, RuleCount, check_file, count_rules
from fiscal_server.commands.context import fail
from fiscal_server.commands.orders import add_receipt_orders

Language = Annotated[str, typer.Option(help=f"language of the texts: {', '.join(languages())}")]
NO_KERNEL = "the kernel was not built here, or FISCAL_PURE=1 forbids it; say reference or auto"
NUMBER = "Номер ответа"
OUT_OF_RANGE = "Нужен номер от 1 до {most}."
AGAIN = "Без вопросов: {command}"
CHECKED = "Чеков: {count}, без замечаний: {clean}, с ошибками: {wrong}, не прочитано: {unreadable}."
SEVERITY = {"error": "ОШИБКА", "warning": "внимание"}
BROKEN = "{severity} {rule}: чеков {receipts}, случаев {findings} ({source})"

app = typer.Typer(no_args_is_help=True, help="Receipts worked out by the rules, and those that wait for a person.")


@app.callback()
def family() -> None:
    """Receipts worked out by the rules, and those that wait for a person."""


@app.command("compute")
def compute(
    file: Annotated[Path, typer.Argument(help="JSON: one case or a list of cases; - reads standard input")],
    engine: Annotated[
        Engine,
        typer.Option(help="who computes; the answers are the same. auto: the compiled kernel for long cases"),
    ] = Engine.AUTO,
    diagnostics: Annotated[
        bool, typer.Option("--diagnostics", help="say with each case which events the kernel computed, and why not")
    ] = False,
) -> None:
    """Print [{"id", "out"}] for the cases of a file. Exit code 2 when the file says what a case may not."""
    content = _content(file)
    if engine is Engine.KERNEL and not kernel_is_built():
        fail(f"--engine {engine}: {NO_KERNEL}")
    with _refusals(file):
        answers = answer_cases(content, engine, diagnostics=diagnostics)
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(answers), indent=1) + b"\n")


@app.command("explain")
def explain(
    file: Annotated[Path, typer.Argument(help="JSON: one case or a list of cases; - reads standard input")],
    language: Language = SOURCE_LANGUAGE,
) -> None:
    """Why each receipt of the cases is as it is: what was owed, how money was divided, which rule, when due."""
    content = _content(file)
    with _refusals(file), _texts(language):
        for case, text in explain_cases(content):
            print(f"== {case}\n{text}\n")


@app.command("policies")
def policies(
    file: Annotated[
        Path | None, typer.Argument(help='JSON: a merchant as a case writes it ("merchant"); without it the defaults')
    ] = None,
    language: Language = SOURCE_LANGUAGE,
) -> None:
    """Every choice that the law leaves open: the question, what is chosen, and what of it decides nothing."""
    rules = None
    if file is not None:
        with _refusals(file):
            rules = msgspec.json.decode(_content(file), type=MerchantRow).rules()
    chosen = rules.policies if rules is not None else Policies()
    with _texts(language):
        for row in POLICY_KEYS:
            value = getattr(chosen, row.key)
            print(f"{row.key} = {value}\n    {translated(row.question)} {translated(words_of(row.key, value))}")
        for notice in notices(rules) if rules is not None else []:
            print(f"! {notice.key}: {notice.text()}")


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="NDJSON: one receipt a line, as receipt-check services answer; - reads")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object a receipt instead of the table")] = False,
    language: Language = SOURCE_LANGUAGE,
) -> None:
    """What is wrong with finished receipts, by rule. Exit code 1 when one of them has an error or is unreadable."""
    lines = _content(file).splitlines()
    with _texts(language):
        checked = list(check_file(lines))
        if as_json:
            sys.stdout.buffer.write(b"".join(msgspec.json.encode(one) + b"\n" for one in checked))
        else:
            _tell_check(checked, count_rules(checked))
    if any(one.has_errors() for one in checked):
        raise typer.Exit(1)


def _tell_check(checked: list[CheckedReceipt], counts: list[RuleCount]) -> None:
    print(
        translated(
            CHECKED,
            count=len(checked),
            clean=sum(one.is_clean() for one in checked),
            wrong=sum(one.has_errors() and one.unreadable is None for one in checked),
            unreadable=sum(one.unreadable is not None for one in checked),
        )
    )
    for count in counts:
        values = msgspec.structs.asdict(count) | {"severity": translated(SEVERITY[count.severity])}
        print(translated(BROKEN, **values))
        print(f"    {count.example}\n    -> {count.action}")
    for one in checked:
        if one.unreadable is not None:
            print(f"{one.number}: {one.unreadable}")


def _content(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise fail(f"{file}: {error.strerror}") from None


@contextmanager
def _refusals(file: Path) -> Iterator[None]:
    """What a case may not say ends the command with one line."""
    try:
        yield
    except msgspec.MsgspecError as error:
        # A refused value may hold line breaks; the answer is one line all the same.
        fail(f"{file}: {' '.join(str(error).split())}")
    except UnicodeDecodeError:
        fail(f"{file}: not UTF-8 text")
    except RecursionError:
        fail(f"{file}: nested too deeply")
    except OverflowError:
        fail(f"{file}: amounts add up to more than anything here can hold")


@contextmanager
def _texts(language: str) -> Iterator[None]:
    if language not in languages():
        fail(f"--language {language}: there are {', '.join(languages())}")
    with in_language(language):
        yield


@app.command("which")
def which(
    known: Annotated[
        list[str] | None, typer.Argument(help="answers given beforehand: event=payment way=cash ...")
    ] = None,
    language: Language = SOURCE_LANGUAGE,
) -> None:
    """Which receipt for this case? Asks step by step, answers with the rule, the tags and the law.

    With all answers given nothing is asked; without a terminal a missing answer is an error that names the choices.
    """
    answers = dict(_pair(text) for text in known or [])
    with _texts(language):
        try:
            check_answers(QUESTIONS, answers)
            asked = False
            while question := next_question(QUESTIONS, ROWS, answers):
                answers[question.key] = _asked(question)
                asked = True
        except ValueError as error:
            fail(str(error))
        print(advise(ROWS, answers).text())
        if asked:
            pairs = " ".join(f"{key}={value}" for key, value in answers.items())
            print(translated(AGAIN, command=f"fiscal-server receipts which {pairs}"))


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key, value


def _asked(question: Question) -> str:
    if not sys.stdin.isatty():
        fail(f"{question.key}= is needed: {', '.join(question.options)}")
    print(translated(question.text))
    values = list(question.options)
    for number, value in enumerate(values, 1):
        print(f"  {number}. {translated(question.options[value])}")
    while not 1 <= (number := typer.prompt(translated(NUMBER), type=int)) <= len(values):
        print(translated(OUT_OF_RANGE, most=len(values)))
    return values[number - 1]


add_receipt_orders(app)
