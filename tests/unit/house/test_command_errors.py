"""How a command ends when something is in its way: one line that blames the right one."""

import errno
import os

import pytest
import typer

from fiscal_server.commands.context import run_async


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "this machine: No space left on device"),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "/data"), "this machine: Read-only file system (/data)"),
        (
            ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"),
            "the database does not answer: [Errno 111] Connection refused",
        ),
    ],
)
def test_a_full_disk_is_told_from_a_database_that_is_away(
    capsys: pytest.CaptureFixture[str], error: OSError, line: str
) -> None:
    async def main() -> None:
        raise error

    with pytest.raises(typer.Exit) as ended:
        run_async(main)
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == f"fiscal-server: {line}\n"
