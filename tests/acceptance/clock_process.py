"""A dispatch process whose wall clock a test sets: SIGUSR1 an hour on, SIGUSR2 an hour back. The rest is the program.

Started as ``python -m tests.acceptance.clock_process dispatch``; the durations that it measures do not jump.
"""

import asyncio
import os
import signal
from datetime import datetime, timedelta

import uvloop

from fiscal_server.clock import SystemClock
from fiscal_server.commands.serve import run_dispatcher
from fiscal_server.log import configure_log
from fiscal_server.settings import load_settings

HOUR = timedelta(hours=1)


class SetClock(SystemClock):
    """The machine's clock, wrongly set."""

    def __init__(self) -> None:
        self.wrong_by = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.wrong_by

    def set(self, by: timedelta) -> None:
        self.wrong_by += by
        print(f'{{"event": "clock_set", "wrong_by_s": {self.wrong_by.total_seconds():.0f}}}', flush=True)


async def main() -> None:
    settings = load_settings(os.environ)
    configure_log(settings.log_format, settings.log_level)
    assert settings.database_url is not None
    clock = SetClock()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, clock.set, HOUR)
    loop.add_signal_handler(signal.SIGUSR2, clock.set, -HOUR)
    await run_dispatcher(settings, settings.database_url, clock)


if __name__ == "__main__":
    uvloop.run(main())
