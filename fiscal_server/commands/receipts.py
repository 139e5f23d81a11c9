"""``fiscal-server receipts``: what the law asks for, worked out without a database. Nothing is stored."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from accounting.receipts.case_file import answer_cases
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
