"""One child: started, watched, restarted, stopped."""

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from fiscal_server.supervisor.errors import ChildNotReady
from fiscal_server.supervisor.log_files import last_lines, log_path, open_log
from fiscal_server.supervisor.spec import Backoff, ChildSpec, launch_argv

_POLL_S = 0.1
_FIRST_STARTS = 5  # a child that never came up is given up after so many attempts: a mistake in set-up, most likely
_DEATHS_UNTIL_SHOWN = 3
_KILLED_WITHIN_S = 5.0


class Child:
    """Keeps one child alive from `start` to `stop`.

    `tell` gets lines for people; `changed` is called whenever the pid did change.
    """

    def __init__(
        self, spec: ChildSpec, log_folder: Path, tell: Callable[[str], None], changed: Callable[["Child"], None]
    ) -> None:
        self.spec = spec
        self.pid: int | None = None
        self.group: int | None = None
        """Process group; stays known after the child's death until the group is swept."""
        self._log_folder = log_folder
        self._log_start = 0
        self._tell = tell
        self._changed = changed
        self._backoff = Backoff()
        self._stopping = False
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Until it is ready. Raises ChildNotReady after several attempts, then nothing of it is left; what
        `before_start` raises passes through at once: it knows better than a repetition."""
        for attempt in range(1, _FIRST_STARTS + 1):
            began = _seconds()
            await self._before_start()
            failure = await self._run_until_ready()
            if failure is None:
                self._keeper = asyncio.create_task(self._keep(began), name=f"keep {self.spec.name}")
                return
            await self._sweep()
            pause = self._backoff.after_death(_seconds() - began)
            if attempt < _FIRST_STARTS:
                await asyncio.sleep(pause)
        lines = "".join(f"\n  | {line}" for line in self._last_lines())
        raise ChildNotReady(f"{self.spec.name} {failure}; its log is {self._log_path}{lines}")

    async def stop(self) -> None:
        """Stop signal, patience, SIGKILL. `hasten` ends the patience."""
        self._stopping = True
        process = self._process
        if process is not None and process.returncode is None:
            self._signal(self.spec.stop_signal)
            try:
                await asyncio.wait_for(process.wait(), self.spec.stop_within)
            except TimeoutError:
                self._tell(f"{self.spec.name} did not stop within {self.spec.stop_within:g} s: killed")
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        await self._sweep()

    def hasten(self) -> None:
        """Kill it now: the user has pressed Ctrl-C again."""
        self._stopping = True
        if self._process is not None and self._process.returncode is None:
            self._signal(self.spec.death_signal)

    async def _keep(self, began: float) -> None:
        """Wait for each death, and answer it with a start."""
        failure: str | None = None
        while True:
            assert self._process is not None or failure is not None, "started before it is kept"
            if failure is None and self._process is not None:
                failure = _how_it_died(await self._process.wait())
            if self._stopping:
                return
            await self._sweep()
            pause = self._backoff.after_death(_seconds() - began)
            self._tell(f"{self.spec.name} {failure}; starting it again in {pause:g} s")
            if self._backoff.deaths % _DEATHS_UNTIL_SHOWN == 0:
                self._show_log()
            await asyncio.sleep(pause)
            began = _seconds()
            failure = await self._try_again()
            if failure is None:
                self._tell(f"{self.spec.name} runs again (process {self.pid})")

    async def _try_again(self) -> str | None:
        """Like `_run_until_ready`; nothing stops the keeper from trying on (a full disk is emptied some day)."""
        try:
            await self._before_start()
            return await self._run_until_ready()
        except Exception as error:
            return f"cannot start: {error}"

    async def _before_start(self) -> None:
        if self.spec.before_start is not None:
            await asyncio.to_thread(self.spec.before_start)

    async def _run_until_ready(self) -> str | None:
        """Start it once. Returns what went wrong, or None when it serves."""
        spec = self.spec
        process = await self._spawn()
        deadline = _seconds() + spec.ready_within
        while process.returncode is None:
            if spec.ready_check is None or await spec.ready_check(process.pid):
                return None
            if _seconds() > deadline:
                return f"was not ready within {spec.ready_within:g} s"
            try:
                await asyncio.wait_for(process.wait(), _POLL_S)
            except TimeoutError:
                pass
        return _how_it_died(process.returncode)

    async def _spawn(self) -> asyncio.subprocess.Process:
        spec = self.spec
        log = open_log(self._log_folder, spec.name)
        try:
            self._log_start = os.fstat(log).st_size
            self._process = await asyncio.create_subprocess_exec(
                *launch_argv(spec.argv, os.getpid(), spec.account, spec.death_signal),
                env=None if spec.env is None else dict(spec.env),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is for us alone
            )
        finally:
            os.close(log)
        self.pid = self.group = self._process.pid
        self._changed(self)
        return self._process

    async def _sweep(self) -> None:
        """Kill what is left of the group, and wait for its leader."""
        self._kill_group()
        if self._process is not None and self._process.returncode is None:
            try:
                await asyncio.wait_for(self._process.wait(), _KILLED_WITHIN_S)
            except TimeoutError:
                self._tell(f"{self.spec.name} (process {self.pid}) cannot be killed: it waits for the kernel")
        self.pid = self.group = None
        self._changed(self)

    def _signal(self, number: int) -> None:
        assert self._process is not None, "only a started child is signalled"
        try:
            self._process.send_signal(number)
        except ProcessLookupError:
            pass  # it died first; its keeper will see

    def _kill_group(self) -> None:
        if self.group is None:
            return
        try:
            os.killpg(self.group, signal.SIGKILL)
        except ProcessLookupError:
            pass  # nobody is left

    @property
    def _log_path(self) -> Path:
        return log_path(self._log_folder, self.spec.name)

    def _last_lines(self) -> list[str]:
        return last_lines(self._log_path, self._log_start)

    def _show_log(self) -> None:
        self._tell(f"{self.spec.name} keeps dying; its log is {self._log_path} and ends with")
        for line in self._last_lines():
            self._tell(f"  | {line}")


def _seconds() -> float:
    return time.monotonic()


def _how_it_died(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with code {code}"
