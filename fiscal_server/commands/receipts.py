"""``fiscal-server receipts``: what the law asks for, worked out without a database. Nothing is stored."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from accounting.receipts.case_file import answer_cases
from accounting.receipts.which import Question, advise, check_answers, next_question
from accounting.receipts.which_questions import QUESTIONS
from accounting.receipts.which_table import ROWS
from fiscal_server.commands.context import fail

app = typer.Typer(no_args_is_help=True, help="Receipts worked out by the rules; nothing is stored.")


@app.callback()
def family() -> None:
    """Receipts worked out by the rules; nothing is stored."""


@app.command("compute")
def compute(
    file: Annotated[Path, typer.Argument(help="JSON: one case or a list of cases; - reads standard input")],
) -> None:
    """Print [{"id", "out"}] for the cases of a file. Exit code 2 when the file says what a case may not."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    try:
        answers = answer_cases(content)
    except msgspec.MsgspecError as error:
        # A refused value may hold line breaks; the answer is one line all the same.
        fail(f"{file}: {' '.join(str(error).split())}")
    except UnicodeDecodeError:
        fail(f"{file}: not UTF-8 text")
    sys.stdout.buffer.write(msgspec.json.format(msgspec.json.encode(answers), indent=1) + b"\n")


@app.command("which")
def which(
    known: Annotated[
        list[str] | None, typer.Argument(help="answers given beforehand: event=payment way=cash ...")
    ] = None,
) -> None:
    """Which receipt for this case? Asks step by step, answers with the rule, the tags and the law.

    With all answers given nothing is asked; without a terminal a missing answer is an error that names the choices.
    """
    answers = dict(_pair(text) for text in known or [])
    try:
        check_answers(QUESTIONS, answers)
        while question := next_question(QUESTIONS, ROWS, answers):
            answers[question.key] = _asked(question)
    except ValueError as error:
        fail(str(error))
    print(advise(ROWS, answers).text())


def _pair(text: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    return key, value


def _asked(question: Question) -> str:
    if not sys.stdin.isatty():
        fail(f"{question.key}= is needed: {', '.join(question.options)}")
    print(question.text)
    values = list(question.options)
    for number, value in enumerate(values, 1):
        print(f"  {number}. {question.options[value]}")
    while not 1 <= (number := typer.prompt("Номер", type=int)) <= len(values):
        pass
    return values[number - 1]
