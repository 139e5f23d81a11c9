"""The command ``fiscal-server``: commands put together, nothing else.

Only what is called is imported: `run` starts many processes of this program, and each would otherwise pay for all.
"""

import gc
import sys
from importlib import import_module
from typing import Final

import typer

COMMANDS: Final = {
    "run": "fiscal_server.commands.run:run",
    "demo": "fiscal_server.commands.demo:demo",
    "backup": "fiscal_server.commands.backup:backup",
    "restore": "fiscal_server.commands.backup:restore",
    "verify": "fiscal_server.commands.verify:verify",
    "receipts": "fiscal_server.commands.receipts:app",
    "import": "fiscal_server.commands.importing:app",
    "merchant": "fiscal_server.commands.manage:merchant",
    "apikey": "fiscal_server.commands.keys:apikey",
    "kkt": "fiscal_server.commands.manage:kkt",
    "atol": "fiscal_server.commands.atol_online:app",
    "cassette": "fiscal_server.commands.cassette:app",
    "api": "fiscal_server.commands.serve:api",
    "nodes": "fiscal_server.commands.nodes:app",
    "dispatch": "fiscal_server.commands.serve:dispatch",
    "admin": "fiscal_server.commands.panel:app",
    "migrate": "fiscal_server.commands.serve:migrate_command",
    "corrections": "fiscal_server.commands.corrections:corrections",
    "restorations": "fiscal_server.commands.corrections:restorations",
    "restoration-jobs": "fiscal_server.commands.restoration_jobs:app",
    "close-month": "fiscal_server.commands.close_month:close_month",
    "devices": "fiscal_server.commands.devices:devices",
    "emulate": "kkt_drivers.emulator.cli:app",
    "ffd": "kkt_drivers.ffd.cli:app",
}
"""Name -> where it is: a function for a command, a typer application for a family of commands."""


SERVERS: Final = ("api", "dispatch")


def build(names: list[str]) -> typer.Typer:
    """The application with these commands in it."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Fiscal server: billing events in, receipts registered exactly once, delivered to the operator.",
    )

    @app.callback()
    def family() -> None:
        """Fiscal server: billing events in, receipts registered exactly once, delivered to the operator."""

    for name in names:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def serve(command: str) -> None:
    """Run a command of ``SERVERS``, which `run` calls without options: what typer reads options with (pydantic) and
    what the log draws tracebacks with for eyes (rich; ours are plain) took a sixth of a start."""
    module, _, attribute = COMMANDS[command].partition(":")
    drawing = sys.modules.get("rich")
    sys.modules["rich"] = drawing  # type: ignore[assignment]  # None: structlog finds that it is not there
    found = getattr(import_module(module), attribute)
    if drawing is None:
        del sys.modules["rich"]
    gc.freeze()
    gc.enable()
    try:
        found()
    except typer.Exit as end:
        sys.exit(end.exit_code)


def main() -> None:
    """Entry point."""
    gc.disable()  # nothing that is loaded becomes garbage: a fourth of the start was spent looking for it
    called = sys.argv[1] if len(sys.argv) > 1 else ""
    if called in SERVERS and sys.argv[1:] == [called]:
        serve(called)
        return
    app = build([called] if called in COMMANDS else list(COMMANDS))
    gc.freeze()
    gc.enable()
    app()


if __name__ == "__main__":
    main()
