"""The printed addresses: what is there to be copied is never cut."""

import io
from pathlib import Path

from rich.console import Console

from fiscal_server.commands.run import Installation, show_addresses
from fiscal_server.settings import Settings


def test_paths_are_whole_in_a_narrow_terminal() -> None:
    folder = Path("/home/somebody/.local/share/fiscal-server/demo/that/has/a/long/name")
    out = io.StringIO()
    installation = Installation("postgresql://", "http://127.0.0.1:8080", "http://127.0.0.1:8090")
    show_addresses(Console(file=out, width=40), installation, Settings(data_dir=folder))
    lines = out.getvalue().splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["API", "http://127.0.0.1:8080/v1"],
        ["Panel", "http://127.0.0.1:8090"],
        ["Database", str(folder / "postgres")],
        ["Logs", str(folder / "log")],
    ]
