"""The command ``fiscal-server``: commands put together, nothing else."""

import typer

from fiscal_server.commands import demo, importing, manage, run, serve, verify
from kkt_drivers.emulator.cli import app as emulate

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Fiscal server: billing events in, receipts registered exactly once, delivered to the operator.",
)
app.command("run")(run.run)
app.command("demo")(demo.demo)
app.command("verify")(verify.verify)
app.command("api")(serve.api)
app.command("dispatch")(serve.dispatch)
app.command("admin")(serve.admin)
app.command("migrate")(serve.migrate_command)
app.add_typer(manage.merchant, name="merchant")
app.add_typer(manage.apikey, name="apikey")
app.add_typer(manage.kkt, name="kkt")
app.add_typer(importing.app, name="import")
app.add_typer(emulate, name="emulate")


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
